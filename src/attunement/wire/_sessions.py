"""Sessions: beginning one, and what is told of one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from attunement.wire._model import (
    MOST_NUMBER,
    AlarmKind,
    Asked,
    Direction,
    Id,
    Moment,
    OneLine,
    Status,
    Told,
)
from attunement.wire._state import State

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class NewSession(Asked):
    """A session that begins now, or began."""

    patient: OneLine = Field(
        description="What you call the patient: a code, not a name. Sessions with the same code "
        "are the same patient's. It is sealed.",
        examples=["P-017"],
    )
    label: OneLine | None = Field(
        default=None,
        description="What you call the session; unique among yours. Made up if left out.",
        examples=["P-017, session 4"],
    )
    condition: OneLine | None = Field(
        default=None,
        description="The group the patient, or the companion's release, belongs to.",
        examples=["anxiety"],
    )
    number: int | None = Field(
        default=None,
        ge=0,
        le=MOST_NUMBER,
        description="Which session of the treatment it is.",
        examples=[4],
    )
    therapist: OneLine | None = Field(
        default=None, description="What you call the therapist or the AI.", examples=["companion-7"]
    )
    therapist_id: Id | None = Field(
        default=None,
        description="The user whose session it is, and who will see it. Therapists may leave it "
        "out: their sessions are their own.",
    )
    held_at: Moment | None = Field(
        default=None,
        ge=EARLIEST,
        le=LATEST,
        description="When it was held, with a time zone, from 1900 to 2200; now if left out.",
        examples=["2026-03-02T10:00:00+01:00"],
    )


class Session(Told):
    """A session."""

    id: str = Field(description="Names the session in this API.")
    patient_id: str = Field(description="Names the patient in this API.")
    patient: str = Field(description="What you call the patient.")
    label: str = Field(description="What you call the session.")
    condition: str | None = Field(description="The group it belongs to.")
    number: int | None = Field(description="Which session of the treatment it is.")
    therapist_id: str | None = Field(description="The user whose session it is.")
    therapist: str | None = Field(description="What the therapist is called.")
    status: Status = Field(description="live takes turns; closed takes none.")
    estimator: str = Field(description="What its states are inferred with.")
    false_alarms: float = Field(
        description="Falling, and widening, alarms that may be expected in a session without "
        "change, as the organisation had set it when the session was begun,"
    )
    typical_turns: int = Field(description="for so many turns of the patient.")
    fictional: bool = Field(description="Whether it is one of the bundled sample's.")
    held_at: Moment = Field(description="When it was held, UTC.")
    created_at: Moment = Field(description="When the service was told of it, UTC.")
    closed_at: Moment | None = Field(description="When it was closed, UTC; null while it is live.")
    n_turns: int = Field(description="How many turns it has; the next one must have this number.")


class Sessions(Told):
    """Some sessions, the latest first."""

    sessions: tuple[Session, ...] = Field(description="At most `limit` of them.")
    next: str | None = Field(
        description="Ask again with `before` set to this for earlier ones; null at the end."
    )


class SignalTrend(Told):
    """How the scores of the patient's language have moved over the patient's turns so far."""

    direction: Direction = Field(description="Steady unless the interval is off zero.")
    per_ten_turns: float = Field(
        description="Change over ten of the patient's turns, in standard deviations of the "
        "reference's turns, whatever the estimator."
    )
    low: float = Field(
        description="Lower end of its 95% interval, in the same unit: how sure the slope is, not "
        "what the patient feels."
    )
    high: float = Field(description="Upper end of its 95% interval, likewise.")


class SignalAlarm(Told):
    """An alarm of this session."""

    kind: AlarmKind = Field(description="What it is about.")
    turn: int = Field(description="The number of the turn it was raised at, from 0.")
    turns_ago: int = Field(description="How many turns came since.")
    message: str = Field(description="One calm sentence, without words of the session.")
    words: tuple[str, ...] = Field(description="The words of the turn that show it, as said.")


class Signal(Told):
    """The corrective signal, in a form that a companion can act on."""

    trend: SignalTrend | None = Field(
        description="Of the patient's language; null until the patient said enough."
    )
    alarms: tuple[SignalAlarm, ...] = Field(
        description="Those raised within the last turns, the latest first; `window` says how many."
    )
    window: int = Field(description="How many turns an alarm counts as recent, in turns.")
    about: AlarmKind | Literal["safety"] | None = Field(
        description="What the suggestion answers to; null where there is none. safety: words of "
        "the turn may be about not wanting to live. It is no search for risk, and goes before "
        "every alarm until the patient has spoken five turns."
    )
    turn: int | None = Field(description="The turn the suggestion answers to; null likewise.")
    suggestion: str | None = Field(
        description="One or two neutral sentences: what the words show, and what to consider. "
        "Null while nothing calls for one.",
        examples=[
            "The patient's language scores lower in alliance than earlier in this session; this "
            "was noticed at turn 14. Consider asking how this is going for them."
        ],
    )
    note: str = Field(description="What this is not.")


class Now(Told):
    """A session's last state, and the signal read off it."""

    session_id: str = Field(description="The session.")
    status: Status = Field(description="live or closed.")
    n_turns: int = Field(description="How many turns were heard; the next one's number.")
    state: State | None = Field(description="After the last turn; null before the first.")
    signal: Signal = Field(description="The same in plain words, with what to consider.")
