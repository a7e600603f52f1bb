"""How close a turn is in meaning to what the other side said last."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.markers._pairs import other_side_before

Vectors: TypeAlias = NDArray[np.float32]


def turn_semantics(spoken: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
    """Give each turn's cosine with the other side's last turn before it.

    Parameters
    ----------
    spoken : DataFrame
        Turns of patient and therapist in order: session_id, turn, role.
    vectors : ndarray of shape (n, d)
        Their embeddings, of unit norm.

    Returns
    -------
    DataFrame
        session_id, turn, overlap: the cosine, from -1 to 1; null for a turn before which the other
        side has not spoken in its session. Rows as in `spoken`.
    """
    return spoken.select("session_id", "turn", overlap=overlaps(spoken, vectors))


def overlaps(spoken: pl.DataFrame, vectors: Vectors) -> pl.Series:
    """Give the column `overlap` of `turn_semantics`."""
    before = other_side_before(spoken)
    (rows,) = before.is_not_null().to_numpy().nonzero()
    overlap = np.full(spoken.height, np.nan)
    overlap[rows] = row_cosines(vectors[rows], vectors[before.drop_nulls().to_numpy()])
    return pl.Series("overlap", overlap).fill_nan(None)


def row_cosines(these: Vectors, those: Vectors) -> NDArray[np.float64]:
    """Give the cosine of each row of unit norm with the row in the same place."""
    cosines: NDArray[np.float64] = np.einsum("ij,ij->i", these, those).astype(np.float64)
    return cosines
