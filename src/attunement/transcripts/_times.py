"""Times as files write them, turned into seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from attunement.transcripts._records import Moment, Utterance

_NUMBER = re.compile(r"[+-]?(\d{1,15}([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,2})?")
_LATEST = 1e12
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d{1,9})?)")


def moment(value: object) -> Moment | None:
    """Read a time: seconds, ``mm:ss``, ``hh:mm:ss.fff``, or an ISO 8601 date and time.

    Parameters
    ----------
    value : object
        A number, a text, or one of Python's date and time types. None and blank text are no
        time.

    Returns
    -------
    float or datetime or None
        Seconds, or a point in time still to be taken relative to the session's first.

    Raises
    ------
    ValueError
        It is none of these.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None if value != value else _finite(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise ValueError("not a time")


def relative(utterances: Sequence[Utterance]) -> list[tuple[float | None, float | None]]:
    """Give each utterance's start and end in seconds.

    Dates and times become seconds from the first one in the session.

    Raises
    ------
    ValueError
        Some times of the session are numbers and others dates, or only some have a time zone.
    """
    dated = {isinstance(m, datetime) for u in utterances for m in (u.start, u.end) if m is not None}
    if True not in dated:
        return [(_seconds(u.start), _seconds(u.end)) for u in utterances]
    if False in dated:
        raise ValueError("some times are seconds and others are dates")
    first = next(m for u in utterances for m in (u.start, u.end) if isinstance(m, datetime))
    try:
        return [(_since(first, u.start), _since(first, u.end)) for u in utterances]
    except TypeError as error:
        raise ValueError("some times have a time zone and others have none") from error


def _from_text(text: str) -> Moment | None:
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return _finite(float(text.replace(",", ".")))
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    return datetime.fromisoformat(text)


def _finite(seconds: float) -> float:
    if abs(seconds) > _LATEST:
        raise ValueError("not a time")
    return float(seconds)


def _seconds(at: Moment | None) -> float | None:
    return None if at is None or isinstance(at, datetime) else float(at)


def _since(first: datetime, at: Moment | None) -> float | None:
    return (at - first).total_seconds() if isinstance(at, datetime) else None
