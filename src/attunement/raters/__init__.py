"""Language models as raters of the alliance: what they are asked, and what they answered."""

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
from attunement.raters._reasons import Reason

__all__ = [
    "AS_IT_IS",
    "FRAMINGS",
    "PERSPECTIVES",
    "SECOND_HALF_FIRST",
    "VARIANTS",
    "Framing",
    "ItemSet",
    "Message",
    "Perspective",
    "Question",
    "Quote",
    "RatedItem",
    "Reading",
    "Reason",
    "Window",
]
