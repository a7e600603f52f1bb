"""What benchmarks/markers.py is made of: labels, a pass over the corpora, peers, figures."""

from benchmarks._markers._figures import (
    Agreement,
    Calibration,
    agreement,
    calibration,
    confusion,
)
from benchmarks._markers._labels import (
    ACT_LABELS,
    FLUENCY_LABELS,
    FRESH,
    act_labels,
    labels,
)
from benchmarks._markers._marked import CORPORA, Marked, Times, mark
from benchmarks._markers._peers import act_by_rules, fluency_by_rules, majority

__all__ = [
    "ACT_LABELS",
    "CORPORA",
    "FLUENCY_LABELS",
    "FRESH",
    "Agreement",
    "Calibration",
    "Marked",
    "Times",
    "act_by_rules",
    "act_labels",
    "agreement",
    "calibration",
    "confusion",
    "fluency_by_rules",
    "labels",
    "majority",
    "mark",
]
