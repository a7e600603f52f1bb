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
from benchmarks._ablation._ceiling import ceiling, mean_vectors, of_other_patients, print_ceiling
from benchmarks._ablation._figures import HALVES, Figure, Variant, ablation, intervals_of
from benchmarks._ablation._readings import FittedReading, Reading, Readings, fitted, score
from benchmarks._ablation._scales import SENTIMENT, print_scales, scales
from benchmarks._ablation._sentences import (
    highest_sentence,
    lowest_sentence,
    mean_sentence,
    sentences,
)
from benchmarks._ablation._variants import DEFAULT, of_encoder, readings, variants

__all__ = [
    "DEFAULT",
    "HALVES",
    "SENTIMENT",
    "Figure",
    "FittedReading",
    "NearestAnchors",
    "Reading",
    "Readings",
    "Reshaped",
    "Variant",
    "ablation",
    "blind_banks",
    "ceiling",
    "fitted",
    "half_whitened",
    "highest_sentence",
    "intervals_of",
    "lowest_sentence",
    "mean_of_scales",
    "mean_sentence",
    "mean_vectors",
    "merged",
    "of_encoder",
    "of_other_patients",
    "of_register",
    "print_ceiling",
    "print_scales",
    "readings",
    "scales",
    "score",
    "sentences",
    "thinned",
    "variants",
    "without_length",
    "without_life",
]
