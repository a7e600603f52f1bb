"""Congruence: how far two raters on one scale agree, and what their agreement predicts."""

from attunement.gap.congruence._agreement import concordance, correlation, intraclass_correlation
from attunement.gap.congruence._bland_altman import BlandAltman, bland_altman, proportional_bias
from attunement.gap.congruence._ratings import Interval
from attunement.gap.congruence._regression import Regression
from attunement.gap.congruence._truth_and_bias import TruthAndBias, truth_and_bias

__all__ = [
    "BlandAltman",
    "Interval",
    "Regression",
    "TruthAndBias",
    "bland_altman",
    "concordance",
    "correlation",
    "intraclass_correlation",
    "proportional_bias",
    "truth_and_bias",
]
