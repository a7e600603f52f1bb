"""What gaps would be if it did not matter who speaks: roles exchanged in blocks within sessions.

A block is a tenth of the session: turns within it stay together, so that what neighbouring turns
share is in the null distribution too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.gap._design import Codes
from attunement.gap._turns import BINS
from attunement.tables import MEASURES

Array = NDArray[np.float64]

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class RoleNull:
    """Session gaps under exchanged roles, averaged over groups.

    Attributes
    ----------
    means : dict of str to ndarray of shape (draws, 4)
        For each group, the mean gap in every draw, a column a measure.
    observed : dict of str to ndarray of shape (4,)
        The mean gap as it is.
    """

    means: dict[str, Array]
    observed: dict[str, Array]

    @classmethod
    def draw(
        cls,
        turns: pl.DataFrame,
        *,
        n_sessions: int,
        groups: dict[str, Codes],
        draws: int,
        rng: np.random.Generator,
    ) -> RoleNull:
        """Exchange the roles of each block with probability one half, in every draw."""
        sums, counts = _block_totals(turns, n_sessions)
        observed = _gaps(
            sums[:, :, 1].sum(1),
            sums[:, :, 0].sum(1),
            counts[:, :, 1].sum(1),
            counts[:, :, 0].sum(1),
        )
        means = {label: np.empty((draws, len(MEASURES))) for label in groups}
        change = sums[:, :, 0] - sums[:, :, 1]
        change_n = counts[:, :, 0] - counts[:, :, 1]
        total, total_n = sums.sum((1, 2)), counts.sum((1, 2))
        start, start_n = sums[:, :, 1].sum(1), counts[:, :, 1].sum(1)
        for first in range(0, draws, _AT_ONCE):
            size = min(_AT_ONCE, draws - first)
            exchanged = rng.integers(0, 2, size=(size, n_sessions, BINS)).astype(np.float64)
            therapist = start + np.einsum("dsb,sbm->dsm", exchanged, change)
            therapist_n = start_n + np.einsum("dsb,sbm->dsm", exchanged, change_n)
            gaps = _gaps(therapist, total - therapist, therapist_n, total_n - therapist_n)
            for label, where in groups.items():
                means[label][first : first + size] = _mean(gaps[:, where])
        return cls(
            means=means,
            observed={label: _mean(observed[None, where])[0] for label, where in groups.items()},
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


def _mean(gaps: Array) -> Array:
    known = np.isfinite(gaps)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, gaps, 0.0).sum(1) / known.sum(1))
