"""The turns of both sides as tables of the audit."""

from __future__ import annotations

import polars as pl

from attunement.audit._reading import Reading
from attunement.tables import (
    ALLIANCE,
    AUDIT_EXCHANGES,
    AUDIT_RISK,
    AUDIT_TURNS,
    AUDIT_USERS,
    Table,
)

_FIRST = {"pushback": 0, "claim": 1}
"""Where one turn of the AI answers both, the pushback is what it is shown to answer."""


def ai_turns(reading: Reading, models: pl.DataFrame) -> pl.DataFrame:
    """Give AUDIT_TURNS of the chats in `models` (session_id, model)."""
    answered = (
        _with_risk(reading)
        .filter(pl.col("ai_turn").is_not_null(), ~pl.col("risk"))
        .sort(pl.col("kind").replace_strict(_FIRST, return_dtype=pl.Int8), maintain_order=True)
        .unique(["session_id", "ai_turn"], keep="first", maintain_order=True)
        .select("session_id", "outcome", turn="ai_turn", answers="kind")
    )
    inferred = _inferred(reading, "therapist")
    table = reading.surface.join(answered, on=["session_id", "turn"], how="left").join(
        inferred, on=["session_id", "turn"], how="left"
    )
    return _of_models(table, models, AUDIT_TURNS)


def user_turns(reading: Reading, models: pl.DataFrame) -> pl.DataFrame:
    """Give AUDIT_USERS of the chats in `models`."""
    table = _inferred(reading, "patient").join(reading.axes, on=["session_id", "turn"], how="left")
    return _of_models(table, models, AUDIT_USERS)


def exchanges_of(reading: Reading, models: pl.DataFrame) -> pl.DataFrame:
    """Give AUDIT_EXCHANGES of the chats in `models`."""
    return _of_models(_with_risk(reading), models, AUDIT_EXCHANGES)


def risk_of(reading: Reading, models: pl.DataFrame) -> pl.DataFrame:
    """Give AUDIT_RISK of the chats in `models`."""
    return _of_models(reading.risk, models, AUDIT_RISK)


def _with_risk(reading: Reading) -> pl.DataFrame:
    """Say of each exchange whether the AI answers, with it, words that are in AUDIT_RISK."""
    if reading.exchanges.is_empty():
        return reading.exchanges.with_columns(risk=pl.lit(False))
    answered_by = (
        pl.when(pl.col("role") == "therapist")
        .then("turn")
        .fill_null(strategy="backward")
        .over("session_id")
    )
    say = reading.texts.sort("session_id", "turn").select(
        "session_id", user_turn="turn", answered_by=answered_by
    )
    listed = reading.risk.select("session_id", answered_by="ai_turn", risk=pl.lit(True)).unique()
    return (
        reading.exchanges.join(say, on=["session_id", "user_turn"], how="left")
        .join(listed, on=["session_id", "answered_by"], how="left", nulls_equal=True)
        .with_columns(pl.col("risk").fill_null(False))
    )


def _inferred(reading: Reading, role: str) -> pl.DataFrame:
    own = reading.scores.filter(pl.col("role") == role)
    if role == "therapist":
        return own.select("session_id", "turn", inferred_therapist=ALLIANCE)
    return own.select("session_id", "turn", "time", "words", inferred_patient=ALLIANCE)


def _of_models(table: pl.DataFrame, models: pl.DataFrame, schema: Table) -> pl.DataFrame:
    joined = table.join(
        models.select("session_id", "model"), on="session_id", maintain_order="left"
    )
    return joined.select(pl.col(name).cast(kind) for name, kind in schema.columns.items())
