"""What every comparison of sessions needs: designs, mixed models, bootstraps, permutations."""

from attunement.statistics._correlation import (
    correlations,
    from_moments,
    partial,
    pearson,
    pearsons,
    ranks,
    spearman,
    spearmans,
    together,
    unit,
)
from attunement.statistics._courses import BINS, Course, session_time, time_bin
from attunement.statistics._design import (
    ALL_SESSIONS,
    FEWEST_THERAPISTS,
    MOST_GROUPS,
    THE_REST,
    Codes,
    Design,
)
from attunement.statistics._drawn import Array, Interval, Resampling, Statistic
from attunement.statistics._effect_size import hedges_g
from attunement.statistics._estimate import LEVEL, Estimate, t_quantile
from attunement.statistics._groups import SMALL_GROUP, GroupMeans, everything, groups_of, references
from attunement.statistics._mixed import MixedFit, fit_mixed
from attunement.statistics._multiplicity import holm
from attunement.statistics._null import Means, Null, clustered
from attunement.statistics._permutation import (
    exchange_p,
    patient_means,
    permuted_slope_p,
    sign_flip_p,
)
from attunement.statistics._resampling import DISAGREES, Clusters, Side
from attunement.statistics._verdict import (
    BOOTSTRAP,
    FEW_THERAPISTS,
    LEAST_KEPT,
    SHORT_SESSIONS,
    Outcome,
    judged,
    nothing_there,
    verdict,
)

__all__ = [
    "ALL_SESSIONS",
    "BINS",
    "BOOTSTRAP",
    "DISAGREES",
    "FEWEST_THERAPISTS",
    "FEW_THERAPISTS",
    "LEAST_KEPT",
    "LEVEL",
    "MOST_GROUPS",
    "SHORT_SESSIONS",
    "SMALL_GROUP",
    "THE_REST",
    "Array",
    "Clusters",
    "Codes",
    "Course",
    "Design",
    "Estimate",
    "GroupMeans",
    "Interval",
    "Means",
    "MixedFit",
    "Null",
    "Outcome",
    "Resampling",
    "Side",
    "Statistic",
    "clustered",
    "correlations",
    "everything",
    "exchange_p",
    "fit_mixed",
    "from_moments",
    "groups_of",
    "hedges_g",
    "holm",
    "judged",
    "nothing_there",
    "partial",
    "patient_means",
    "pearson",
    "pearsons",
    "permuted_slope_p",
    "ranks",
    "references",
    "session_time",
    "sign_flip_p",
    "spearman",
    "spearmans",
    "t_quantile",
    "time_bin",
    "together",
    "unit",
    "verdict",
]
