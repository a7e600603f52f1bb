"""Krippendorff's alpha: any number of raters, ratings missing, four levels of measurement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from attunement.statistics import Array, Codes, Statistic, ranks

Measurement: TypeAlias = Literal["nominal", "ordinal", "interval", "ratio"]


def krippendorff_alpha(values: Array, level: Measurement) -> float:
    """Give Krippendorff's alpha: 1 - observed over expected disagreement.

    alpha = 1 - D_o / D_e. With m_u ratings of unit u, units of one rating left out, and n the
    number of ratings that remain, D_o = 1/n sum_u 1/(m_u - 1) sum over ordered pairs of ratings of
    u of d^2, and D_e = 1/(n (n - 1)) sum over ordered pairs of all ratings of d^2. d^2 is 1 for
    unequal values (nominal); the squared difference of values (interval), or of their mid-ranks
    among all n (ordinal), or ((x - y) / (x + y))^2 (ratio).

    Parameters
    ----------
    values : ndarray of shape (units, raters)
        NaN where a rater did not rate. With "ratio" none is below 0.
    level : {"nominal", "ordinal", "interval", "ratio"}
        What the numbers are.

    Returns
    -------
    float
        NaN where no unit has two ratings, or all ratings are equal.

    References
    ----------
    Krippendorff K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.
    Checked against its worked example C, and the Python package krippendorff.

    Examples
    --------
    Two raters and ten units that are or are not so (example A of the above):

    >>> one = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    >>> other = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    >>> round(krippendorff_alpha(np.array([one, other], dtype=float).T, "nominal"), 3)
    0.095
    """
    return float(krippendorff_alphas(values, level)(np.ones((1, len(values))))[0, 0])


def krippendorff_alphas(values: Array, level: Measurement) -> Statistic:
    """Make the statistic of `krippendorff_alpha` in every draw of units."""
    rated = np.isfinite(values)
    rated &= rated.sum(axis=1, keepdims=True) > 1
    units, raters = np.nonzero(rated)
    flat = values[units, raters]
    often = rated.sum(axis=1)
    ratings = _Ratings(flat, units, often)
    if not len(flat):
        return lambda weights: np.full((len(weights), 1), np.nan)
    disagreements = _LEVELS[level](ratings)

    def statistic(weights: Array) -> Array:
        n = weights @ often
        observed, expected = disagreements(weights, n)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = (n - 1) * observed / expected
        return np.where(expected > 0, 1 - ratio, np.nan)[:, None]

    return statistic


class _Ratings:
    """Ratings in a row: each one's value, its unit, and how many there are of each unit."""

    def __init__(self, values: Array, units: Codes, often: Codes) -> None:
        self.values = values
        self.units = units
        self.often = often.astype(float)
        self.within = np.where(often > 1, 1 / np.maximum(often - 1, 1), 0.0)

    def by_unit(self, each: Array) -> Array:
        """Sum what is of each rating over the ratings of each unit."""
        return np.bincount(self.units, each, minlength=len(self.often)).astype(float)


_Disagreements: TypeAlias = Callable[[Array, Array], tuple[Array, Array]]
"""Weights and numbers of ratings to sums over pairs: within units over m - 1, and over all."""


def _interval(ratings: _Ratings) -> _Disagreements:
    x = ratings.values - ratings.values.mean()
    x = x / (np.ptp(x) or 1.0)
    sums, squares = ratings.by_unit(x), ratings.by_unit(x**2)
    own = 2 * (ratings.often * squares - sums**2) * ratings.within

    def disagreements(weights: Array, n: Array) -> tuple[Array, Array]:
        expected = 2 * (n * (weights @ squares) - (weights @ sums) ** 2)
        return weights @ own, np.where(expected > 1e-9 * n, expected, 0.0)

    return disagreements


def _ordinal(ratings: _Ratings) -> _Disagreements:
    ranked = ranks(ratings.values)

    def disagreements(weights: Array, n: Array) -> tuple[Array, Array]:
        # Mid-ranks change from draw to draw, so each draw is an interval problem of its own.
        observed, expected = np.empty(len(weights)), np.empty(len(weights))
        middles = ranked(weights[:, ratings.units]) / n[:, None] - 0.5
        for draw, (x, counts) in enumerate(zip(middles, weights, strict=True)):
            sums, squares = ratings.by_unit(x), ratings.by_unit(x**2)
            own = 2 * (ratings.often * squares - sums**2) * ratings.within
            observed[draw] = counts @ own
            expected[draw] = 2 * (n[draw] * (counts @ squares) - (counts @ sums) ** 2)
        return observed, np.where(expected > 1e-9 * n, expected, 0.0)

    return disagreements


def _nominal(ratings: _Ratings) -> _Disagreements:
    return _of_values(ratings, lambda x, y: (x != y).astype(float))


def _ratio(ratings: _Ratings) -> _Disagreements:
    return _of_values(ratings, lambda x, y: ((x - y) / np.where(x + y > 0, x + y, 1)) ** 2)


def _of_values(ratings: _Ratings, squared: Callable[[Array, Array], Array]) -> _Disagreements:
    """Count how often each value stands in each unit, and set each against each."""
    known, codes = np.unique(ratings.values, return_inverse=True)
    counts = np.zeros((len(ratings.often), len(known)))
    np.add.at(counts, (ratings.units, codes), 1.0)
    apart = squared(known[:, None], known[None, :])
    own = np.einsum("uv,vw,uw->u", counts, apart, counts) * ratings.within

    def disagreements(weights: Array, n: Array) -> tuple[Array, Array]:
        margins = weights @ counts
        return weights @ own, np.einsum("dv,vw,dw->d", margins, apart, margins)

    return disagreements


_LEVELS: dict[Measurement, Callable[[_Ratings], _Disagreements]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}
