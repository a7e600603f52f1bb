"""A session as a message between two processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attunement.transcripts import Rating, Session, Turn


def session_message(session: Session) -> dict[str, Any]:
    """Say a session, all of it but the path it was read from."""
    return {
        "session_id": session.session_id,
        "turns": [
            [turn.role, turn.text, turn.speaker, turn.start, turn.end] for turn in session.turns
        ],
        "patient_id": session.patient_id,
        "therapist_id": session.therapist_id,
        "condition": session.condition,
        "number": session.number,
        "columns": dict(session.columns),
        "ratings": [
            [rating.rater, rating.instrument, rating.scale, rating.value, rating.turn]
            for rating in session.ratings
        ],
    }


def session_from(message: Mapping[str, Any]) -> Session:
    """Make a session of what `session_message` says."""
    return Session(
        session_id=message["session_id"],
        turns=tuple(
            Turn(turn=number, role=role, text=text, speaker=speaker, start=start, end=end)
            for number, (role, text, speaker, start, end) in enumerate(message["turns"])
        ),
        patient_id=message["patient_id"],
        therapist_id=message["therapist_id"],
        condition=message["condition"],
        number=message["number"],
        columns=message["columns"],
        ratings=tuple(
            Rating(rater=rater, instrument=instrument, scale=scale, value=value, turn=turn)
            for rater, instrument, scale, value, turn in message["ratings"]
        ),
    )
