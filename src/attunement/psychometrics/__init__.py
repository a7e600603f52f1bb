"""How far raters can be relied on: agreement, reliability, items and bias. Tables only."""

from attunement.psychometrics._agreement import LENGTH_OUT, WITH_RATINGS
from attunement.psychometrics._among import BETWEEN_JUDGES, BETWEEN_REPEATS
from attunement.psychometrics._analysis import NO_RATINGS, PsychometricsResult, psychometrics
from attunement.psychometrics._bias import (
    LENGTH,
    MEAN_DIFFERENCE,
    PROBE,
    RATING_WITH_WORDS,
    WITH_WORDS,
    WITH_WORDS_HELD,
)
from attunement.psychometrics._concordance import concordance
from attunement.psychometrics._consistency import CONSISTENCY
from attunement.psychometrics._intraclass import intraclass
from attunement.psychometrics._krippendorff import Measurement, krippendorff_alpha
from attunement.psychometrics._options import (
    FEWEST_PATIENTS,
    FEWEST_SESSIONS,
    PsychometricsOptions,
)
from attunement.psychometrics._retest import RETEST
from attunement.psychometrics._short_forms import ALPHA, FEWEST_FORMS
from attunement.psychometrics._unscored import RATING_APART, SHARE, UNSCORED, WORDS_APART

__all__ = [
    "ALPHA",
    "BETWEEN_JUDGES",
    "BETWEEN_REPEATS",
    "CONSISTENCY",
    "FEWEST_FORMS",
    "FEWEST_PATIENTS",
    "FEWEST_SESSIONS",
    "LENGTH",
    "LENGTH_OUT",
    "MEAN_DIFFERENCE",
    "NO_RATINGS",
    "PROBE",
    "RATING_APART",
    "RATING_WITH_WORDS",
    "RETEST",
    "SHARE",
    "UNSCORED",
    "WITH_RATINGS",
    "WITH_WORDS",
    "WITH_WORDS_HELD",
    "WORDS_APART",
    "Measurement",
    "PsychometricsOptions",
    "PsychometricsResult",
    "concordance",
    "intraclass",
    "krippendorff_alpha",
    "psychometrics",
]
