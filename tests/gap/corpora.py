"""Small invented corpora as tables, with gaps that are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.tables import MEASURES

Array = NDArray[np.float64]


def scores(
    n_sessions: int,
    n_turns: int,
    value: Callable[[int, Array, NDArray[np.bool_]], Array],
    *,
    words: Callable[[int, NDArray[np.bool_]], NDArray[np.int_]] | None = None,
    swapped: float = 0.0,
    offset: float = 0.0,
) -> pl.DataFrame:
    """Alternate patient and therapist; `value(session, time, therapist)` scores the turns."""
    tables = []
    for session in range(n_sessions):
        turn = np.arange(n_turns)
        time = turn / max(n_turns - 1, 1)
        therapist = turn % 2 == 1
        scored = value(session, time, therapist)
        tables.append(
            pl.DataFrame(
                {
                    "session_id": [f"s{session}"] * n_turns,
                    "turn": turn.astype(np.int32),
                    "role": np.where(therapist, "therapist", "patient"),
                    "time": time,
                    "estimator": ["invented"] * n_turns,
                    **dict.fromkeys(MEASURES, scored),
                    "words": (
                        words(session, therapist) if words is not None else np.full(n_turns, 8)
                    ).astype(np.int32),
                    # The other form moves a therapist's score by `swapped`, a patient's not at all.
                    **{
                        f"{measure}_swapped": scored + swapped * np.where(therapist, 1, 0)
                        for measure in MEASURES
                    },
                    **{
                        f"{measure}_offset": offset * np.where(therapist, 1.0, 0.0)
                        for measure in MEASURES
                    },
                }
            )
        )
    return pl.concat(tables)


def sessions(
    n: int,
    *,
    conditions: Sequence[str | None] = ("x",),
    per_patient: int = 1,
    per_therapist: int = 4,
) -> pl.DataFrame:
    """Name sessions s0.. with their patients nested in therapists and conditions in turn."""
    return pl.DataFrame(
        {
            "session_id": [f"s{at}" for at in range(n)],
            "patient_id": [f"p{at // per_patient}" for at in range(n)],
            "therapist_id": [f"t{at // per_therapist}" for at in range(n)],
            "condition": [conditions[at % len(conditions)] for at in range(n)],
        },
        schema_overrides={"condition": pl.String},
    )
