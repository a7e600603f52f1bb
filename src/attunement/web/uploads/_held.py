"""When a session was held, where a transcript or its row in sessions.csv says so."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from attunement.transcripts import Session

COLUMNS = ("held_at", "date")
"""What the column may be called, in any case; the first that is filled counts."""

_AHEAD = timedelta(days=1)
"""Clocks and zones differ by no more; what lies further ahead was not held."""


def held_at(session: Session, *, now: datetime) -> datetime | None:
    """Give when a session was held; None where nothing says so.

    Parameters
    ----------
    session : Session
        Its own columns may hold a day, or a day and time, as in ISO 8601.
    now : datetime
        The service's clock.

    Returns
    -------
    datetime or None
        In UTC. A day alone is taken at noon; a time without a zone is taken as UTC.

    Raises
    ------
    ValueError
        What the column holds is no such day, or lies ahead.
    """
    own = {name.casefold(): value for name, value in session.columns.items()}
    said = next((value for name in COLUMNS if (value := own.get(name)) is not None), None)
    if said is None:
        return None
    moment = datetime.fromisoformat(str(said).strip())
    if len(str(said).strip()) <= len("2026-03-02"):
        moment = datetime.combine(moment.date(), time(12))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment > now + _AHEAD:
        raise ValueError("lies ahead")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("no day of ours") from None
