"""Every marker of some whole sessions: counted, told by the classifier, and of the embeddings."""

from __future__ import annotations

import polars as pl

from attunement.embedding import Vectors
from attunement.markers._acts import ActClassifier
from attunement.markers._semantic import turn_semantics
from attunement.markers._turn_markers import turn_markers
from attunement.tables import MARKERS


def every_marker(spoken: pl.DataFrame, vectors: Vectors, *, acts: ActClassifier) -> pl.DataFrame:
    """Give all markers of turns.

    Parameters
    ----------
    spoken : DataFrame
        Turns of patient and therapist that have words, in order, whole sessions.
    vectors : ndarray of shape (n, d)
        Their embeddings.
    acts : ActClassifier
        Fitted in the space of the embeddings.

    Returns
    -------
    DataFrame
        `MARKERS`. What a therapist's turn does is told in English sessions alone.
    """
    keys = ["session_id", "turn"]
    told = acts.predict(spoken, vectors)
    markers = (
        turn_markers(spoken)
        .join(told, on=keys, how="left", maintain_order="left")
        .join(turn_semantics(spoken, vectors), on=keys, how="left", maintain_order="left")
    )
    english = pl.col("i").is_not_null()
    return markers.with_columns(pl.when(english).then(pl.col("act", "act_probability"))).select(
        pl.col(name).cast(dtype) for name, dtype in MARKERS.columns.items()
    )
