"""Invented talk as the table that markers are read from."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_WORD = r"\S*\w\S*"


def spoken(
    *turns: tuple[str, str],
    session: str = "s1",
    times: Sequence[tuple[float | None, float | None]] | None = None,
) -> pl.DataFrame:
    """Give one session of (role, text) turns: patient and therapist by their first letters."""
    roles = {"p": "patient", "t": "therapist"}
    starts, ends = zip(*times, strict=True) if times else ([None] * len(turns), [None] * len(turns))
    n = len(turns)
    return pl.DataFrame(
        {
            "session_id": [session] * n,
            "turn": range(n),
            "role": [roles[role] for role, _ in turns],
            "speaker": [role for role, _ in turns],
            "text": [text for _, text in turns],
            "start": starts,
            "end": ends,
            "time": [turn / max(n - 1, 1) for turn in range(n)],
        },
        schema={
            "session_id": pl.String,
            "turn": pl.Int32,
            "role": pl.String,
            "speaker": pl.String,
            "text": pl.String,
            "start": pl.Float64,
            "end": pl.Float64,
            "time": pl.Float64,
        },
    ).with_columns(words=pl.col("text").str.count_matches(_WORD).cast(pl.Int32))


def said(*texts: str) -> pl.DataFrame:
    """Give one session in which the patient says these texts, a turn each."""
    return spoken(*(("p", text) for text in texts))
