"""Invented corpora whose truth is known: scores of turns, ratings, lengths."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from attunement.tables import MEASURES, RATINGS, SCALES, SESSIONS

FEW_DRAWS = 199


@dataclass(frozen=True, slots=True)
class Corpus:
    """What `validate` takes."""

    scores: pl.DataFrame
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    turns: pl.DataFrame | None = None
    estimates: pl.DataFrame | None = field(default=None)

    def given(self, **changed: Any) -> dict[str, Any]:
        """Give the arguments of `validate`."""
        return {
            "scores": self.scores,
            "sessions": self.sessions,
            "ratings": self.ratings,
            "turns": self.turns,
            "estimates": self.estimates,
            **changed,
        }

    def but(self, **changed: Any) -> Corpus:
        return replace(self, **changed)


def sessions_table(n: int, *, per_patient: int = 2, **columns: Any) -> pl.DataFrame:
    """Sessions s000, s001, ... of patients with some sessions each."""
    return pl.DataFrame(
        {
            "session_id": [f"s{k:03}" for k in range(n)],
            "patient_id": [f"p{k // per_patient:03}" for k in range(n)],
            "therapist_id": ["t"] * n,
            "condition": pl.Series([None] * n, dtype=pl.String),
            "number": pl.Series([k % per_patient for k in range(n)], dtype=pl.Int32),
            **columns,
        }
    ).with_columns(pl.col(name).cast(kind) for name, kind in SESSIONS.columns.items())


def rating_rows(
    sessions: pl.DataFrame,
    values: Any,
    *,
    scale: str = "alliance",
    rater: str = "patient",
    instrument: str = "form",
) -> pl.DataFrame:
    """One rating a session."""
    n = sessions.height
    return pl.DataFrame(
        {
            "session_id": sessions["session_id"],
            "turn": pl.Series([None] * n, dtype=pl.Int32),
            "rater": [rater] * n,
            "instrument": [instrument] * n,
            "scale": [scale] * n,
            "value": np.asarray(values, dtype=np.float64),
        },
        schema=RATINGS.schema,
    )


def turn_scores(
    sessions: pl.DataFrame,
    levels: Any,
    *,
    estimator: str = "contrast",
    turns: int = 8,
    noise: float = 0.0,
    words: Any = 10,
    seed: int = 0,
) -> pl.DataFrame:
    """Turns of both sides in alternation, patient first; the patient's score is the level."""
    generator = np.random.default_rng(seed)
    n = sessions.height
    table = pl.DataFrame(
        {
            "session_id": np.repeat(sessions["session_id"].to_numpy(), turns),
            "turn": np.tile(np.arange(turns), n),
            "role": ["patient", "therapist"] * (n * turns // 2),
            "time": np.tile(np.arange(turns) / (turns - 1), n),
            "estimator": [estimator] * (n * turns),
            "words": np.repeat(np.broadcast_to(np.asarray(words), n), turns),
        }
    ).cast({"turn": pl.Int32, "words": pl.Int32})
    level = np.repeat(np.asarray(levels, dtype=np.float64), turns)
    return table.with_columns(
        pl.Series(name, level + noise * generator.standard_normal(n * turns)) for name in MEASURES
    )


def corpus(
    n: int = 60,
    *,
    agreement: float = 1.0,
    seed: int = 1,
    per_patient: int = 2,
    scales: tuple[str, ...] = ("alliance", *SCALES),
) -> Corpus:
    """Sessions whose ratings follow the level of their turns, with noise beside it."""
    generator = np.random.default_rng(seed)
    level = generator.standard_normal(n)
    sessions = sessions_table(n, per_patient=per_patient)
    words = generator.integers(5, 60, n)
    ratings = [
        rating_rows(
            sessions,
            agreement * level + generator.normal(0, 0.6, n),
            scale=scale,
        )
        for scale in scales
    ]
    return Corpus(
        scores=pl.concat(
            [
                turn_scores(sessions, level, turns=12, noise=0.3, words=words, seed=seed),
                turn_scores(
                    sessions,
                    generator.standard_normal(n),
                    estimator="compass",
                    turns=12,
                    words=words,
                    seed=seed + 1,
                ),
            ]
        ),
        sessions=sessions,
        ratings=pl.concat(ratings),
    )
