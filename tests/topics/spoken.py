"""Invented turns with known topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.tables import SESSIONS, TOPIC_TURNS


def alternating(sessions: Mapping[str, Sequence[int]]) -> pl.DataFrame:
    """Give each session's turns these topics, the patient first, then in turn."""
    tables = [
        pl.DataFrame(
            {
                "session_id": [name] * len(topics),
                "turn": range(len(topics)),
                "role": [("patient", "therapist")[at % 2] for at in range(len(topics))],
                "time": np.linspace(0, 1, max(len(topics), 2))[: len(topics)],
                "topic": topics,
                "similarity": 0.5,
                "probability": 0.5,
            }
        )
        for name, topics in sessions.items()
    ]
    return pl.concat(tables).select(
        pl.col(name).cast(dtype) for name, dtype in TOPIC_TURNS.required_schema.items()
    )


def drawn(
    n_sessions: int, n_turns: int, *, n_topics: int, seed: int, evenness: float
) -> dict[str, list[int]]:
    """Draw every turn by itself, each session from its own mix of topics."""
    rng = np.random.default_rng(seed)
    mixes: NDArray[np.float64] = rng.dirichlet(np.full(n_topics, evenness), n_sessions)
    return {f"s{at}": rng.choice(n_topics, n_turns, p=mix).tolist() for at, mix in enumerate(mixes)}


def sessions_table(names: Sequence[str], *, condition: Sequence[str | None] = ()) -> pl.DataFrame:
    """Name sessions, each of a patient of its own."""
    table = pl.DataFrame(
        {"session_id": names, "condition": condition or [None] * len(names)},
        schema_overrides={"condition": pl.String},
    )
    return pl.concat([SESSIONS.schema.to_frame(), table], how="diagonal")
