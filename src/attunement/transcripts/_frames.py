"""Sessions as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite

import polars as pl

from attunement.tables import RATINGS, SESSIONS, TURNS, Table
from attunement.transcripts._model import Session, Value

_WHOLE_LIMIT = 2**63


def turns_table(sessions: Iterable[Session]) -> pl.DataFrame:
    """Give the turns of sessions as a table (`attunement.tables.TURNS`).

    Parameters
    ----------
    sessions : iterable of Session
        A corpus, or any sessions.

    Returns
    -------
    pl.DataFrame
        One row a turn; time is turn / (n_turns - 1), from 0 to 1, and 0 in a session of one turn.
    """
    rows = [
        (
            session.session_id,
            turn.turn,
            turn.role,
            turn.speaker,
            turn.text,
            turn.start,
            turn.end,
            turn.turn / max(1, len(session.turns) - 1),
        )
        for session in sessions
        for turn in session.turns
    ]
    return _frame(rows, TURNS)


def sessions_table(sessions: Iterable[Session]) -> pl.DataFrame:
    """Give sessions as a table (`attunement.tables.SESSIONS`).

    Parameters
    ----------
    sessions : iterable of Session
        A corpus, or any sessions.

    Returns
    -------
    pl.DataFrame
        One row a session; the user's own columns follow ours, in order of appearance, as truth
        values, whole numbers, numbers, or text where the values are of several kinds.
    """
    rows: list[tuple[object, ...]] = []
    own: dict[str, list[Value]] = {}
    for session in sessions:
        for name in session.columns:
            own.setdefault(name, [None] * len(rows))
        rows.append(
            (
                session.session_id,
                session.patient_id,
                session.therapist_id,
                session.condition,
                session.number,
            )
        )
        for name, values in own.items():
            values.append(session.columns.get(name))
    return _frame(rows, SESSIONS).with_columns(
        _series(name, values) for name, values in own.items()
    )


def ratings_table(sessions: Iterable[Session]) -> pl.DataFrame:
    """Give the ratings of sessions as a table (`attunement.tables.RATINGS`).

    Parameters
    ----------
    sessions : iterable of Session
        A corpus, or any sessions.

    Returns
    -------
    pl.DataFrame
        One row a rating; turn is null where the rating is the whole session's.
    """
    rows = [
        (
            session.session_id,
            rating.turn,
            rating.rater,
            rating.instrument,
            rating.scale,
            rating.value,
        )
        for session in sessions
        for rating in session.ratings
    ]
    return _frame(rows, RATINGS)


def _frame(rows: Sequence[tuple[object, ...]], table: Table) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else [()] * len(table.columns)
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=dtype)
            for (name, dtype), values in zip(table.columns.items(), columns, strict=True)
        ]
    )


def _series(name: str, values: Sequence[Value]) -> pl.Series:
    filled = [value for value in values if value is not None]
    if filled and all(isinstance(value, bool) for value in filled):
        return pl.Series(name, values, dtype=pl.Boolean)
    if filled and all(_whole(value) for value in filled):
        return pl.Series(name, values, dtype=pl.Int64)
    if filled and all(_whole(value) or isinstance(value, float) for value in filled):
        numbers = [None if value is None else float(value) for value in values]
        return pl.Series(name, numbers, dtype=pl.Float64)
    texts = [None if value is None else _text(value) for value in values]
    return pl.Series(name, texts, dtype=pl.String)


def _whole(value: Value) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and -_WHOLE_LIMIT <= value < _WHOLE_LIMIT
    )


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and isfinite(value) and value.is_integer():
        return str(int(value))
    return str(value)
