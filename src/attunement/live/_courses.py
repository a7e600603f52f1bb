"""One side's scores so far, as a few sums from which the estimate and the trend come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from attunement.alliance import COLUMNS

Numbers = NDArray[np.float64]

FEWEST_TURNS = 6
"""Turns of a side before its estimate gets an interval. Fewer say next to nothing about how much
they vary; at six the interval is some three standard deviations of the turns wide."""

FEWEST_FOR_TREND = 10
"""Turns of the patient before there is a trend."""

LEVEL = 0.95
"""Of the intervals."""

_STRONGEST = 0.8
"""The strongest correlation of neighbouring turns that is believed of so few."""

_SUPPOSED_TURNS = 1.0
"""Turns of the reference's variance, 1, that are supposed beside a side's own where it varies less.
Half a dozen equal answers do not show that the side always answers so: without it, where four of
five answers are the same, intervals at six turns hold .69 of the time."""

_WEIGHT, _WEIGHT2, _WEIGHTED, _PLAIN, _SQUARE, _NEIGHBOUR, _PLACED = range(7)
_TERMS = 7


@dataclass(frozen=True, slots=True)
class Course:
    """Sums over one side's scored turns.

    The scores are taken less the side's first one, so that the sums stay exact. The arrays may have
    leading axes: then there is one course for each.

    Attributes
    ----------
    count : ndarray of shape (...)
        How many turns.
    sums : ndarray of shape (..., 7, 4)
        Over turns, with x the score, w the turn's number cubed and k its place among the side's:
        w, w^2, w x, x, x^2, x times the x before it, k x; for task, bond, goal and alliance.
    first, last : ndarray of shape (..., 4)
        The first score itself, and the last less the first.
    """

    count: NDArray[np.int64]
    sums: Numbers
    first: Numbers
    last: Numbers

    @classmethod
    def begin(cls) -> Self:
        """Give the course of a side that was not heard yet."""
        nothing = np.zeros(len(COLUMNS))
        return cls(np.asarray(0), np.zeros((_TERMS, len(COLUMNS))), nothing, nothing)

    def then(self, *, turn: int, scores: Numbers) -> Course:
        """Give the course with one turn more: its number in the session, its scores (4,)."""
        first = scores if self.count == 0 else self.first
        added = scores - first
        terms = _terms(np.asarray(turn), self.count, added, self.last)
        return Course(self.count + 1, self.sums + terms, first, added)


def courses(turns: NDArray[np.int64], scores: Numbers) -> Course:
    """Give the course after each of a side's turns at once.

    Parameters
    ----------
    turns : ndarray of shape (n,)
        Their numbers in the session, rising.
    scores : ndarray of shape (n, 4)
        Their scores.

    Returns
    -------
    Course
        With n + 1 courses: after no turn, after one, and so on.
    """
    none = np.zeros((1, len(COLUMNS)))
    first = scores[:1] if len(scores) else none
    added = scores - first
    before = np.concatenate([none, added])
    places = np.arange(len(turns))
    terms = _terms(turns, places, added, before[:-1])
    sums = np.concatenate([np.zeros((1, _TERMS, len(COLUMNS))), np.cumsum(terms, axis=0)])
    return Course(np.arange(len(turns) + 1), sums, np.broadcast_to(first, before.shape), before)


def _terms(
    turn: NDArray[np.int64], place: NDArray[np.int64], added: Numbers, before: Numbers
) -> Numbers:
    """Give what a turn adds to the sums: (..., 7, 4)."""
    weight = np.broadcast_to((turn.astype(np.float64) ** 3)[..., None], added.shape)
    of_turn = (
        weight,
        weight**2,
        weight * added,
        added,
        added**2,
        added * before,
        place[..., None] * added,
    )
    return np.stack(of_turn, axis=-2)


@dataclass(frozen=True, slots=True)
class Mean:
    """A weighted mean of a side's scores.

    Attributes
    ----------
    value : ndarray of shape (..., 4)
        NaN where no turn counts.
    variance : ndarray of shape (..., 4)
        The square of its standard error; NaN where there are too few turns.
    freedom : ndarray of shape (..., 1)
        Degrees of freedom of the variance.
    """

    value: Numbers
    variance: Numbers
    freedom: Numbers


def late_mean(course: Course) -> Mean:
    """Average a side's turns, each counting for its number in the session, cubed.

    This is what validity calls the pooling `late`, of the session so far. The weights are those of
    a mean, so that it does not matter how long the session will be. A side that has spoken the
    session's very first turn only has no mean yet: that turn, number 0, counts nothing.

    Notes
    -----
    With m = sum w x / sum w over the side's n turns, s^2 the variance of their scores (see
    `_varied`) and r the correlation of neighbours among them,

        SE^2 = s^2 (sum w^2 / (sum w)^2) (1 + r) / (1 - r)

    with n - 1 degrees of freedom; r is corrected for the bias of short series, r + (1 + 3 r) / n
    (Kendall 1954), and held between 0 and .8. The interval says how far the mean may lie from where
    it would settle if the side went on speaking as it has. It is not an interval of the alliance
    that the person feels, nor of a questionnaire: only a fitted model has that. Where the session
    drifts, the drift counts as variation, and the interval is wide. How often it holds, by
    simulation, with and without correlated turns: docs/howto-live.md.

    References
    ----------
    Kendall M. G. (1954). Note on bias in the estimation of autocorrelation. Biometrika 41, 403.
    """
    sums, n = course.sums, course.count[..., None].astype(np.float64)
    enough = n >= FEWEST_TURNS
    weight = _or_nan(sums[..., _WEIGHT, :], sums[..., _WEIGHT, :] > 0)
    some = np.where(enough, n, np.nan)
    plain = sums[..., _PLAIN, :] / some
    squares = np.maximum(sums[..., _SQUARE, :] - some * plain**2, 0.0)
    neighbours = (
        sums[..., _NEIGHBOUR, :]
        - plain * (2 * sums[..., _PLAIN, :] - course.last)
        + (some - 1) * plain**2
    )
    r = _ratio(neighbours, squares)
    variance = _varied(squares, some - 1) * sums[..., _WEIGHT2, :] / weight**2
    return Mean(
        value=course.first + sums[..., _WEIGHTED, :] / weight,
        variance=variance * _inflation(r + (1 + 3 * r) / some),
        freedom=some - 1,
    )


@dataclass(frozen=True, slots=True)
class Slope:
    """A line through a side's scores over its turns, and how far its slope may be off.

    Attributes
    ----------
    value, half_width : ndarray of shape (..., 4)
        A turn; NaN where there are too few turns.
    """

    value: Numbers
    half_width: Numbers


def slope(course: Course) -> Slope:
    """Fit a line through a side's scores, its turns at equal steps.

    Notes
    -----
    Least squares over the side's n turns, all counting alike, with the t interval of n - 2 degrees
    of freedom, widened for the correlation r of neighbouring residuals by the root of
    (1 + r) / (1 - r), where r is corrected for its bias beside a line by (2 + 4 r) / n and held
    between 0 and .8. It is the interval at one moment: looking after every turn, one of many
    intervals misses more often than one in twenty, which is why alarms go by a rule of their own.
    """
    sums, n = course.sums, course.count[..., None].astype(np.float64)
    n = np.where(n >= FEWEST_FOR_TREND, n, np.nan)
    total, squares = sums[..., _PLAIN, :], sums[..., _SQUARE, :]
    middle = (n - 1) / 2
    spread = n * (n**2 - 1) / 12
    value = (sums[..., _PLACED, :] - middle * total) / spread
    mean = total / n
    residual = np.maximum(squares - n * mean**2 - value**2 * spread, 0.0)
    # Residuals are x - a - b k. Over neighbours, the sums of k x' and k' x, where k' = k - 1 and x'
    # is the x before, follow from those of k x and x less the first (which is 0) and the last.
    a, b, last = mean - value * middle, value, course.last
    pairs = n - 1
    earlier, later = total - last, total
    of_k_later = sums[..., _PLACED, :] - later
    of_k_earlier = sums[..., _PLACED, :] - pairs * last + earlier
    first_places = pairs * (pairs - 1) / 2
    products = pairs * (pairs**2 - 1) / 3
    neighbours = (
        sums[..., _NEIGHBOUR, :]
        - a * (earlier + later)
        - b * (of_k_later + of_k_earlier)
        + pairs * a**2
        + a * b * (2 * first_places + pairs)
        + b**2 * products
    )
    r = _ratio(neighbours, residual)
    variance = _varied(residual, n - 2) / spread * _inflation(r + (2 + 4 * r) / n)
    return Slope(value=value, half_width=_quantile(n - 2) * np.sqrt(variance))


def half_width(mean: Mean) -> Numbers:
    """Give the half width of a mean's interval; NaN where there is none."""
    return np.asarray(_quantile(mean.freedom) * np.sqrt(mean.variance))


def difference(one: Mean, other: Mean) -> Mean:
    """Subtract another side's mean; the degrees of freedom are Welch's."""
    variance = one.variance + other.variance
    parts = one.variance**2 / one.freedom + other.variance**2 / other.freedom
    least = np.minimum(one.freedom, other.freedom)
    freedom = np.where(parts > 0, variance**2 / np.where(parts > 0, parts, 1.0), least)
    return Mean(value=one.value - other.value, variance=variance, freedom=freedom)


def _varied(squares: Numbers, freedom: Numbers) -> Numbers:
    """Give a variance, drawn towards the reference's where it is smaller than that."""
    own = squares / freedom
    supposed = (squares + _SUPPOSED_TURNS) / (freedom + _SUPPOSED_TURNS)
    return np.asarray(np.maximum(own, supposed))


def _quantile(freedom: Numbers) -> Numbers:
    return np.asarray(stdtrit(freedom, (1 + LEVEL) / 2))


def _inflation(r: Numbers) -> Numbers:
    held = np.clip(r, 0.0, _STRONGEST)
    return np.asarray((1 + held) / (1 - held))


def _ratio(numerator: Numbers, denominator: Numbers) -> Numbers:
    """Divide; 0 where scores do not vary beyond rounding."""
    varies = denominator > 1e-12
    return np.where(varies, numerator / np.where(varies, denominator, 1.0), 0.0)


def _or_nan(values: Numbers, known: NDArray[np.bool_]) -> Numbers:
    return np.where(known, values, np.nan)
