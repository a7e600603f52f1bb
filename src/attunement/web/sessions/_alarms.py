"""Rows of alarms: read with the words that show them, and marked as seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from attunement.web._problems import NotFound
from attunement.web.sessions._opening import Opening
from attunement.web.sessions._views import AlarmView
from attunement.web.storage import Patient, RaisedAlarm, TherapySession, now, place


def read(
    db: Session,
    opening: Opening,
    visible: ColumnElement[bool],
    *,
    open_only: bool = False,
    session_id: str | None = None,
    alarm_id: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> list[AlarmView]:
    """Give alarms, the latest first."""
    conditions = [visible]
    if open_only:
        conditions.append(RaisedAlarm.seen_at.is_(None))
    if session_id is not None:
        conditions.append(RaisedAlarm.session_id == session_id)
    if alarm_id is not None:
        conditions.append(RaisedAlarm.id == alarm_id)
    if before is not None:
        raised_at, last_id = before
        conditions.append(
            or_(
                RaisedAlarm.raised_at < raised_at,
                and_(RaisedAlarm.raised_at == raised_at, RaisedAlarm.id < last_id),
            )
        )
    wanted = (
        select(RaisedAlarm, TherapySession, Patient)
        .join(TherapySession, TherapySession.id == RaisedAlarm.session_id)
        .join(Patient, Patient.id == TherapySession.patient_id)
        .where(*conditions)
        .order_by(RaisedAlarm.raised_at.desc(), RaisedAlarm.id.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [_opened(opening, *row) for row in db.execute(wanted)]


def see(
    db: Session,
    opening: Opening,
    visible: ColumnElement[bool],
    alarm_id: str,
    *,
    by: str | None,
) -> AlarmView:
    """Note that somebody has looked at an alarm; who was first stays.

    Raises
    ------
    NotFound
        There is none, or none that may be seen.
    """
    if not read(db, opening, visible, alarm_id=alarm_id):
        raise NotFound("alarm")
    db.execute(
        update(RaisedAlarm)
        .where(RaisedAlarm.id == alarm_id, RaisedAlarm.seen_at.is_(None))
        .values(seen_at=now(), seen_by=by)
        .execution_options(synchronize_session=False)
    )
    return read(db, opening, visible, alarm_id=alarm_id)[0]


def _opened(
    opening: Opening, row: RaisedAlarm, session: TherapySession, patient: Patient
) -> AlarmView:
    shown = opening.box(patient).open_json(row.sealed_words, place=place("alarms.words", row.id))
    return AlarmView(
        id=row.id,
        session_id=row.session_id,
        patient_id=patient.id,
        patient_code=opening.code(patient),
        label=opening.details(session, patient)["label"],
        turn=row.turn,
        kind=row.kind,
        level=row.level,
        words=tuple(shown["words"]),
        message=shown["message"],
        raised_at=row.raised_at,
        seen_at=row.seen_at,
        seen_by=row.seen_by,
    )
