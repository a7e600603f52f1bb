"""Intraclass correlations of n sessions that k raters each rated: agreement and consistency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from attunement.statistics import LEVEL, Array, Interval, Statistic

ICC_NAMES = ("icc(A,1)", "icc(C,1)", "icc(A,k)")
"""The order in which `intraclass` and `intraclasses` give them."""

_TAIL = (1 + LEVEL) / 2
_NOTHING = 1e-12
"""A share of the sum of squares that is rounding."""


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """The two-way analysis of variance of n sessions by k raters, one value a cell.

    Attributes
    ----------
    sessions, raters, error : ndarray of shape (d,)
        Mean squares, of each of d draws.
    n : ndarray of shape (d,)
        Sessions.
    k : int
        Raters.
    """

    sessions: Array
    raters: Array
    error: Array
    n: Array
    k: int

    @classmethod
    def of(cls, values: Array, weights: Array) -> MeanSquares:
        """Take the mean squares of `values` of shape (n, k) in each draw of `weights` (d, n)."""
        k = values.shape[1]
        centred = values - values.mean()
        n = weights.sum(axis=1)
        rows = centred.mean(axis=1)
        grand = weights @ rows / n
        columns = weights @ centred / n[:, None]
        between = k * (weights @ rows**2 - n * grand**2)
        raters = n * ((columns - grand[:, None]) ** 2).sum(axis=1)
        total = weights @ (centred**2).sum(axis=1) - n * k * grand**2
        nothing = _NOTHING * np.maximum(total, (centred**2).sum() * _NOTHING)
        error = total - between - raters
        error, between, raters = (
            np.where(one > nothing, one, 0.0) for one in (error, between, raters)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            return cls(between / (n - 1), raters / (k - 1), error / ((n - 1) * (k - 1)), n, k)

    def agreement(self) -> Array:
        """ICC(A,1): one rater, with what each adds or takes away counted against them."""
        return _share(
            self.sessions - self.error,
            self.sessions
            + (self.k - 1) * self.error
            + self.k / self.n * (self.raters - self.error),
        )

    def consistency(self) -> Array:
        """ICC(C,1): one rater, whatever each adds or takes away."""
        return _share(self.sessions - self.error, self.sessions + (self.k - 1) * self.error)

    def mean_agreement(self) -> Array:
        """ICC(A,k): the mean of the k raters."""
        return _share(
            self.sessions - self.error, self.sessions + (self.raters - self.error) / self.n
        )


def intraclass(values: Array) -> tuple[Interval, Interval, Interval]:
    """Estimate ICC(A,1), ICC(C,1) and ICC(A,k) of complete ratings, with F intervals.

    With the mean squares of sessions MSR, raters MSC and error MSE of a two-way layout,

    ICC(A,1) = (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n)
    ICC(C,1) = (MSR - MSE) / (MSR + (k - 1) MSE)
    ICC(A,k) = (MSR - MSE) / (MSR + (MSC - MSE) / n)

    Parameters
    ----------
    values : ndarray of shape (n, k)
        n >= 3 sessions by k >= 2 raters, none missing. Sessions are taken as independent: where
        patients come again, bootstrap `intraclasses` instead.

    Returns
    -------
    tuple of three Interval
        No value where nothing varies; no limits where raters agree exactly.

    References
    ----------
    McGraw K.O. & Wong S.P. (1996). Forming inferences about some intraclass correlation
    coefficients. Psychological Methods 1, 30-46, tables 4 and 7. Checked against R: psych::ICC.

    Examples
    --------
    Shrout & Fleiss's (1979) six targets by four judges:

    >>> ratings = [
    ...     [9, 2, 5, 8],
    ...     [6, 1, 3, 2],
    ...     [8, 4, 6, 8],
    ...     [7, 1, 2, 6],
    ...     [10, 5, 6, 9],
    ...     [6, 2, 4, 7],
    ... ]
    >>> [round(one.value, 2) for one in intraclass(np.array(ratings, dtype=float))]
    [0.29, 0.71, 0.62]
    """
    squares = MeanSquares.of(values, np.ones((1, len(values))))
    estimates = [
        float(one[0])
        for one in (squares.agreement(), squares.consistency(), squares.mean_agreement())
    ]
    single = _agreement_limits(squares, estimates[0])
    # The limits of the mean are those of one rater, stepped up (Spearman & Brown).
    mean = tuple(None if one is None else _stepped_up(one, squares.k) for one in single)
    limits = (single, _consistency_limits(squares), (mean[0], mean[1]))
    found = [
        Interval(estimate, *bounds) if np.isfinite(estimate) else Interval(None)
        for estimate, bounds in zip(estimates, limits, strict=True)
    ]
    return found[0], found[1], found[2]


def intraclasses(values: Array) -> Statistic:
    """Make the statistic of `intraclass`: the three of them in every draw of sessions."""

    def statistic(weights: Array) -> Array:
        squares = MeanSquares.of(values, weights)
        found = (squares.agreement(), squares.consistency(), squares.mean_agreement())
        return np.stack(found, axis=1)

    return statistic


Limits = tuple[float | None, float | None]


def _agreement_limits(squares: MeanSquares, estimate: float) -> Limits:
    rows, raters, error = (
        float(one[0]) for one in (squares.sessions, squares.raters, squares.error)
    )
    n, k = float(squares.n[0]), squares.k
    if not np.isfinite(estimate) or estimate >= 1 or rows <= 0 or error <= 0:
        return None, None
    a = k * estimate / (n * (1 - estimate))
    b = 1 + k * estimate * (n - 1) / (n * (1 - estimate))
    raters_share = (a * raters) ** 2 / (k - 1)
    error_share = (b * error) ** 2 / ((n - 1) * (k - 1))
    df = (a * raters + b * error) ** 2 / (raters_share + error_share)
    above, below = float(stats.f.ppf(_TAIL, n - 1, df)), float(stats.f.ppf(_TAIL, df, n - 1))
    spread = k * raters + (k * n - k - n) * error
    low = n * (rows - above * error) / (above * spread + n * rows)
    high = n * (below * rows - error) / (spread + n * below * rows)
    return (low, high) if low <= estimate <= high else (None, None)


def _consistency_limits(squares: MeanSquares) -> Limits:
    rows, error = float(squares.sessions[0]), float(squares.error[0])
    n, k = float(squares.n[0]), squares.k
    if error <= 0 or rows <= 0:
        return None, None
    df = (n - 1, (n - 1) * (k - 1))
    low = rows / error / float(stats.f.ppf(_TAIL, *df))
    high = rows / error * float(stats.f.ppf(_TAIL, *df[::-1]))
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _stepped_up(one: float, k: int) -> float:
    return k * one / (1 + (k - 1) * one)


def _share(above: Array, below: Array) -> Array:
    out = np.full(above.shape, np.nan)
    return np.asarray(np.divide(above, below, out=out, where=below > 0), dtype=float)
