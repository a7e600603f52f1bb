"""Data that nothing was chosen on, and banks whose writers saw no data."""

from benchmarks._unseen._banks import SHIPPED, banks, readings, reliability, variants
from benchmarks._unseen._casino import LIKING, SATISFACTION, TARGETS, read_casino, told
from benchmarks._unseen._partners import APART, COMPASS, Question, figures, pairs, questions

__all__ = [
    "APART",
    "COMPASS",
    "LIKING",
    "SATISFACTION",
    "SHIPPED",
    "TARGETS",
    "Question",
    "banks",
    "figures",
    "pairs",
    "questions",
    "read_casino",
    "readings",
    "reliability",
    "told",
    "variants",
]
