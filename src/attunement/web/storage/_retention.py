"""Erasing what is older than an organisation wants to keep."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from attunement.web.storage._database import Database
from attunement.web.storage._erase import (
    AlreadyGoneError,
    Receipt,
    erase_patient,
    erase_session,
    finish,
)
from attunement.web.storage._models import Organisation, TherapySession
from attunement.web.storage._vault import Vault


@dataclass(frozen=True, slots=True)
class Outdated:
    """What is older than an organisation keeps.

    Attributes
    ----------
    organisation_id, organisation : str
        Whose; its name.
    retention_days : int
        How long it keeps sessions.
    session_ids : tuple of str
        The sessions that are older.
    patient_ids : tuple of str
        The patients who have no other sessions: they are forgotten whole.
    """

    organisation_id: str
    organisation: str
    retention_days: int
    session_ids: tuple[str, ...]
    patient_ids: tuple[str, ...]


def outdated(database: Database, *, at: datetime) -> list[Outdated]:
    """Give what retention would erase, an organisation each; nothing is changed.

    Parameters
    ----------
    database : Database
        Where to look.
    at : datetime
        The present time.
    """
    with database.unscoped() as db:
        kept_for = db.execute(
            select(Organisation.id, Organisation.name, Organisation.retention_days)
            .where(Organisation.retention_days.is_not(None))
            .order_by(Organisation.created_at)
        )
        wanted = [(key, name, days) for key, name, days in kept_for if days is not None]
    found = (_of_one(database, key, name, days, at=at) for key, name, days in wanted)
    return [one for one in found if one.session_ids]


def apply_retention(database: Database, vault: Vault, *, at: datetime) -> list[Outdated]:
    """Erase what is older than each organisation keeps, a patient at a time, with receipts.

    Returns
    -------
    list of Outdated
        What went.
    """
    found = outdated(database, at=at)
    receipts = [receipt for one in found for receipt in _erased(database, vault, one)]
    finish(database, vault, receipts)
    return found


def _of_one(
    database: Database, organisation_id: str, name: str, days: int, *, at: datetime
) -> Outdated:
    before = at - timedelta(days=days)
    with database.of(organisation_id) as db:
        old = db.execute(
            select(TherapySession.id, TherapySession.patient_id)
            .where(TherapySession.held_at < before)
            .order_by(TherapySession.held_at)
        )
        patients: dict[str, list[str]] = {}
        for session_id, patient_id in old:
            patients.setdefault(patient_id, []).append(session_id)
        counted = db.execute(
            select(TherapySession.patient_id, func.count()).group_by(TherapySession.patient_id)
        )
        counts = dict(counted.all())
    return Outdated(
        organisation_id=organisation_id,
        organisation=name,
        retention_days=days,
        session_ids=tuple(one for sessions in patients.values() for one in sessions),
        patient_ids=tuple(
            patient_id
            for patient_id, sessions in patients.items()
            if len(sessions) == counts[patient_id]
        ),
    )


def _erased(database: Database, vault: Vault, one: Outdated) -> list[Receipt]:
    """Erase patients, and sessions of others; another process may have been faster."""
    receipts: list[Receipt] = []
    gone: set[str] = set()
    for patient_id in one.patient_ids:
        with suppress(AlreadyGoneError), database.of(one.organisation_id) as db:
            receipt = erase_patient(
                db,
                vault,
                organisation_id=one.organisation_id,
                patient_id=patient_id,
                reason="retention",
            )
            gone.update(receipt.session_ids)
            receipts.append(receipt)
    for session_id in one.session_ids:
        if session_id in gone:
            continue
        with suppress(AlreadyGoneError), database.of(one.organisation_id) as db:
            receipt = erase_session(
                db,
                vault,
                organisation_id=one.organisation_id,
                session_id=session_id,
                reason="retention",
            )
            receipts.append(receipt)
    return receipts
