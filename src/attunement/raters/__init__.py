"""Language models as raters of the alliance: what they are asked, and what they answered."""

from attunement.raters._addressed import speaks_to_judge
from attunement.raters._answers import read_answer
from attunement.raters._design import Design, narrowed
from attunement.raters._installed import check_installed
from attunement.raters._items import EXAMPLE_ITEMS, load_items
from attunement.raters._judge import Judge
from attunement.raters._model import (
    AS_IT_IS,
    FRAMINGS,
    PERSPECTIVES,
    SECOND_HALF_FIRST,
    VARIANTS,
    Framing,
    ItemSet,
    Message,
    Perspective,
    Question,
    Quote,
    RatedItem,
    Reading,
    Window,
)
from attunement.raters._neutral import neutral
from attunement.raters._protocol import PLACEHOLDERS, Protocol, load_protocol
from attunement.raters._questions import questions
from attunement.raters._rate import Plan, plan, rate
from attunement.raters._reasons import Reason
from attunement.raters._scores import as_estimates, as_ratings, rater_scores
from attunement.raters._store import Store
from attunement.raters._transcript import rendered, replayed
from attunement.raters._usage import Price, account
from attunement.raters._variants import varied
from attunement.raters._windows import windows

__all__ = [
    "AS_IT_IS",
    "EXAMPLE_ITEMS",
    "FRAMINGS",
    "PERSPECTIVES",
    "PLACEHOLDERS",
    "SECOND_HALF_FIRST",
    "VARIANTS",
    "Design",
    "Framing",
    "ItemSet",
    "Judge",
    "Message",
    "Perspective",
    "Plan",
    "Price",
    "Protocol",
    "Question",
    "Quote",
    "RatedItem",
    "Reading",
    "Reason",
    "Store",
    "Window",
    "account",
    "as_estimates",
    "as_ratings",
    "check_installed",
    "load_items",
    "load_protocol",
    "narrowed",
    "neutral",
    "plan",
    "questions",
    "rate",
    "rater_scores",
    "read_answer",
    "rendered",
    "replayed",
    "speaks_to_judge",
    "varied",
    "windows",
]
