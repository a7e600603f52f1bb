"""Topics: what they are, where they are spoken of, what follows what, and how good they are."""

from __future__ import annotations

import polars as pl

from attunement.tables._table import Table

TOPICS = Table(
    "topics",
    {
        "topic": pl.Int32(),
        "name": pl.String(),
        "words": pl.String(),
        "share": pl.Float64(),
        "patient_share": pl.Float64(),
        "therapist_share": pl.Float64(),
        "n_turns": pl.Int64(),
        "n_sessions": pl.Int64(),
        "npmi": pl.Float64(),
    },
)

TOPIC_TURNS = Table(
    "topic_turns",
    {
        "session_id": pl.String(),
        "turn": pl.Int32(),
        "role": pl.String(),
        "time": pl.Float64(),
        "topic": pl.Int32(),
        "similarity": pl.Float64(),
        "probability": pl.Float64(),
        "similarities": pl.List(pl.Float32()),
        "probabilities": pl.List(pl.Float32()),
    },
    optional=frozenset({"similarities", "probabilities"}),
)

TOPIC_COURSES = Table(
    "topic_courses",
    {
        "condition": pl.String(),
        "role": pl.String(),
        "topic": pl.Int32(),
        "bin": pl.Int32(),
        "time": pl.Float64(),
        "share": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "n_sessions": pl.Int64(),
    },
)

TOPIC_TRANSITIONS = Table(
    "topic_transitions",
    {
        "from_role": pl.String(),
        "from_topic": pl.Int32(),
        "to_role": pl.String(),
        "to_topic": pl.Int32(),
        "n": pl.Int64(),
        "share": pl.Float64(),
        "expected": pl.Float64(),
        "ratio": pl.Float64(),
        "p_val": pl.Float64(),
        "p_fdr": pl.Float64(),
        "n_sessions": pl.Int64(),
    },
)

TOPIC_QUALITY = Table(
    "topic_quality",
    {
        "model": pl.String(),
        "n_topics": pl.Int32(),
        "seed": pl.Int32(),
        "measure": pl.String(),
        "value": pl.Float64(),
        "detail": pl.String(),
    },
)
