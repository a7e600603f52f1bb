"""What a report sums up: sessions, conditions, and moments worth reading."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from attunement.tables._corpora import SESSIONS
from attunement.tables._table import MEASURES, Table

SESSION_SUMMARY = Table(
    "session_summary",
    {
        **SESSIONS.columns,
        "patient_turns": pl.Int32(),
        "therapist_turns": pl.Int32(),
        **{
            f"{quantity}_{measure}": pl.Float64()
            for measure in MEASURES
            for quantity in ("inferred_patient", "inferred_therapist", "role_difference")
        },
        "inferred_patient_last_quarter": pl.Float64(),
        "lowest_turn": pl.Int32(),
    },
)
"""Questionnaires follow, a column each: rated_<rater>_<instrument>_<scale>, all Float64."""

_OVER_SESSIONS: Mapping[str, pl.DataType] = {
    "mean": pl.Float64(),
    "sd": pl.Float64(),
    "n_sessions": pl.Int64(),
    "n_patients": pl.Int64(),
    "small": pl.Boolean(),
}

CONDITION_SUMMARY = Table(
    "condition_summary",
    {"condition": pl.String(), "role": pl.String(), "scale": pl.String(), **_OVER_SESSIONS},
)

NEAREST_ANCHORS = 3
"""How many anchors stand beside a moment."""

MOMENTS = Table(
    "moments",
    {
        "session_id": pl.String(),
        "kind": pl.String(),
        "rank": pl.Int32(),
        "turn": pl.Int32(),
        "time": pl.Float64(),
        **dict.fromkeys(MEASURES, pl.Float64()),
        "start": pl.Float64(),
        "text": pl.String(),
        "before_turn": pl.Int32(),
        "before_text": pl.String(),
        **{
            f"anchor_{place}_{field}": dtype
            for place in range(1, NEAREST_ANCHORS + 1)
            for field, dtype in (
                ("text", pl.String()),
                ("scale", pl.String()),
                ("pole", pl.String()),
                ("similarity", pl.Float64()),
            )
        },
    },
)
