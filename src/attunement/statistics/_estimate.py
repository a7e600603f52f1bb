"""One estimate with its interval: what every statistic comes down to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from scipy import stats

LEVEL = 0.95
"""The level of every interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate, its standard error and degrees of freedom, and what follows from them.

    Attributes
    ----------
    estimate, se, df : float
        The estimate, its standard error, the degrees of freedom of its t distribution.
    ci_low, ci_high : float
        The 95% interval.
    p_val : float
        Two-sided, against zero.
    """

    estimate: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    p_val: float

    @classmethod
    def from_t(cls, *, estimate: float, se: float, df: float) -> Self:
        """Give the t interval and the two-sided p of an estimate over its standard error."""
        half = t_quantile(df) * se
        p_val = float(2 * stats.t.sf(abs(estimate) / se, df)) if se > 0 else float(estimate == 0)
        return cls(estimate, se, df, estimate - half, estimate + half, p_val)


def t_quantile(df: float) -> float:
    """Give the multiplier of a standard error in a 95% interval."""
    return float(stats.t.ppf((1 + LEVEL) / 2, df))
