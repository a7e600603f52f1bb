"""Exact and Monte Carlo tests for groups too small for anything else: patients are exchanged."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from attunement.statistics._design import Codes

Array = NDArray[np.float64]


def patient_means(values: Array, patients: Codes) -> Array:
    """Average sessions within patients: what can be exchanged."""
    codes = np.unique(patients, return_inverse=True)[1]
    return np.asarray(np.bincount(codes, values) / np.bincount(codes))


def sign_flip_p(units: Array, *, draws: int, rng: np.random.Generator) -> float | None:
    """Test a mean against zero by flipping signs.

    Parameters
    ----------
    units : ndarray of shape (k,)
        Patient means, symmetric about zero under the null.
    draws : int
        All 2^k flips are used if there are no more than this; else so many random ones.
    rng : Generator
        For the random ones.

    Returns
    -------
    float or None
        Two-sided p; None with fewer than two units.
    """
    k = len(units)
    if k < 2:
        return None
    if 2**k <= draws:
        flips = 1.0 - 2.0 * ((np.arange(2**k)[:, None] >> np.arange(k)) & 1)
        return _share(np.abs(flips @ units), abs(float(units.sum())), exact=True)
    flips = rng.choice(np.array([-1.0, 1.0]), size=(draws, k))
    return _share(np.abs(flips @ units), abs(float(units.sum())), exact=False)


def exchange_p(one: Array, other: Array, *, draws: int, rng: np.random.Generator) -> float | None:
    """Test the difference of two means by exchanging who belongs to which group.

    The statistic is Welch's t, so that unequal variances do little harm (Janssen 1997).

    Returns
    -------
    float or None
        Two-sided p; None with fewer than two units on either side.
    """
    n, k = len(one) + len(other), len(one)
    if min(len(one), len(other)) < 2:
        return None
    pooled = np.concatenate([one, other])
    observed = abs(_welch(one[None], other[None])[0])
    if comb(n, k) <= draws:
        chosen = np.zeros((comb(n, k), n), dtype=bool)
        for row, members in enumerate(combinations(range(n), k)):
            chosen[row, list(members)] = True
    else:
        chosen = np.zeros((draws, n), dtype=bool)
        ranks = np.argsort(rng.random((draws, n)), axis=1)[:, :k]
        np.put_along_axis(chosen, ranks, True, axis=1)
    spread = np.broadcast_to(pooled, chosen.shape)
    statistics = np.abs(_welch(spread[chosen].reshape(-1, k), spread[~chosen].reshape(-1, n - k)))
    return _share(statistics, observed, exact=comb(n, k) <= draws)


def permuted_slope_p(x: Array, y: Array, *, draws: int, rng: np.random.Generator) -> float | None:
    """Test a slope by exchanging which unit has which value.

    Parameters
    ----------
    x, y : ndarray of shape (k,)
        A value a unit each, such as patients' means; covariates already taken out of both (Freedman
        & Lane 1983).
    draws : int
        Random exchanges.
    rng : Generator
        For them.

    Returns
    -------
    float or None
        Two-sided p; None with fewer than four units, or where one of the two does not vary.
    """
    if len(x) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    centred = x - x.mean()
    orders = np.argsort(rng.random((draws, len(x))), axis=1)
    statistics = np.abs(centred[orders] @ (y - y.mean()))
    return _share(statistics, abs(float(centred @ (y - y.mean()))), exact=False)


def _welch(one: Array, other: Array) -> Array:
    spread = one.var(axis=1, ddof=1) / one.shape[1] + other.var(axis=1, ddof=1) / other.shape[1]
    difference = one.mean(axis=1) - other.mean(axis=1)
    return np.asarray(difference / np.sqrt(np.maximum(spread, 1e-300)))


def _share(statistics: Array, observed: float, *, exact: bool) -> float:
    """Give the share of statistics as extreme as the observed, which itself counts once."""
    extreme = int(np.count_nonzero(statistics >= observed * (1 - 1e-9)))
    return extreme / len(statistics) if exact else (extreme + 1) / (len(statistics) + 1)
