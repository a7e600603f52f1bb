"""What is read: turns, sessions, ratings, and what is odd about them."""

from __future__ import annotations

import polars as pl

from attunement.tables._table import Table

TURNS = Table(
    "turns",
    {
        "session_id": pl.String(),
        "turn": pl.Int32(),
        "role": pl.String(),
        "speaker": pl.String(),
        "text": pl.String(),
        "start": pl.Float64(),
        "end": pl.Float64(),
        "time": pl.Float64(),
    },
)

SESSIONS = Table(
    "sessions",
    {
        "session_id": pl.String(),
        "patient_id": pl.String(),
        "therapist_id": pl.String(),
        "condition": pl.String(),
        "number": pl.Int32(),
    },
)
"""The user's own columns follow these five, with their own names and types."""

RATINGS = Table(
    "ratings",
    {
        "session_id": pl.String(),
        "turn": pl.Int32(),
        "rater": pl.String(),
        "instrument": pl.String(),
        "scale": pl.String(),
        "value": pl.Float64(),
    },
)

ISSUES = Table(
    "issues",
    {
        "path": pl.String(),
        "line": pl.Int64(),
        "session_id": pl.String(),
        "issue": pl.String(),
        "detail": pl.String(),
    },
)
