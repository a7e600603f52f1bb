"""The cluster bootstrap: whole patients drawn again, many figures at once on the same draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.intp]

Statistic: TypeAlias = Callable[[Array], Array]
"""Weights of shape (d, n), how often each row counts in each of d draws, to d times k figures."""

_CELLS = 150_000
"""Weights held at once: draws go through in portions that a processor's cache holds."""

_MOST_UNDEFINED = 0.1
"""The share of draws in which a figure may be undefined before its interval is given up."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure as it is, and the percentile interval that drawing clusters again gives it.

    Attributes
    ----------
    value : float or None
        None where the figure is undefined: nothing varies, or a group is empty.
    low, high : float or None
        None where fewer than two clusters are there, the figure is undefined in more than a tenth
        of the draws, or it is the same in every draw.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Resampling:
    """Which cluster each row belongs to, and how often each cluster is drawn.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
        Each row's cluster.
    counts : ndarray of int, shape (draws, clusters)
        How often a cluster is drawn. All figures that share it are paired: the difference of two
        can be taken draw by draw.
    confidence : float
        The level of the intervals.
    """

    codes: Codes
    counts: NDArray[np.int32]
    confidence: float = 0.95

    @classmethod
    def of(
        cls, clusters: pl.Series, *, draws: int, seed: int, confidence: float = 0.95
    ) -> Resampling:
        """Draw whole clusters with replacement.

        Parameters
        ----------
        clusters : Series
            The cluster of each row, none missing.
        draws : int
            How often.
        seed : int
            Where the random numbers start: equal clusters and seed give equal draws.
        confidence : float
            The level of the intervals.
        """
        names, codes = np.unique(clusters.to_numpy(), return_inverse=True)
        generator = np.random.default_rng(seed)
        size = len(names)
        counts = np.empty((draws, size), dtype=np.int32)
        for draw in range(draws):
            counts[draw] = np.bincount(generator.integers(0, size, size), minlength=size)
        return cls(codes=codes.ravel(), counts=counts, confidence=confidence)

    def at(self, rows: Codes) -> Resampling:
        """Keep some rows, with the same draws."""
        return Resampling(codes=self.codes[rows], counts=self.counts, confidence=self.confidence)

    @property
    def clusters(self) -> int:
        """Count the clusters that have rows."""
        return len(np.unique(self.codes))

    def intervals(self, statistic: Statistic) -> list[Interval]:
        """Give each of a statistic's figures its value and its interval.

        Parameters
        ----------
        statistic : callable
            A pure function of the weights; with all weights 1 it gives the values.
        """
        values = statistic(np.ones((1, len(self.codes))))[0]
        if self.clusters < 2:
            return [Interval(_known(value)) for value in values]
        drawn = np.concatenate([statistic(weights) for weights in self._weights()])
        return [self._interval(v, column) for v, column in zip(values, drawn.T, strict=True)]

    def _weights(self) -> Iterator[Array]:
        portion = max(1, _CELLS // max(1, len(self.codes)))
        for start in range(0, len(self.counts), portion):
            yield self.counts[start : start + portion][:, self.codes].astype(np.float64)

    def _interval(self, value: float, drawn: Array) -> Interval:
        defined = drawn[np.isfinite(drawn)]
        if not np.isfinite(value) or len(defined) < (1 - _MOST_UNDEFINED) * len(drawn):
            return Interval(_known(value))
        if np.ptp(defined) <= 1e-12:
            return Interval(_known(value))
        tail = (1 - self.confidence) / 2
        low, high = np.quantile(defined, [tail, 1 - tail])
        return Interval(_known(value), float(low), float(high))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
