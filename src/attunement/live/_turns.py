"""Turns as they come in: checked and cleaned."""

from __future__ import annotations

from dataclasses import replace

from attunement.errors import DataError
from attunement.transcripts import Session, SpeakerRole, Turn, clean

_ROLES: tuple[SpeakerRole, ...] = ("patient", "therapist", "other")


def checked(turn: Turn, *, expected: int) -> Turn:
    """Give the turn with its text cleaned.

    Raises
    ------
    DataError
        Its number is not the expected one, or its role is none.
    """
    if turn.turn != expected:
        raise DataError(
            f"turn {turn.turn} was given where turn {expected} was expected",
            mend=f"Give turn {expected} next: each turn once, in order, counted from 0",
            field="turn",
        )
    if turn.role not in _ROLES:
        raise DataError(
            "the turn's role is none that is known",
            mend=f"Give one of {', '.join(_ROLES)}",
            field="role",
        )
    return replace(turn, text=clean(turn.text))


def checked_session(session: Session) -> Session:
    """Give the session with its turns checked and cleaned; see `checked`."""
    turns = (checked(turn, expected=place) for place, turn in enumerate(session.turns))
    return replace(session, turns=tuple(turns))
