"""What gaps would be if it did not matter who speaks: roles exchanged in blocks within sessions.

A block is a tenth of the session: turns within it stay together, so that what neighbouring turns
share is in the null distribution too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.statistics import BINS, Codes, Means, Null, clustered
from attunement.tables import MEASURES

Array = NDArray[np.float64]

ROLE_PERMUTATION = "role permutation"

_AT_ONCE = 64


def role_null(
    turns: pl.DataFrame,
    *,
    n_sessions: int,
    groups: Mapping[str, Codes],
    units: Codes,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Null, ...]:
    """Exchange the roles of each block with probability one half, in every draw.

    Parameters
    ----------
    turns : DataFrame
        `Turns.frame`.
    n_sessions : int
        How many sessions there are.
    groups : mapping of str to ndarray of int
        The sessions of each group; none empty.
    units : ndarray of int of shape (n_sessions,)
        The clusters that standard errors are over.
    draws : int
        How many.
    rng : Generator
        For the exchanges.

    Returns
    -------
    tuple of Null
        One a measure: the groups' mean gaps.
    """
    sums, counts = _block_totals(turns, n_sessions)
    change, change_n = (values[:, :, 0] - values[:, :, 1] for values in (sums, counts))
    total, total_n = sums.sum((1, 2)), counts.sum((1, 2))
    start, start_n = sums[:, :, 1].sum(1), counts[:, :, 1].sum(1)
    # A session that hears one side has no gap, and gets none by exchanging roles.
    both_sides = (start_n > 0) & (total_n > start_n)

    def means(exchanged: Array) -> dict[str, tuple[Array, Array]]:
        therapist = start + np.einsum("dsb,sbm->dsm", exchanged, change)
        therapist_n = start_n + np.einsum("dsb,sbm->dsm", exchanged, change_n)
        gaps = _gaps(therapist, total - therapist, therapist_n, total_n - therapist_n)
        gaps = np.where(both_sides, gaps, np.nan)
        return {label: clustered(gaps[:, where], units[where]) for label, where in groups.items()}

    observed = means(np.zeros((1, n_sessions, BINS)))
    found = [
        means(
            rng.integers(0, 2, size=(min(_AT_ONCE, draws - first), n_sessions, BINS)).astype(
                np.float64
            )
        )
        for first in range(0, draws, _AT_ONCE)
    ]
    drawn = {
        label: tuple(np.concatenate([chunk[label][part] for chunk in found]) for part in (0, 1))
        for label in groups
    }
    sizes = {label: int(both_sides[where, 0].sum()) for label, where in groups.items()}
    return tuple(
        Null(
            control=ROLE_PERMUTATION,
            drawn={label: Means(mean[:, m], var[:, m]) for label, (mean, var) in drawn.items()},
            observed={
                label: Means(mean[:, m], var[:, m]) for label, (mean, var) in observed.items()
            },
            sizes=sizes,
            detail="roles exchanged in blocks of a tenth of the session: the null",
        )
        for m in range(len(MEASURES))
    )


def _block_totals(turns: pl.DataFrame, n_sessions: int) -> tuple[Array, Array]:
    """Sum scores, and count them, by session, block, role (patient, therapist) and measure."""
    shape = (n_sessions, BINS, 2, len(MEASURES))
    place = (turns["session"].to_numpy() * BINS + turns["bin"].to_numpy()) * 2 + (
        turns["role"] == "therapist"
    ).to_numpy()
    scores = turns.select(MEASURES).to_numpy()
    known = np.isfinite(scores)
    size = n_sessions * BINS * 2
    sums = [
        np.bincount(place, np.where(k, s, 0.0), size)
        for s, k in zip(scores.T, known.T, strict=True)
    ]
    counts = [np.bincount(place, k.astype(float), size) for k in known.T]
    return (
        np.asarray(np.stack(sums, -1).reshape(shape), dtype=np.float64),
        np.asarray(np.stack(counts, -1).reshape(shape), dtype=np.float64),
    )


def _gaps(therapist: Array, patient: Array, n_therapist: Array, n_patient: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(therapist / n_therapist - patient / n_patient)
