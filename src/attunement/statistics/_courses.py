"""Session time: where in it a turn stands, and means over sessions in each tenth of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.statistics._design import Codes
from attunement.statistics._resampling import Clusters

Array = NDArray[np.float64]

BINS = 10
"""Session time is cut into so many equal stretches."""


def session_time(*, session: str) -> pl.Expr:
    """Give each turn's place in its session, 0 to 1; by the order of turns where time is missing.

    Parameters
    ----------
    session : str
        The column that tells sessions apart.
    """
    turn = pl.col("turn").cast(pl.Float64)
    first, last = (bound.over(session) for bound in (turn.min(), turn.max()))
    place = pl.when(last > first).then((turn - first) / (last - first)).otherwise(0.0)
    return pl.coalesce(pl.col("time").cast(pl.Float64).fill_nan(None), place)


def time_bin() -> pl.Expr:
    """Give the stretch of session time, 0 to `BINS` - 1, that the column `time` falls into."""
    return (pl.col("time") * BINS).floor().cast(pl.Int32).clip(0, BINS - 1)


@dataclass(frozen=True, slots=True)
class Course:
    """Means over sessions of many columns, with their bands.

    Attributes
    ----------
    mean, low, high : ndarray of shape (k,)
        The mean of the sessions that have a value, and its 95% cluster-bootstrap band; NaN where
        there is none.
    n_sessions : ndarray of int of shape (k,)
        How many have a value.
    """

    mean: Array
    low: Array
    high: Array
    n_sessions: NDArray[np.int64]

    @classmethod
    def of(cls, values: Array, *, where: Codes, clusters: Clusters) -> Course:
        """Average some sessions, each counting once.

        Parameters
        ----------
        values : ndarray of shape (m, k)
            k values a session; NaN where a session has none.
        where : ndarray of int of shape (m,)
            The sessions' places in the design.
        clusters : Clusters
            The bootstrap's draws.
        """
        known = np.isfinite(values)
        counts = known.sum(axis=0)
        with np.errstate(invalid="ignore"):
            means = np.where(known, values, 0).sum(axis=0) / counts
        half = clusters.bands(where, values)
        return cls(mean=means, low=means - half, high=means + half, n_sessions=counts)
