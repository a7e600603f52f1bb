"""What is inferred: scores of turns, estimates of sessions, and the evidence for them."""

from __future__ import annotations

import polars as pl

from attunement.tables._table import ALLIANCE, MEASURES, SCALES, Table

SCORES = Table(
    "scores",
    {
        "session_id": pl.String(),
        "turn": pl.Int32(),
        "role": pl.String(),
        "time": pl.Float64(),
        "estimator": pl.String(),
        "task": pl.Float64(),
        "bond": pl.Float64(),
        "goal": pl.Float64(),
        "alliance": pl.Float64(),
        "task_raw": pl.Float64(),
        "bond_raw": pl.Float64(),
        "goal_raw": pl.Float64(),
        "alliance_raw": pl.Float64(),
        "words": pl.Int32(),
        **{f"{measure}_swapped": pl.Float64() for measure in (*SCALES, ALLIANCE)},
        **{f"{measure}_offset": pl.Float64() for measure in (*SCALES, ALLIANCE)},
        "items": pl.List(pl.Float32()),
    },
    optional=frozenset({"words", "items"})
    | {f"{measure}_{what}" for measure in MEASURES for what in ("swapped", "offset")},
)
"""The optional columns but `items` are what the controls of `gap` need; a Scorer writes them."""

ESTIMATES = Table(
    "estimates",
    {
        "session_id": pl.String(),
        "estimator": pl.String(),
        "perspective": pl.String(),
        "scale": pl.String(),
        "estimate": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    },
)
"""On the questionnaire's scale; low and high are the model's prediction interval."""

CORRECTIVE_SIGNAL = Table(
    "corrective_signal",
    {
        "session_id": pl.String(),
        "instrument": pl.String(),
        "scale": pl.String(),
        "therapist_rated": pl.Float64(),
        "inferred_patient": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "difference": pl.Float64(),
        "signal": pl.String(),
    },
)
"""On the questionnaire's scale: the therapist's own rating beside the estimated patient's."""

EVIDENCE = Table(
    "evidence",
    {
        "session_id": pl.String(),
        "turn": pl.Int32(),
        "role": pl.String(),
        "scale": pl.String(),
        "rank": pl.Int32(),
        "pole": pl.String(),
        "anchor": pl.String(),
        "similarity": pl.Float64(),
    },
)
