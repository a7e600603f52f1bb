"""The organisation's own settings."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from attunement.web.accounts._audit import record
from attunement.web.accounts._caller import Caller
from attunement.web.storage import Organisation, SpokenTurn, TherapySession, Vault

TYPICAL_TURNS = 45
"""Turns of the patient in a typical session, until the organisation's own tell."""
FEWEST_TURNS, MOST_TURNS = 9, 1_000
"""Alarms need more than eight."""
_ENOUGH_SESSIONS, _LATEST_SESSIONS = 20, 200


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """How often alarms may be false.

    Attributes
    ----------
    false_alarms : float
        Alarms of falling, and of widening, that a typical session without any change may raise.
    typical_turns : int
        Turns of the patient in a typical session.
    """

    false_alarms: float
    typical_turns: int


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation's settings."""

    id: str
    name: str
    retention_days: int | None
    false_alarms: float
    patient_turns: int | None
    typical_turns: int


def read_organisation(db: Session, *, caller: Caller) -> OrganisationView:
    """Give the caller's organisation."""
    return _view(db, db.get_one(Organisation, caller.organisation_id))


def alarm_rate(db: Session, *, organisation_id: str) -> AlarmRate:
    """Give the rate that an organisation's new sessions are heard with."""
    row = db.get_one(Organisation, organisation_id)
    return AlarmRate(row.false_alarms, _typical_turns(db, row))


def change_organisation(
    db: Session,
    vault: Vault,
    *,
    caller: Caller,
    name: str,
    retention_days: int | None,
    false_alarms: float,
    patient_turns: int | None,
) -> OrganisationView:
    """Change the organisation's settings.

    Parameters
    ----------
    db, vault, caller
        Whose, and who changes them.
    name : str
        What it is called.
    retention_days : int or None
        After how many days sessions are erased; None: never.
    false_alarms : float
        Falling, and widening, alarms that a typical session without any change may raise.
    patient_turns : int or None
        Turns of the patient in a typical session; None: as many as its own have. Sessions keep
        the rate that they were begun with.
    """
    row = db.get_one(Organisation, caller.organisation_id)
    row.name, row.retention_days = name, retention_days
    row.false_alarms, row.patient_turns = false_alarms, patient_turns
    db.flush()
    kept = f"retention {retention_days} days" if retention_days else "retention without end"
    length = f"{patient_turns} patient turns" if patient_turns else "patient turns of its own"
    record(
        db,
        vault,
        caller=caller,
        action="organisation.change",
        detail=f"{kept}, {false_alarms:g} false alarms, {length}",
    )
    return _view(db, row)


def _view(db: Session, row: Organisation) -> OrganisationView:
    return OrganisationView(
        row.id,
        row.name,
        row.retention_days,
        row.false_alarms,
        row.patient_turns,
        _typical_turns(db, row),
    )


def _typical_turns(db: Session, row: Organisation) -> int:
    """Give what is set, or the mean of the latest closed sessions once they are enough."""
    if row.patient_turns is not None:
        return row.patient_turns
    latest = list(
        db.scalars(
            select(TherapySession.id)
            .where(
                TherapySession.organisation_id == row.id,
                TherapySession.status == "closed",
                TherapySession.n_turns > 0,
                TherapySession.fictional.is_(False),
            )
            .order_by(TherapySession.held_at.desc(), TherapySession.id)
            .limit(_LATEST_SESSIONS)
        )
    )
    if len(latest) < _ENOUGH_SESSIONS:
        return TYPICAL_TURNS
    turns = db.scalar(
        select(func.count()).where(SpokenTurn.session_id.in_(latest), SpokenTurn.role == "patient")
    )
    return min(max(round((turns or 0) / len(latest)), FEWEST_TURNS), MOST_TURNS)
