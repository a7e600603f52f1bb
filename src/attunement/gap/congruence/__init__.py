"""Congruence: how far two raters on one scale agree, and what their agreement predicts."""

from attunement.gap.congruence._agreement import concordance, correlation, intraclass_correlation
from attunement.gap.congruence._bland_altman import BlandAltman, bland_altman, proportional_bias
from attunement.gap.congruence._effects import congruence_effects
from attunement.gap.congruence._outcome import outcome_effects
from attunement.gap.congruence._ratings import Interval
from attunement.gap.congruence._regression import Regression
from attunement.gap.congruence._reliable_change import ReliableChange, alpha, reliable_change, share
from attunement.gap.congruence._response_surface import ResponseSurface, response_surface
from attunement.gap.congruence._standard import Standard, reliable_disagreement
from attunement.gap.congruence._truth_and_bias import TruthAndBias, truth_and_bias

__all__ = [
    "BlandAltman",
    "Interval",
    "Regression",
    "ReliableChange",
    "ResponseSurface",
    "Standard",
    "TruthAndBias",
    "alpha",
    "bland_altman",
    "concordance",
    "congruence_effects",
    "correlation",
    "intraclass_correlation",
    "outcome_effects",
    "proportional_bias",
    "reliable_change",
    "reliable_disagreement",
    "response_surface",
    "share",
    "truth_and_bias",
]
