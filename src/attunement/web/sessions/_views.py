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
    false_alarms : float
        Falling, and widening, alarms that may be expected in a session without change,
    typical_turns : int
        if the patient has so many turns in it; both as they were when it was begun.
    fictional : bool
        Whether it is one of the bundled sample's.
    held_at, created_at, closed_at : datetime
        When; in UTC.
    dated : bool
        Whether `held_at` is when it was held; otherwise it is when it was uploaded.
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
    false_alarms: float
    typical_turns: int
    fictional: bool
    held_at: datetime
    dated: bool
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
    """One value on one scale of one form.

    Attributes
    ----------
    rater, instrument, scale : str
        Whose, and on what.
    value, first_value : float
        What stands now, and what was answered first.
    seen_before : bool or None
        Whether whoever answered had been shown inferred figures before; None if not known.
    created_at, changed_at : datetime
        When it was answered first, and last otherwise.
    """

    rater: str
    instrument: str
    scale: str
    value: float
    first_value: float
    seen_before: bool | None
    created_at: datetime
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    """A patient."""

    id: str
    code: str
    created_at: datetime
