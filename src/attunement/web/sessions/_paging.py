"""Where a list goes on: the time and id of the last one told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attunement.web._problems import Problem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def mark_of(moment: datetime, row_id: str) -> str:
    """Write down a place in a list."""
    return f"{(moment - _EPOCH) // _MICROSECOND}-{row_id}"


def place_of(mark: str | None) -> tuple[datetime, str] | None:
    """Read a place in a list.

    Raises
    ------
    Problem
        422: there is no such place.
    """
    if mark is None:
        return None
    microseconds, _, row_id = mark.rpartition("-")
    try:
        return _EPOCH + timedelta(microseconds=int(microseconds)), row_id
    except (OverflowError, ValueError):
        raise Problem(
            422,
            "There is no such place in the list.",
            mend="Send what `next` said.",
            more={"field": "before"},
        ) from None
