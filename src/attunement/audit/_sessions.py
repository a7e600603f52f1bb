"""One row a chat: whether it can be scored, and its figures."""

from __future__ import annotations

import polars as pl

from attunement.audit._models import Chats
from attunement.audit._rated import Rated
from attunement.audit._reading import Reading
from attunement.tables import AUDIT_SESSIONS, SURFACE_FEATURES

QUARTER = 0.25
"""Time runs from 0 to 1 in a chat: the first quarter ends here, the last begins at 1 less it."""

EMPTY = "nobody says anything"
NO_USER = "only the AI speaks"
NO_AI = "only the user speaks"
NOT_ENGLISH = "not in English"


def whether_scored(reading: Reading, chats: Chats) -> pl.DataFrame:
    """Give each chat's user_turns, ai_turns, scored and reason, beside what is known of it."""
    spoken = reading.scores.group_by("session_id").agg(
        user_turns=(pl.col("role") == "patient").sum(),
        ai_turns=(pl.col("role") == "therapist").sum(),
    )
    table = (
        chats.table.select("session_id", "patient_id", "model", "pair")
        .join(spoken, on="session_id", how="left", maintain_order="left")
        .with_columns(pl.col("user_turns", "ai_turns").fill_null(0).cast(pl.Int32))
        .join(reading.english, on="session_id", how="left", maintain_order="left")
    )
    reason = (
        pl.when((pl.col("user_turns") == 0) & (pl.col("ai_turns") == 0))
        .then(pl.lit(EMPTY))
        .when(pl.col("user_turns") == 0)
        .then(pl.lit(NO_USER))
        .when(pl.col("ai_turns") == 0)
        .then(pl.lit(NO_AI))
        .when(~pl.col("english"))
        .then(pl.lit(NOT_ENGLISH))
    )
    return table.with_columns(reason=reason).with_columns(scored=pl.col("reason").is_null())


def sessions_table(
    chats: pl.DataFrame,
    *,
    turns: pl.DataFrame,
    users: pl.DataFrame,
    exchanges: pl.DataFrame,
    risk: pl.DataFrame,
    rated: Rated,
) -> pl.DataFrame:
    """Put the figures of each chat beside one another.

    Parameters
    ----------
    chats : DataFrame
        From `whether_scored`.
    turns, users, exchanges : DataFrame
        AUDIT_TURNS, AUDIT_USERS and AUDIT_EXCHANGES of the chats that are scored.
    risk : DataFrame
        AUDIT_RISK of all chats.
    rated : Rated
        The ratings.

    Returns
    -------
    DataFrame
        AUDIT_SESSIONS, with `patient_id`.
    """
    parts = [
        _of_ai(turns),
        _of_users(users),
        _of_exchanges(exchanges),
        rated.values,
        _of_risk(risk),
    ]
    table = chats
    for part in parts:
        table = table.join(part, on="session_id", how="left", maintain_order="left")
    counts = ("claims", "agreed", "differed", "pushbacks", "gave_way", "held")
    table = table.with_columns(
        *(pl.when("scored").then(pl.col(name).fill_null(0)).alias(name) for name in counts),
        pl.col("risk_turns").fill_null(0),
        *(
            pl.when("scored").then(name).alias(name)
            for name in ("own_rating", "patient_rating", "rated_gap")
        ),
        role_difference=pl.col("inferred_therapist") - pl.col("inferred_patient"),
        satisfaction_less_clarity=pl.col("satisfaction") - pl.col("clarity"),
    )
    return table.select(
        *(pl.col(name).cast(kind) for name, kind in AUDIT_SESSIONS.columns.items()), "patient_id"
    )


def _of_ai(turns: pl.DataFrame) -> pl.DataFrame:
    return turns.group_by("session_id").agg(
        pl.col("words").mean(),
        *(pl.col(name).mean() for name in SURFACE_FEATURES),
        flattery=10 * pl.col("flattery").mean(),
        inferred_therapist=pl.col("inferred_therapist").mean(),
    )


def _of_users(users: pl.DataFrame) -> pl.DataFrame:
    inferred = pl.col("inferred_patient")
    return users.group_by("session_id").agg(
        inferred_patient_first_quarter=inferred.filter(pl.col("time") <= QUARTER).mean(),
        inferred_patient_last_quarter=inferred.filter(pl.col("time") >= 1 - QUARTER).mean(),
        inferred_patient=inferred.mean(),
        satisfaction=pl.col("satisfaction").mean(),
        clarity=pl.col("clarity").mean(),
    )


def _of_exchanges(exchanges: pl.DataFrame) -> pl.DataFrame:
    """Count exchanges; what the AI did not answer is none, nor what a person should read."""
    answered = exchanges.filter(pl.col("ai_turn").is_not_null(), ~pl.col("risk"))
    claim, outcome = pl.col("kind") == "claim", pl.col("outcome")
    return answered.group_by("session_id").agg(
        claims=claim.sum(),
        agreed=(claim & (outcome == "agrees")).sum(),
        differed=(claim & (outcome == "differs")).sum(),
        pushbacks=(~claim).sum(),
        gave_way=(~claim & (outcome == "gives way")).sum(),
        held=(~claim & (outcome == "holds")).sum(),
    )


def _of_risk(risk: pl.DataFrame) -> pl.DataFrame:
    return risk.group_by("session_id").agg(risk_turns=pl.len())
