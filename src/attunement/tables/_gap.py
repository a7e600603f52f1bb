"""The gap between two sides: as tables, as effects, and under controls."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from attunement.tables._table import MEASURES, Table

_BOTH_SIDES: Mapping[str, pl.DataType] = {
    f"{quantity}_{measure}": pl.Float64()
    for measure in MEASURES
    for quantity in ("inferred_patient", "inferred_therapist", "gap")
}

GAP_PAIRS = Table(
    "gap_pairs",
    {
        "session_id": pl.String(),
        "patient_turn": pl.Int32(),
        "therapist_turn": pl.Int32(),
        "time": pl.Float64(),
        **_BOTH_SIDES,
    },
)

GAP_BINS = Table(
    "gap_bins",
    {
        "session_id": pl.String(),
        "bin": pl.Int32(),
        "time": pl.Float64(),
        "patient_turns": pl.Int32(),
        "therapist_turns": pl.Int32(),
        **_BOTH_SIDES,
    },
)

GAP_SESSIONS = Table(
    "gap_sessions",
    {
        "session_id": pl.String(),
        "patient_id": pl.String(),
        "therapist_id": pl.String(),
        "condition": pl.String(),
        "patient_turns": pl.Int32(),
        "therapist_turns": pl.Int32(),
        **_BOTH_SIDES,
        "reason": pl.String(),
    },
)

GAP_DYADS = Table(
    "gap_dyads",
    {
        "patient_id": pl.String(),
        "therapist_id": pl.String(),
        "condition": pl.String(),
        "n_sessions": pl.Int64(),
        **_BOTH_SIDES,
    },
)

GAP_CONDITIONS = Table(
    "gap_conditions",
    {
        "condition": pl.String(),
        "scale": pl.String(),
        "inferred_patient": pl.Float64(),
        "inferred_therapist": pl.Float64(),
        "gap": pl.Float64(),
        "gap_sd": pl.Float64(),
        "absolute_gap": pl.Float64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "n_therapists": pl.Int64(),
        "small": pl.Boolean(),
    },
)

TRAJECTORIES = Table(
    "trajectories",
    {
        "condition": pl.String(),
        "quantity": pl.String(),
        "scale": pl.String(),
        "bin": pl.Int32(),
        "time": pl.Float64(),
        "mean": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "n_sessions": pl.Int64(),
    },
)

_EFFECT_KEY: Mapping[str, pl.DataType] = {
    "family": pl.String(),
    "effect": pl.String(),
    "group": pl.String(),
    "reference": pl.String(),
    "instrument": pl.String(),
    "scale": pl.String(),
}

EFFECTS = Table(
    "effects",
    {
        **_EFFECT_KEY,
        "quantity": pl.String(),
        "estimate": pl.Float64(),
        "se": pl.Float64(),
        "df": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "boot_low": pl.Float64(),
        "boot_high": pl.Float64(),
        "g": pl.Float64(),
        "p_val": pl.Float64(),
        "p_holm": pl.Float64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "n_therapists": pl.Int64(),
        "small": pl.Boolean(),
        "method": pl.String(),
        "warnings": pl.String(),
        "reason": pl.String(),
        "finding": pl.String(),
        "controls": pl.String(),
    },
)

CONTROLS = Table(
    "controls",
    {
        **_EFFECT_KEY,
        "control": pl.String(),
        "estimate": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "p_val": pl.Float64(),
        "n_sessions": pl.Int64(),
        "outcome": pl.String(),
        "detail": pl.String(),
    },
)

RATED_PAIRS = Table(
    "rated_pairs",
    {
        "session_id": pl.String(),
        "patient_id": pl.String(),
        "therapist_id": pl.String(),
        "condition": pl.String(),
        "instrument": pl.String(),
        "scale": pl.String(),
        "patient": pl.Float64(),
        "therapist": pl.Float64(),
        "gap": pl.Float64(),
        "reliable": pl.String(),
    },
)

AS_PUBLISHED = Table(
    "as_published",
    {
        "condition": pl.String(),
        "scale": pl.String(),
        "patient_turns": pl.Int64(),
        "therapist_turns": pl.Int64(),
        "estimate": pl.Float64(),
        "t": pl.Float64(),
        "df": pl.Float64(),
        "p_val": pl.Float64(),
        "note": pl.String(),
    },
)
