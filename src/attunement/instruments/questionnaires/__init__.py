"""Questionnaires: filled-in forms in, ratings of sessions out.

An instrument says how answers are scored; answers come from a plain table or an export of REDCap or
Qualtrics; ratings find their sessions. All are functions over tables; see docs/questionnaires.md.
"""

from attunement.instruments.questionnaires._answers import item_column
from attunement.instruments.questionnaires._change import CHANGES, reliable_changes
from attunement.instruments.questionnaires._consistency import CONSISTENCY, consistency
from attunement.instruments.questionnaires._days import NoDayError, days
from attunement.instruments.questionnaires._import import ImportedAnswers, import_answers
from attunement.instruments.questionnaires._instrument import (
    BEARABLE,
    CEILING,
    Instrument,
    InstrumentItem,
    Rater,
)
from attunement.instruments.questionnaires._instrument_file import (
    load_instrument,
    same_name,
    shipped_instruments,
)
from attunement.instruments.questionnaires._joining import RATED, How, Joined, join_ratings
from attunement.instruments.questionnaires._oddities import oddities, rest_correlations
from attunement.instruments.questionnaires._ratings_check import check_ratings, rating_ranges
from attunement.instruments.questionnaires._scoring import (
    SCORED,
    UNSCORED,
    ScoredAnswers,
    score_answers,
)

__all__ = [
    "BEARABLE",
    "CEILING",
    "CHANGES",
    "CONSISTENCY",
    "RATED",
    "SCORED",
    "UNSCORED",
    "How",
    "ImportedAnswers",
    "Instrument",
    "InstrumentItem",
    "Joined",
    "NoDayError",
    "Rater",
    "ScoredAnswers",
    "check_ratings",
    "consistency",
    "days",
    "import_answers",
    "item_column",
    "join_ratings",
    "load_instrument",
    "oddities",
    "rating_ranges",
    "reliable_changes",
    "rest_correlations",
    "same_name",
    "score_answers",
    "shipped_instruments",
]
