"""The calibration gap: does one side perceive the alliance the other experiences? Tables only."""

from attunement.gap._analysis import analyze_ratings, analyze_scores
from attunement.gap._inferred import VARIANT_DRAWS
from attunement.gap._language import GAP, ROLE_DIFFERENCE, Wording, wording_for
from attunement.gap._result import GapOptions, GapResult
from attunement.statistics import DISAGREES, FEWEST_THERAPISTS, MOST_GROUPS, SMALL_GROUP

__all__ = [
    "DISAGREES",
    "FEWEST_THERAPISTS",
    "GAP",
    "MOST_GROUPS",
    "ROLE_DIFFERENCE",
    "SMALL_GROUP",
    "VARIANT_DRAWS",
    "GapOptions",
    "GapResult",
    "Wording",
    "analyze_ratings",
    "analyze_scores",
    "wording_for",
]
