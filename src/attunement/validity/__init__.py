"""Validity: how well an estimator's scores agree with ratings, on anybody's corpus. Tables only."""

from attunement.statistics import Interval, Resampling, pearson, pearsons, spearman, spearmans
from attunement.validity._agreement import Agreement, Difference
from attunement.validity._corrective import OUT_OF_REACH, CorrectiveSignal
from attunement.validity._figures import (
    BASELINES,
    COMPASS,
    LENGTH_ALONE,
    NUMBER_OF_TURNS,
    WORDS_SPOKEN,
)
from attunement.validity._intervals import EstimateError
from attunement.validity._known_groups import KnownGroup
from attunement.validity._material import SENTIMENT, Joined
from attunement.validity._options import (
    FEW_CLUSTERS,
    FEWEST_SESSIONS,
    RARE_GROUP,
    SMALL_SAMPLE,
    GroupQuestion,
    ValidityOptions,
)
from attunement.validity._pooling import (
    POOLINGS,
    SESSION_POOLING,
    Pooling,
    PoolingName,
    cut_before_closing,
    ends_before_closing,
    less_closing,
    less_position,
    session_means,
)
from attunement.validity._result import EstimatorValidity, ValidityResult, View
from attunement.validity._scales import ScaleCell, ScaleMatrix
from attunement.validity._tidy import figures_table, to_json
from attunement.validity._turn_level import TurnAgreement, TurnLevel
from attunement.validity._validate import validate

__all__ = [
    "BASELINES",
    "COMPASS",
    "FEWEST_SESSIONS",
    "FEW_CLUSTERS",
    "LENGTH_ALONE",
    "NUMBER_OF_TURNS",
    "OUT_OF_REACH",
    "POOLINGS",
    "RARE_GROUP",
    "SENTIMENT",
    "SESSION_POOLING",
    "SMALL_SAMPLE",
    "WORDS_SPOKEN",
    "Agreement",
    "CorrectiveSignal",
    "Difference",
    "EstimateError",
    "EstimatorValidity",
    "GroupQuestion",
    "Interval",
    "Joined",
    "KnownGroup",
    "Pooling",
    "PoolingName",
    "Resampling",
    "ScaleCell",
    "ScaleMatrix",
    "TurnAgreement",
    "TurnLevel",
    "ValidityOptions",
    "ValidityResult",
    "View",
    "cut_before_closing",
    "ends_before_closing",
    "figures_table",
    "less_closing",
    "less_position",
    "pearson",
    "pearsons",
    "session_means",
    "spearman",
    "spearmans",
    "to_json",
    "validate",
]
