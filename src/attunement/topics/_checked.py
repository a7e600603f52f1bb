"""TOPIC_TURNS made ready: one row a turn, each of a topic, in the order they were spoken."""

from __future__ import annotations

import polars as pl

from attunement.errors import DataError, UsageError
from attunement.tables import ROLES, TOPIC_TURNS

_NEEDED = ("session_id", "turn", "role", "time", "topic")


def checked(turns: pl.DataFrame) -> pl.DataFrame:
    """Give session_id, turn, role, time and topic, sorted by session and turn.

    Raises
    ------
    UsageError
        A column is missing.
    DataError
        A turn has no topic, or another role than patient or therapist, or stands there twice.
    """
    for name in _NEEDED:
        if name not in turns.columns:
            raise UsageError(
                f"the topics' turns have no column {name}",
                mend="Give the table topic_turns as attunement.tables describes it",
                field=name,
            )
    ready = turns.select(pl.col(name).cast(TOPIC_TURNS.columns[name]) for name in _NEEDED)
    without = ready.filter(pl.col("topic").is_null() | (pl.col("topic") < 0))
    if without.height:
        raise DataError(
            f"{without.height} turns have no topic, the first in session "
            f"{without['session_id'][0]!r}",
            mend="Give every turn its likeliest topic, counted from 0",
            field="topic",
        )
    others = ready.filter(~pl.col("role").is_in(ROLES).fill_null(False))
    if others.height:
        raise DataError(
            f"{others.height} turns have a role other than patient or therapist, the first in "
            f"session {others['session_id'][0]!r}",
            mend="Leave out what others say",
            field="role",
        )
    twice = ready.filter(pl.struct("session_id", "turn").is_duplicated())
    if twice.height:
        raise DataError(
            f"a turn of session {twice['session_id'][0]!r} stands in the table more than once",
            mend="Keep one row a turn",
            field="turn",
        )
    return ready.sort("session_id", "turn")
