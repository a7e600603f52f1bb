"""An invented clinic in a database: organisations, patients, sessions, and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from attunement.web.storage import (
    Box,
    Database,
    Job,
    JobSession,
    Organisation,
    Patient,
    RaisedAlarm,
    SessionRating,
    SpokenTurn,
    TherapySession,
    User,
    Vault,
    append_entry,
    new_id,
    place,
)

HELD = datetime(2026, 3, 1, 10, tzinfo=UTC)


@dataclass(slots=True)
class Known:
    """What a test knows of one patient: ids, and every sealed value as the database has it."""

    organisation_id: str
    patient_id: str
    code: str
    wrapped_key: bytes
    sessions: list[str] = field(default_factory=list)
    sealed: list[bytes] = field(default_factory=list)


def organisation(database: Database, *, name: str = "North", days: int | None = None) -> str:
    with database.unscoped() as db:
        row = Organisation(name=name, retention_days=days)
        db.add(row)
        db.flush()
        db.add(
            User(
                organisation_id=row.id,
                email=f"{row.id}@example.org",
                name="Robin Teal",
                role="therapist",
            )
        )
        return row.id


def patient(
    database: Database,
    vault: Vault,
    organisation_id: str,
    code: str,
    *,
    sessions: int = 2,
    turns: int = 10,
    held_at: datetime = HELD,
) -> Known:
    """Put a patient in, with sessions a week apart."""
    with database.of(organisation_id) as db:
        patient_id = new_id()
        wrapped = vault.new_key(place=place("patients.wrapped_key", patient_id))
        box = vault.box(wrapped, place=place("patients.wrapped_key", patient_id))
        known = Known(organisation_id, patient_id, code, wrapped)
        sealed_code = box.seal_json(code, place=place("patients.code", patient_id))
        known.sealed.append(sealed_code)
        db.add(
            Patient(
                id=patient_id,
                code_mark=vault.mark(f"patient:{organisation_id}", code),
                wrapped_key=wrapped,
                sealed_code=sealed_code,
            )
        )
        db.flush()
        therapist = db.query(User).first()
        for number in range(1, sessions + 1):
            session = _session(
                vault, box, known, number=number, turns=turns, held_at=held_at, code=code
            )
            session.therapist_id = therapist.id if therapist else None
            db.add(session)
            db.flush()
            db.add_all(_turns(vault, box, known, session.id, turns))
            db.add_all(_around(box, known, session.id))
    _job(database, vault, known)
    return known


def _session(
    vault: Vault,
    box: Box,
    known: Known,
    *,
    number: int,
    turns: int,
    held_at: datetime,
    code: str,
) -> TherapySession:
    session_id, label = new_id(), f"{code}-s{number}"
    known.sessions.append(session_id)
    details = {
        "label": label,
        "condition": "anxiety",
        "number": number,
        "therapist": "T. Reed",
    }
    sealed = box.seal_json(details, place=place("sessions.details", session_id))
    summary = box.seal_json(
        {"last": state(session_id, turns - 1, "patient")},
        place=place("sessions.summary", session_id),
    )
    known.sealed += [sealed, summary]
    held = held_at + timedelta(days=7 * (number - 1))
    return TherapySession(
        id=session_id,
        patient_id=known.patient_id,
        label_mark=vault.mark(f"label:{known.organisation_id}", label),
        status="closed",
        estimator="contrast",
        held_at=held,
        closed_at=held + timedelta(minutes=50),
        n_turns=turns,
        sealed_details=sealed,
        sealed_summary=summary,
    )


def _turns(vault: Vault, box: Box, known: Known, session_id: str, turns: int) -> list[SpokenTurn]:
    rows = []
    for number in range(turns):
        role = "therapist" if number % 2 == 0 else "patient"
        said = {
            "text": said_by(known.code, number),
            "speaker": None,
            "start": number * 4.0,
            "end": number * 4.0 + 3.5,
        }
        sealed_said = box.seal_json(said, place=place("turns.said", session_id, number))
        sealed_state = box.seal_json(
            state(session_id, number, role), place=place("turns.state", session_id, number)
        )
        known.sealed += [sealed_said, sealed_state]
        rows.append(
            SpokenTurn(
                session_id=session_id,
                number=number,
                turn_id=f"t{number}",
                content_mark=vault.mark(f"turn:{session_id}", said["text"]),  # type: ignore[arg-type]
                role=role,
                sealed_said=sealed_said,
                sealed_state=sealed_state,
            )
        )
    return rows


def said_by(code: str, number: int) -> str:
    """The words of a turn; a comma, a quote and a line feed among them."""
    return f'{code}, turn {number}: "we said we would try",\n' + "and so we walked on. " * (
        1 + number % 7
    )


def state(session_id: str, turn: int, role: str) -> dict[str, Any]:
    """A state as the service keeps it (attunement.live.State as JSON)."""
    estimate = {"value": 0.25 + turn / 100, "low": -0.1, "high": 0.6}
    measures = {"alliance": estimate, "task": estimate, "bond": None, "goal": estimate}
    return {
        "session_id": session_id,
        "turn": turn,
        "role": role,
        "scored": True,
        "estimator": "contrast",
        "unit": "standard deviations of the reference's turns",
        "on_common_scale": False,
        "heard": {"patient": turn // 2, "therapist": turn // 2 + 1},
        "scores": {"task": 0.5, "bond": -0.25, "goal": 0.125, "alliance": turn / 8},
        "patient": measures,
        "therapist": measures,
        "gap": measures,
        "trend": {"per_ten_turns": -0.2, "low": -0.4, "high": -0.05, "direction": "falling"},
        "evidence": [],
        "alarms": [],
        "levels": {"falling": 0.4},
    }


def _around(box: Box, known: Known, session_id: str) -> list[RaisedAlarm | SessionRating]:
    alarm_id = new_id()
    words = box.seal_json(
        {"words": ["walked on"], "message": "The patient's alliance has been falling."},
        place=place("alarms.words", alarm_id),
    )
    known.sealed.append(words)
    return [
        RaisedAlarm(
            id=alarm_id,
            session_id=session_id,
            turn=3,
            kind="falling",
            level=1.2,
            sealed_words=words,
        ),
        *(
            SessionRating(
                session_id=session_id,
                rater=rater,
                instrument="WAI-SR",
                scale=scale,
                value=value,
                first_value=value,
            )
            for rater, scale, value in (
                ("patient", "bond", 3.5),
                ("patient", "task", 4.0),
                ("therapist", "bond", 4.25),
            )
        ),
    ]


def _job(database: Database, vault: Vault, known: Known) -> None:
    """A finished job whose result tells of the patient's sessions; and an entry in the audit."""
    job_id = new_id()
    with database.of(known.organisation_id) as db:
        at = place("jobs.wrapped_key", job_id)
        wrapped = vault.new_key(place=at)
        result = vault.box(wrapped, place=at).seal_json(
            {"topics": ["walked"]}, place=place("jobs.result", job_id)
        )
        known.sealed += [wrapped, result]
        db.add(
            Job(
                id=job_id,
                kind="language",
                status="done",
                wrapped_key=wrapped,
                sealed_result=result,
                finished_at=HELD,
            )
        )
        db.flush()
        db.add_all(JobSession(job_id=job_id, session_id=one) for one in known.sessions)
        append_entry(
            db,
            vault,
            organisation_id=known.organisation_id,
            action="session.read",
            object_id=known.sessions[0] if known.sessions else None,
        )
