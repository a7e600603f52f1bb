"""Every table's schema, defined once: names, types, and the words the docs use for them.

docs/tables.md is checked against this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import polars as pl

Role: TypeAlias = Literal["patient", "therapist"]
Scale: TypeAlias = Literal["task", "bond", "goal"]
Pole: TypeAlias = Literal["strong", "weak"]

ROLES: tuple[Role, ...] = get_args(Role)
SCALES: tuple[Scale, ...] = get_args(Scale)
POLES: tuple[Pole, ...] = get_args(Pole)

OTHER = "other"
"""The role of a third speaker (a parent, an interpreter): kept, shown, never scored."""

ALLIANCE = "alliance"
"""The name of the whole beside the three scales."""

MEASURES: tuple[str, ...] = (ALLIANCE, *SCALES)
"""What is summarised, tested and drawn, in the order of every page: the whole, then its parts."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name and its columns in order.

    Attributes
    ----------
    name : str
        What the table is called in files, the API and the docs.
    columns : Mapping[str, pl.DataType]
        Column name to type, in order.
    optional : frozenset of str
        Columns that may be absent.
    """

    name: str
    columns: Mapping[str, pl.DataType]
    optional: frozenset[str] = frozenset()

    @property
    def schema(self) -> pl.Schema:
        """All columns, the optional ones too, as a polars schema."""
        return pl.Schema(self.columns)

    @property
    def required_schema(self) -> pl.Schema:
        """The columns that are always there."""
        return pl.Schema({n: t for n, t in self.columns.items() if n not in self.optional})


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

VALIDITY = Table(
    "validity",
    {
        "estimator": pl.String(),
        "rated": pl.String(),
        "inferred": pl.String(),
        "figure": pl.String(),
        "scale": pl.String(),
        "detail": pl.String(),
        "statistic": pl.String(),
        "value": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "n_turns": pl.Int64(),
        "reason": pl.String(),
    },
)

TABLES: tuple[Table, ...] = (
    TURNS,
    SESSIONS,
    RATINGS,
    SCORES,
    ESTIMATES,
    CORRECTIVE_SIGNAL,
    EVIDENCE,
    ISSUES,
    SESSION_SUMMARY,
    CONDITION_SUMMARY,
    GAP_PAIRS,
    GAP_BINS,
    GAP_SESSIONS,
    GAP_DYADS,
    GAP_CONDITIONS,
    TRAJECTORIES,
    EFFECTS,
    CONTROLS,
    RATED_PAIRS,
    AS_PUBLISHED,
    MOMENTS,
    VALIDITY,
)
