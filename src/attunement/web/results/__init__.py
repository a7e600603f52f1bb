"""What is read of whole sessions: their language, and the calibration gap over all of them."""

from attunement.web.results._conditions_work import ConditionsWork
from attunement.web.results._endpoints import router
from attunement.web.results._language_work import LanguageWork
from attunement.web.results._reader import Reader
from attunement.web.results._service import (
    compute_conditions,
    conditions_of,
    language_of,
    read_language,
)

__all__ = [
    "ConditionsWork",
    "LanguageWork",
    "Reader",
    "compute_conditions",
    "conditions_of",
    "language_of",
    "read_language",
    "router",
]
