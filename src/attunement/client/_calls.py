"""What can be asked of the service: each question once, for both clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from attunement import wire
from attunement.wire import NewRatings, NewSession, NewTurn, Told

Answer = TypeVar("Answer", bound=Told)

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One request.

    Attributes
    ----------
    method, path : str
        Where it goes.
    answer : type
        What comes back.
    body : BaseModel, optional
        What is sent, as JSON.
    query : mapping
        What stands behind the path.
    repeatable : bool
        Whether sending it twice is the same as once: then it is sent again where no answer came.
    files : sequence of Path
        What is sent as files.
    form : mapping
        And the fields beside them.
    """

    method: str
    path: str
    answer: type[Answer]
    body: BaseModel | None = None
    query: Mapping[str, Any] = field(default_factory=dict, hash=False)
    repeatable: bool = True
    files: Sequence[Path] = ()
    form: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def content(self) -> bytes | None:
        """The body in bytes."""
        return None if self.body is None else self.body.model_dump_json().encode()


def create_session(new: NewSession) -> Call[wire.Session]:
    """Begin a session. Sent twice it would begin two, so it is sent again only if it never left."""
    return Call("POST", f"{API}/sessions", wire.Session, body=new, repeatable=False)


def session(session_id: str) -> Call[wire.Session]:
    """Read about a session."""
    return Call("GET", f"{API}/sessions/{session_id}", wire.Session)


def sessions(
    *, status: wire.Status | None, patient_id: str | None, before: str | None
) -> Call[wire.Sessions]:
    """List sessions."""
    query = {"status": status, "patient_id": patient_id, "before": before}
    return Call("GET", f"{API}/sessions", wire.Sessions, query=_given(query))


def post_turn(session_id: str, new: NewTurn) -> Call[wire.State]:
    """Post a turn; its id makes the same turn one turn."""
    return Call("POST", f"{API}/sessions/{session_id}/turns", wire.State, body=new)


def turns(session_id: str, *, after: int) -> Call[wire.Turns]:
    """Read turns."""
    return Call("GET", f"{API}/sessions/{session_id}/turns", wire.Turns, query={"after": after})


def state(session_id: str) -> Call[wire.Now]:
    """Read the state and the signal."""
    return Call("GET", f"{API}/sessions/{session_id}/state", wire.Now)


def close(session_id: str) -> Call[wire.Session]:
    """Close a session."""
    return Call("POST", f"{API}/sessions/{session_id}/close", wire.Session)


def rate(session_id: str, new: NewRatings) -> Call[wire.Ratings]:
    """Put down a form's answers."""
    return Call("POST", f"{API}/sessions/{session_id}/ratings", wire.Ratings, body=new)


def ratings(session_id: str) -> Call[wire.Ratings]:
    """Read a session's ratings."""
    return Call("GET", f"{API}/sessions/{session_id}/ratings", wire.Ratings)


def comparison(session_id: str) -> Call[wire.Comparison]:
    """Compare own rating and inferred-patient."""
    return Call("GET", f"{API}/sessions/{session_id}/comparison", wire.Comparison)


def alarms(
    *, open_only: bool, session_id: str | None, before: str | None
) -> Call[wire.RaisedAlarms]:
    """List alarms."""
    query = {"open": open_only, "session_id": session_id, "before": before}
    return Call("GET", f"{API}/alarms", wire.RaisedAlarms, query=_given(query))


def see_alarm(alarm_id: str) -> Call[wire.RaisedAlarm]:
    """Mark an alarm as seen."""
    return Call("POST", f"{API}/alarms/{alarm_id}/seen", wire.RaisedAlarm)


def upload(
    files: Iterable[Path],
    *,
    patient: Sequence[str],
    therapist: Sequence[str],
    columns: Mapping[str, str],
    merge: bool,
    patient_code: str | None,
    condition: str | None,
    held_at: datetime | None,
) -> Call[wire.Job]:
    """Send transcripts to be read. The same session sent twice is known again."""
    form = {
        "patient": list(patient),
        "therapist": list(therapist),
        "columns": [f"{ours}={theirs}" for ours, theirs in columns.items()],
        "merge": "true" if merge else "false",
        "patient_code": patient_code,
        "condition": condition,
        "held_at": None if held_at is None else held_at.isoformat(),
    }
    return Call(
        "POST",
        f"{API}/uploads",
        wire.Job,
        files=tuple(files),
        form=_given(form),
        repeatable=False,
    )


def job(job_id: str) -> Call[wire.Job]:
    """See how far a job is."""
    return Call("GET", f"{API}/jobs/{job_id}", wire.Job)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != []}
