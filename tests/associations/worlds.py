"""Invented series of turns in which it is known what leads to what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.tables import MEASURES


@dataclass(frozen=True, slots=True)
class World:
    """How patient and therapist go on from each other.

    Attributes
    ----------
    persistence : float
        How much of the patient's alliance is left a turn later.
    reaction : float
        How much more often a therapist's turn has the feature where the patient just was high.
    memory : float
        Likewise, where the patient was high on average over the last five turns.
    effect : float
        What a therapist's turn with the feature adds to the patient's next.
    symptom : float
        How much the feature shows a lasting state that the patient's turns show only in part.
    """

    persistence: float = 0.5
    reaction: float = 0.0
    memory: float = 0.0
    effect: float = 0.0
    symptom: float = 0.0

    def corpus(
        self, *, seed: int, n_sessions: int = 60, turns: int = 44, n_patients: int = 30
    ) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Give scores, features and sessions."""
        rng = np.random.default_rng(seed)
        scored, featured, sessions = [], [], []
        for session in range(n_sessions):
            name, level = f"s{session}", rng.normal()
            state = lasting = rng.normal()
            past = [state]
            for turn in range(0, turns, 2):
                remembered = self.memory * float(np.mean(past[-5:]))
                drive = self.reaction * state + remembered + self.symptom * lasting + rng.normal()
                feature = float(drive > 0.5)
                lasting = 0.8 * lasting + 0.6 * rng.normal()
                fresh = np.sqrt(1 - self.persistence**2) * rng.normal()
                state = self.persistence * state + fresh + self.effect * feature
                past.append(state)
                shown = lasting + rng.normal() if self.symptom else state
                words = rng.integers(1, 40, size=2)
                place = turn / (turns - 1), (turn + 1) / (turns - 1)
                scored += [
                    (name, turn, "therapist", place[0], int(words[0]), rng.normal()),
                    (name, turn + 1, "patient", place[1], int(words[1]), level + shown),
                ]
                featured.append((name, turn, "therapist", feature))
                featured.append((name, turn + 1, "patient", float(shown + rng.normal() > 0.5)))
            sessions.append((name, f"p{session % n_patients}"))
        scores = pl.DataFrame(
            scored,
            schema={
                "session_id": pl.String,
                "turn": pl.Int32,
                "role": pl.String,
                "time": pl.Float64,
                "words": pl.Int32,
                "alliance": pl.Float64,
            },
            orient="row",
        )
        others = [pl.col("alliance").alias(name) for name in MEASURES if name != "alliance"]
        features = pl.DataFrame(
            featured, schema=["session_id", "turn", "role", "told"], orient="row"
        ).with_columns(pl.col("turn").cast(pl.Int32))
        return (
            scores.with_columns(*others),
            features,
            pl.DataFrame(sessions, schema=["session_id", "patient_id"], orient="row"),
        )
