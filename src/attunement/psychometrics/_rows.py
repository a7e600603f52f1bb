"""A row of the table of rater statistics: what was asked of whom, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    """A judge, and how it was asked.

    Attributes
    ----------
    judge : str
        Which model; several, named together, where a figure is of them all.
    perspective : str
        As whom it answered.
    framing : str
        As the reader of a transcript, or as the AI of the chat.
    instrument : str
        What it was asked to fill in.
    """

    judge: str
    perspective: str
    framing: str
    instrument: str


ASKED = ("judge", "perspective", "framing", "instrument")
"""The columns that say who was asked, and how."""


@dataclass(frozen=True, slots=True)
class Found:
    """A figure, its interval, and why either is missing."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    p_val: float | None = None
    method: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many sessions and patients a figure rests on; no patient may be known."""

    sessions: int = 0
    patients: int | None = None


def row(
    question: str,
    asked: Asked,
    statistic: str,
    found: Found,
    *,
    count: Count,
    scale: str | None = None,
    other: str | None = None,
    raters: int = 1,
) -> Row:
    """Set one figure in a row of RATER_STATISTICS."""
    return {
        "question": question,
        "judge": asked.judge,
        "other": other,
        "perspective": asked.perspective,
        "framing": asked.framing,
        "instrument": asked.instrument,
        "scale": scale,
        "statistic": statistic,
        "estimate": found.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "p_val": found.p_val,
        "p_holm": None,
        "n_sessions": count.sessions,
        "n_patients": count.patients,
        "n_raters": raters,
        "method": found.method,
        "reason": found.reason,
    }
