"""The zero-shot estimator with one part changed at a time, and what that does to agreement."""

from benchmarks._ablation._axes import (
    NearestAnchors,
    Reshaped,
    half_whitened,
    mean_of_scales,
    without_length,
    without_life,
)
from benchmarks._ablation._banks import blind_banks, merged, of_register, thinned
from benchmarks._ablation._figures import HALVES, Figure, Variant, ablation, intervals_of
from benchmarks._ablation._readings import FittedReading, Reading, Readings, fitted, score
from benchmarks._ablation._variants import DEFAULT, of_encoder, readings, variants

__all__ = [
    "DEFAULT",
    "HALVES",
    "Figure",
    "FittedReading",
    "NearestAnchors",
    "Reading",
    "Readings",
    "Reshaped",
    "Variant",
    "ablation",
    "blind_banks",
    "fitted",
    "half_whitened",
    "intervals_of",
    "mean_of_scales",
    "merged",
    "of_encoder",
    "of_register",
    "readings",
    "score",
    "thinned",
    "variants",
    "without_length",
    "without_life",
]
