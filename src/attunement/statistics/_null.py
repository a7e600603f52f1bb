"""Null distributions of group means, studentised: chance as large as what is seen, for its spread.

A bare permutation asks whether *any* session differs; where sessions truly vary around no
difference at all, it rejects far too often. Dividing each mean, drawn or observed, by its own
standard error over clusters asks about the mean alone (Janssen 1997; Chung & Romano 2013).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.statistics._design import Codes

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Means:
    """A group's mean and the square of its standard error, in every draw.

    Attributes
    ----------
    mean, variance : ndarray of shape (draws,)
        NaN in a draw in which no session has a value.
    """

    mean: Array
    variance: Array

    def __sub__(self, other: Means) -> Means:
        return Means(self.mean - other.mean, self.variance + other.variance)

    @classmethod
    def pooled(cls, parts: Sequence[Means], sizes: Sequence[int]) -> Means:
        """Average groups, each counting by its sessions."""
        shares = np.array(sizes, dtype=float) / sum(sizes)
        return cls(
            np.asarray(sum(w * one.mean for w, one in zip(shares, parts, strict=True))),
            np.asarray(sum(w**2 * one.variance for w, one in zip(shares, parts, strict=True))),
        )


@dataclass(frozen=True, slots=True)
class Null:
    """What chance makes of every group's mean.

    Attributes
    ----------
    control : str
        What the comparison is called.
    drawn : mapping of str to Means
        Under the null, in every draw.
    observed : mapping of str to Means
        As it is: one draw.
    sizes : mapping of str to int
        How many sessions each group has.
    detail : str
        What was drawn.
    """

    control: str
    drawn: Mapping[str, Means]
    observed: Mapping[str, Means]
    sizes: Mapping[str, int]
    detail: str

    def compare(self, group: str, others: Sequence[str]) -> tuple[Array, float] | None:
        """Hold a group's mean, or its difference from others pooled, against chance.

        Returns
        -------
        tuple of (ndarray, float) or None
            The null distribution of the mean or difference, and the two-sided p of the observed
            one, both studentised; None where a group has no value.
        """
        if not self.sizes[group] or (others and not sum(self.sizes[other] for other in others)):
            return None
        drawn, observed = (self._combined(of, group, others) for of in (self.drawn, self.observed))
        if not np.isfinite(observed.mean[0]):
            return None
        seen = np.isfinite(drawn.mean) & np.isfinite(drawn.variance)
        if not seen.any():
            return None
        means = drawn.mean[seen]
        middle = float(means.mean())
        statistics = np.abs(means - middle) / _error(drawn.variance[seen])
        statistic = abs(observed.mean[0] - middle) / _error(observed.variance)[0]
        extreme = int(np.count_nonzero(statistics >= statistic * (1 - 1e-9)))
        return means, (extreme + 1) / (len(statistics) + 1)

    def _combined(self, of: Mapping[str, Means], group: str, others: Sequence[str]) -> Means:
        if not others:
            return of[group]
        return of[group] - Means.pooled(
            [of[other] for other in others], [self.sizes[other] for other in others]
        )


def clustered(values: Array, units: Codes) -> tuple[Array, Array]:
    """Average sessions, with the variance of the mean over clusters.

    Parameters
    ----------
    values : ndarray of shape (draws, n, m)
        NaN where a session has no value.
    units : ndarray of int of shape (n,)
        The clusters.

    Returns
    -------
    tuple of ndarray of shape (draws, m)
        Mean, and its cluster-robust variance; NaN where there is no mean, or one cluster.
    """
    order = np.argsort(units, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(units[order]) != 0])
    inside = values[:, order]
    known = np.isfinite(inside)
    counts = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, inside, 0.0).sum(axis=1) / counts
        apart = np.where(known, inside - mean[:, None], 0.0)
        sums = np.add.reduceat(apart, starts, axis=1)
        clusters = len(starts)
        # Residuals of one cluster sum to zero: they say nothing of how a mean varies.
        correction = clusters / (clusters - 1) if clusters > 1 else np.nan
        variance = (sums**2).sum(axis=1) / counts**2 * correction
    return mean, variance


def _error(variance: Array) -> Array:
    return np.sqrt(np.maximum(variance, 1e-300))
