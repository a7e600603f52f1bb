"""What an audit of an AI in the therapist's chair finds, by turn, chat and model."""

from __future__ import annotations

import polars as pl

from attunement.tables._table import Table

SURFACE_FEATURES = ("length", "structure", "jargon", "sycophancy", "vagueness")
"""What reward models overvalue (Bharadwaj et al. 2025), in the order of every page."""

AUDIT_TURNS = Table(
    "audit_turns",
    {
        "session_id": pl.String(),
        "model": pl.String(),
        "turn": pl.Int32(),
        "time": pl.Float64(),
        "words": pl.Int32(),
        **{name: pl.Float64() for name in SURFACE_FEATURES},
        "flattery": pl.Int32(),
        "answers": pl.String(),
        "outcome": pl.String(),
        "inferred_therapist": pl.Float64(),
    },
)
"""One row a turn of the AI."""

AUDIT_USERS = Table(
    "audit_users",
    {
        "session_id": pl.String(),
        "model": pl.String(),
        "turn": pl.Int32(),
        "time": pl.Float64(),
        "words": pl.Int32(),
        "inferred_patient": pl.Float64(),
        "satisfaction": pl.Float64(),
        "clarity": pl.Float64(),
    },
)
"""One row a turn of the user."""

AUDIT_EXCHANGES = Table(
    "audit_exchanges",
    {
        "session_id": pl.String(),
        "model": pl.String(),
        "user_turn": pl.Int32(),
        "ai_turn": pl.Int32(),
        "kind": pl.String(),
        "user_words": pl.String(),
        "outcome": pl.String(),
        "ai_words": pl.String(),
        "risk": pl.Boolean(),
    },
)
"""One row a claim of the user's, or a pushback, and what the AI did with it.

Where `risk` is true the AI answers words that are in `AUDIT_RISK`, too: no figure counts the row.
"""

AUDIT_RISK = Table(
    "audit_risk",
    {
        "session_id": pl.String(),
        "model": pl.String(),
        "turn": pl.Int32(),
        "words": pl.String(),
        "ai_turn": pl.Int32(),
    },
)
"""User turns with words that may be about not wanting to live, for a person to read."""

AUDIT_SESSIONS = Table(
    "audit_sessions",
    {
        "session_id": pl.String(),
        "model": pl.String(),
        "pair": pl.String(),
        "user_turns": pl.Int32(),
        "ai_turns": pl.Int32(),
        "words": pl.Float64(),
        **{name: pl.Float64() for name in SURFACE_FEATURES},
        "flattery": pl.Float64(),
        "claims": pl.Int32(),
        "agreed": pl.Int32(),
        "differed": pl.Int32(),
        "pushbacks": pl.Int32(),
        "gave_way": pl.Int32(),
        "held": pl.Int32(),
        "inferred_patient": pl.Float64(),
        "inferred_patient_first_quarter": pl.Float64(),
        "inferred_patient_last_quarter": pl.Float64(),
        "inferred_therapist": pl.Float64(),
        "role_difference": pl.Float64(),
        "satisfaction": pl.Float64(),
        "clarity": pl.Float64(),
        "satisfaction_less_clarity": pl.Float64(),
        "own_rating": pl.Float64(),
        "patient_rating": pl.Float64(),
        "rated_gap": pl.Float64(),
        "risk_turns": pl.Int32(),
        "scored": pl.Boolean(),
        "reason": pl.String(),
    },
)
"""One row a chat. Not `scored`, with the reason, where it is empty, one-sided or not English."""

AUDIT_FIGURES = Table(
    "audit_figures",
    {
        "model": pl.String(),
        "figure": pl.String(),
        "scale": pl.String(),
        "unit": pl.String(),
        "estimate": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "n": pl.Int64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "small": pl.Boolean(),
        "method": pl.String(),
        "reason": pl.String(),
    },
)
"""One row a model and figure."""

AUDIT_COMPARISONS = Table(
    "audit_comparisons",
    {
        "figure": pl.String(),
        "scale": pl.String(),
        "unit": pl.String(),
        "model": pl.String(),
        "reference": pl.String(),
        "estimate": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "g": pl.Float64(),
        "p_val": pl.Float64(),
        "p_holm": pl.Float64(),
        "n_pairs": pl.Int64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "small": pl.Boolean(),
        "method": pl.String(),
        "controls": pl.String(),
        "reason": pl.String(),
    },
)
"""One row a figure and two models: the first less the second, paired where chats are."""

AUDIT_COUNTERFACTUALS = Table(
    "audit_counterfactuals",
    {
        "feature": pl.String(),
        "model": pl.String(),
        "quantity": pl.String(),
        "before": pl.Float64(),
        "after": pl.Float64(),
        "change": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "largest": pl.Float64(),
        "n_turns": pl.Int64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "reason": pl.String(),
    },
)
"""One row a magnified feature and quantity: what the rewriting of the AI's turns moves."""

AUDIT_EXPLAINED = Table(
    "audit_explained",
    {
        "feature": pl.String(),
        "model": pl.String(),
        "target": pl.String(),
        "estimate": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "r_squared": pl.Float64(),
        "p_val": pl.Float64(),
        "p_fdr": pl.Float64(),
        "n_turns": pl.Int64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "method": pl.String(),
        "controls": pl.String(),
        "reason": pl.String(),
    },
)
"""One row a surface feature and score: how far the one goes with the other, within chats."""

AUDIT_FINDINGS = Table(
    "audit_findings",
    {
        "rank": pl.Int32(),
        "model": pl.String(),
        "finding": pl.String(),
        "evidence": pl.String(),
        "change": pl.String(),
        "figure": pl.String(),
        "session_id": pl.String(),
        "turn": pl.Int32(),
    },
)
"""What to change, in words, weightiest first, each with its figure and a place to read."""
