"""What is read of sessions, opened: plain values without database or keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from attunement.live import State

STATE: TypeAdapter[State] = TypeAdapter(State)
"""Between states and JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session.

    Attributes
    ----------
    id, patient_id, therapist_id : str
        As the API names them; `therapist_id` is the user whose session it is, if it is one's.
    patient_code, label, condition, therapist_name : str
        What the organisation calls them; the therapist's is the user's name, or else what was said
        when the session was begun.
    number : int or None
        Which session of the treatment it is.
    status : str
        live or closed.
    estimator : str
        What its states are inferred with.
    held_at, created_at, closed_at : datetime
        When; in UTC.
    n_turns : int
        How many turns it has.
    has_language : bool
        Whether its markers and topics were read.
    summary : mapping or None
        What `summary.extended` gives: the last state, and the courses for sparklines; None before
        the first turn.
    """

    id: str
    patient_id: str
    patient_code: str
    label: str
    condition: str | None
    number: int | None
    therapist_id: str | None
    therapist_name: str | None
    status: str
    estimator: str
    held_at: datetime
    created_at: datetime
    closed_at: datetime | None
    n_turns: int
    has_language: bool
    summary: dict[str, Any] | None

    @property
    def last(self) -> State | None:
        """What is known after the last turn."""
        return None if self.summary is None else STATE.validate_python(self.summary["last"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """A turn that was heard, and what is known after it."""

    number: int
    turn_id: str
    role: str
    text: str
    speaker: str | None
    start: float | None
    end: float | None
    received_at: datetime
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """An alarm that was raised, and whose."""

    id: str
    session_id: str
    patient_id: str
    patient_code: str
    label: str
    turn: int
    kind: str
    level: float
    words: tuple[str, ...]
    message: str
    raised_at: datetime
    seen_at: datetime | None
    seen_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingView:
    """One value on one scale of one form."""

    rater: str
    instrument: str
    scale: str
    value: float
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    """A patient."""

    id: str
    code: str
    created_at: datetime
