"""Bland and Altman: how far the therapist's rating of a session may be from the patient's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import stats

from attunement.gap.congruence._ratings import (
    Array,
    Codes,
    Interval,
    checked,
    repeats,
    require_variation,
)
from attunement.gap.congruence._regression import Regression
from attunement.statistics import LEVEL, Estimate

WIDTH = 1.96
"""The limits lie so many standard deviations from the mean: 95% of normal differences."""

_TAIL = (1 + LEVEL) / 2


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of single differences, from between patients and within them.

    With d_i the mean of patient i's m_i differences, S_b^2 the variance of the k means, S_w^2 the
    pooled variance within patients and m_h the harmonic mean of the m_i, the total variance is
    S_b^2 + (1 - 1 / m_h) S_w^2. Where every session is a patient's only one, S_b^2 is all of it.

    Attributes
    ----------
    between, within : ndarray of shape (m,)
        S_b^2, and S_w^2 times (1 - 1 / m_h), in each of m sets of sessions.
    df_between, df_within : ndarray of shape (m,)
        k - 1 and N - k.
    """

    between: Array
    within: Array
    df_between: Array
    df_within: Array

    @classmethod
    def of(cls, difference: Array, patients: Codes, *, multiplicities: Array) -> Self:
        """Sum over sessions, counted so often in each of m sets (m, n)."""
        codes = np.unique(patients, return_inverse=True)[1]
        size = np.bincount(codes)[codes]
        centred = difference - difference.mean()
        mean = (np.bincount(codes, centred) / np.bincount(codes))[codes]
        terms = [1 / size, mean / size, mean**2 / size, 1 / size**2, (centred - mean) ** 2]
        sums = multiplicities @ np.stack([np.ones_like(mean), *terms], axis=1)
        n, k, first, second, inverse, inside = np.where(sums[:, :1] > 0, sums, np.nan).T
        between = np.maximum(second - first**2 / k, 0) / np.maximum(k - 1, 1)
        within = np.maximum(1 - inverse / k, 0) * inside / np.maximum(n - k, 1)
        return cls(between=between, within=within, df_between=k - 1, df_within=n - k)

    @property
    def total(self) -> Array:
        """The variance of a single difference."""
        return self.between + self.within


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """The difference of the two sides' ratings, session by session.

    Attributes
    ----------
    difference : ndarray of shape (n,)
        Judgement minus truth, on the questionnaire's scale.
    mean : Estimate
        The mean difference.
    sd : float
        Standard deviation of a single difference.
    lower, upper : Interval
        The limits of agreement.
    regression : Regression
        What gave the mean.
    """

    difference: Array
    mean: Estimate
    sd: float
    lower: Interval
    upper: Interval
    regression: Regression


def bland_altman(
    truth: Array,
    judgement: Array,
    *,
    patients: Codes | None = None,
    factors: Mapping[str, Codes] | None = None,
) -> BlandAltman:
    """Estimate the mean difference and the limits of agreement, mean -/+ 1.96 SD.

    Parameters
    ----------
    truth, judgement : ndarray of shape (n,)
        Patient's and therapist's ratings of n sessions, one scale.
    patients : ndarray of int of shape (n,), optional
        Whose sessions they are; where patients repeat, the variance is that between patients plus
        that within (Bland & Altman 2007, where the truth varies).
    factors : mapping of str to ndarray of int of shape (n,), optional
        What the mean's random intercepts stand for; see `Regression`.

    Returns
    -------
    BlandAltman
        The limits' intervals combine the mean's and the variance's (MOVER): with five sessions
        they cover in .96 of simulations, where Bland & Altman's own approximation has .92.

    Raises
    ------
    DataError
        Fewer than three sessions, or differences that do not vary.

    References
    ----------
    Bland J.M. & Altman D.G. (1986). Lancet 327, 307-310; (2007). Journal of Biopharmaceutical
    Statistics 17, 571-582. Zou G.Y. (2013). Statistical Methods in Medical Research 22, 630-642.
    """
    truth, judgement = checked(truth, judgement)
    difference = judgement - truth
    require_variation_of_difference(truth, judgement)
    n = len(difference)
    regression = Regression.of(difference, np.ones((n, 1)), factors=factors)
    mean = regression.estimate(1.0)
    spread = Spread.of(
        difference,
        patients if repeats(patients) else np.arange(n),
        multiplicities=np.ones((1, n)),
    )
    sd = float(np.sqrt(spread.total[0]))
    low, high = _sd_interval(spread)
    half = float(stats.norm.ppf(_TAIL)) * mean.se
    outer = float(np.hypot(half, WIDTH * (high - sd)))
    inner = float(np.hypot(half, WIDTH * (sd - low)))
    lower, upper = mean.estimate - WIDTH * sd, mean.estimate + WIDTH * sd
    return BlandAltman(
        difference=difference,
        mean=mean,
        sd=sd,
        lower=Interval(lower, lower - outer, lower + inner),
        upper=Interval(upper, upper - inner, upper + outer),
        regression=regression,
    )


def proportional_bias(
    truth: Array, judgement: Array, *, factors: Mapping[str, Codes] | None = None
) -> Regression:
    """Regress the difference on the mean of the two sides, to see whether it grows with the level.

    Parameters
    ----------
    truth, judgement : ndarray of shape (n,)
        Patient's and therapist's ratings of n sessions, one scale.
    factors : mapping of str to ndarray of int of shape (n,), optional
        See `Regression`.

    Returns
    -------
    Regression
        Coefficients: intercept (at the mean level) and slope. The slope is not zero either where
        one side merely spreads its ratings more than the other.

    Raises
    ------
    DataError
        Fewer than three sessions, or a side, the differences or the means that do not vary.

    References
    ----------
    Bland J.M. & Altman D.G. (1999). Statistical Methods in Medical Research 8, 135-160.
    """
    truth, judgement = checked(truth, judgement)
    require_variation_of_difference(truth, judgement)
    level = (truth + judgement) / 2
    require_variation(level, "the means of the two sides' values")
    x = np.stack([np.ones_like(level), level - level.mean()], axis=1)
    return Regression.of(judgement - truth, x, factors=factors)


def limits_redrawn(
    bland_altman: BlandAltman, patients: Codes | None, *, multiplicities: Array
) -> tuple[Array, Array, Array]:
    """Give the mean and the lower and upper limit in every bootstrap draw, NaN where undefined."""
    difference = bland_altman.difference
    own = patients if repeats(patients) else np.arange(len(difference))
    spread = Spread.of(difference, own, multiplicities=multiplicities)
    mean = bland_altman.regression.redrawn(multiplicities)[:, 0]
    half = WIDTH * np.sqrt(spread.total)
    return mean, mean - half, mean + half


def require_variation_of_difference(truth: Array, judgement: Array) -> None:
    """Refuse ratings that differ by the same amount in every session."""
    size = max(float(np.abs(truth).max()), float(np.abs(judgement).max()))
    require_variation(judgement - truth, "the differences", size=size)


def _sd_interval(spread: Spread) -> tuple[float, float]:
    """Give 95% limits of the total standard deviation, the two variances' limits combined."""
    down = up = 0.0
    for variance, df in (
        (float(spread.between[0]), float(spread.df_between[0])),
        (float(spread.within[0]), float(spread.df_within[0])),
    ):
        if df > 0:
            down += (variance * (1 - df / float(stats.chi2.ppf(_TAIL, df)))) ** 2
            up += (variance * (df / float(stats.chi2.ppf(1 - _TAIL, df)) - 1)) ** 2
    total = float(spread.total[0])
    return float(np.sqrt(max(total - np.sqrt(down), 0.0))), float(np.sqrt(total + np.sqrt(up)))
