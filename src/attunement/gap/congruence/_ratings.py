"""What every statistic of two raters needs of its data: complete, enough, and varying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from attunement.errors import DataError

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

FEWEST_SESSIONS = 3
"""Two differences have a spread, three the first degree of freedom to judge a slope by."""

PATIENT, THERAPIST = "the patient-rated values", "the therapist-rated values"

_SAME = 1e-9
"""Values this close, relative to their size, count as equal: what rounding leaves."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and 95% limits that need not lie symmetrically about it.

    Attributes
    ----------
    estimate : float
        The estimate.
    ci_low, ci_high : float or None
        The limits; None where there are none.
    df : float or None
        Degrees of freedom, where the interval or p uses them.
    p_val : float or None
        Two-sided, against zero, where it is a test's.
    reason : str or None
        Why there are no limits.
    """

    estimate: float
    ci_low: float | None
    ci_high: float | None
    df: float | None = None
    p_val: float | None = None
    reason: str | None = None


def checked(truth: Array, judgement: Array) -> tuple[Array, Array]:
    """Give both raters' values as floats.

    Raises
    ------
    DataError
        Lengths differ, a value is missing or infinite, or there are fewer than three sessions.
    """
    truth, judgement = np.asarray(truth, dtype=float), np.asarray(judgement, dtype=float)
    if truth.shape != judgement.shape or truth.ndim != 1:
        raise DataError(
            f"the two raters' values have the shapes {truth.shape} and {judgement.shape}",
            mend="Give one value a session from each",
        )
    if not (np.isfinite(truth).all() and np.isfinite(judgement).all()):
        raise DataError(
            "a rating is missing or infinite", mend="Keep the sessions that both sides rated"
        )
    if len(truth) < FEWEST_SESSIONS:
        raise DataError(
            f"{len(truth)} sessions rated by both sides; {FEWEST_SESSIONS} are needed",
            mend="Give more sessions",
        )
    return truth, judgement


def varies(values: Array, *, size: float | None = None) -> bool:
    """Whether values differ by more than rounding leaves of numbers of that size (their own)."""
    size = float(np.abs(values).max()) if size is None else size
    return bool(np.ptp(values) > _SAME * size)


def require_variation(values: Array, name: str, *, size: float | None = None) -> None:
    """Refuse values that are all the same.

    Raises
    ------
    DataError
        They are; `name` says whose.
    """
    if not varies(values, size=size):
        raise DataError(f"{name} do not vary", mend="Give sessions whose ratings differ")


def repeats(clusters: Codes | None) -> TypeGuard[Codes]:
    """Whether some of two or more clusters hold several sessions, so that these depend."""
    if clusters is None:
        return False
    return 1 < len(np.unique(clusters)) < len(clusters)
