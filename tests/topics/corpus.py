"""Invented sessions that speak of known themes, in words and in embeddings."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.embedding import Vectors
from attunement.topics import TopicMaterial

THEMES = (
    (
        "boss",
        "deadline",
        "office",
        "salary",
        "colleague",
        "overtime",
        "manager",
        "contract",
        "promotion",
        "meeting",
        "project",
        "career",
    ),
    (
        "pillow",
        "insomnia",
        "nightmare",
        "bedroom",
        "alarm",
        "snoring",
        "blanket",
        "mattress",
        "dream",
        "awake",
        "nap",
        "midnight",
    ),
    (
        "mother",
        "father",
        "brother",
        "sister",
        "cousin",
        "grandmother",
        "uncle",
        "aunt",
        "daughter",
        "son",
        "wedding",
        "birthday",
    ),
    (
        "exam",
        "teacher",
        "homework",
        "lecture",
        "campus",
        "thesis",
        "grade",
        "library",
        "semester",
        "classroom",
        "essay",
        "diploma",
    ),
)
DIMENSION = 16
NOISE = 0.12


def themed(
    *, n_sessions: int = 40, n_turns: int = 12, seed: int = 0, answers: bool = True
) -> tuple[pl.DataFrame, Vectors, NDArray[np.int64]]:
    """Give spoken turns, their vectors, and the theme each speaks of; -1 for mere answers."""
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(DIMENSION, len(THEMES) + 1)))[0].T
    rows, vectors, themes = [], [], []
    for session in range(n_sessions):
        mix = rng.dirichlet(np.full(len(THEMES), 0.3))
        for turn in range(n_turns):
            silent = answers and rng.random() < 0.2
            theme = -1 if silent else int(rng.choice(len(THEMES), p=mix))
            said = "I see, thank you" if silent else _sentence(rng, theme)
            rows.append(
                {
                    "session_id": f"s{session}",
                    "turn": turn,
                    "role": ("patient", "therapist")[turn % 2],
                    "time": turn / (n_turns - 1) if n_turns > 1 else 0.0,
                    "text": said,
                }
            )
            noisy = directions[theme] + NOISE * rng.normal(size=DIMENSION)
            vectors.append(noisy / np.linalg.norm(noisy))
            themes.append(theme)
    spoken = pl.DataFrame(rows, schema_overrides={"turn": pl.Int32})
    return spoken, np.array(vectors, dtype=np.float32), np.array(themes)


def material(*, n_sessions: int = 40, n_turns: int = 12, seed: int = 0) -> TopicMaterial:
    """Give the same as `TopicMaterial`."""
    spoken, vectors, _ = themed(n_sessions=n_sessions, n_turns=n_turns, seed=seed)
    return TopicMaterial.of(spoken, vectors)


def _sentence(rng: np.random.Generator, theme: int) -> str:
    words = rng.choice(THEMES[theme], size=5, replace=False)
    return "So it is the {} and the {} with my {}, then {} or {}.".format(*words)
