"""Forgetting a patient, or a session: rows, keys, and a receipt that says so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from attunement.errors import DataError
from attunement.web.storage._chain import append_entry
from attunement.web.storage._database import Database
from attunement.web.storage._ledger import note_erasures
from attunement.web.storage._models import (
    Erasure,
    Job,
    JobSession,
    Patient,
    RaisedAlarm,
    SessionRating,
    SpokenTurn,
    TherapySession,
    new_id,
)
from attunement.web.storage._queue import drop_results_of
from attunement.web.storage._scrub import compact, files_with, scrub
from attunement.web.storage._vault import NONCE_BYTES, Vault

Reason: TypeAlias = Literal["request", "retention", "restore"]
"""Why something was erased: it was asked for, it was old enough, or a backup brought it back."""

_PARTS: tuple[tuple[str, InstrumentedAttribute[str]], ...] = (
    ("turns", SpokenTurn.session_id),
    ("alarms", RaisedAlarm.session_id),
    ("ratings", SessionRating.session_id),
    ("job_sessions", JobSession.session_id),
)


class AlreadyGoneError(DataError):
    """There is no such patient or session, or no more."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased.

    Attributes
    ----------
    erasure_id, organisation_id, patient_id : str
        The receipt's own row, whose patient, and who.
    session_ids : tuple of str
        The sessions that went; whoever still holds one in memory must let it go.
    rows : dict of str to int
        How many rows of each table.
    key_nonce : str or None
        The first bytes of the key that was destroyed; None where the patient stays.
    """

    erasure_id: str
    organisation_id: str
    patient_id: str
    session_ids: tuple[str, ...]
    rows: dict[str, int]
    key_nonce: str | None


def forget_patient(
    database: Database,
    vault: Vault,
    *,
    organisation_id: str,
    patient_id: str,
    reason: Reason = "request",
    user_id: str | None = None,
    key_id: str | None = None,
) -> Receipt:
    """Erase a patient: every row, the key, and what the database's files still hold.

    Parameters
    ----------
    database, vault
        Where they are kept.
    organisation_id, patient_id : str
        Whose patient, and who.
    reason : {"request", "retention", "restore"}
        Why.
    user_id, key_id : str, optional
        Who asked for it.

    Raises
    ------
    DataError
        There is no such patient, or an upload that may hold their words is not read yet.
    StorageUnavailable
        The database cannot be used.
    """
    with database.of(organisation_id) as db:
        _no_unread_uploads(db)
        receipt = erase_patient(
            db,
            vault,
            organisation_id=organisation_id,
            patient_id=patient_id,
            reason=reason,
            user_id=user_id,
            key_id=key_id,
        )
    finish(database, vault, [receipt])
    return receipt


def finish(database: Database, vault: Vault, receipts: list[Receipt]) -> None:
    """Clear the files of what was erased and committed, and write it into the ledger.

    Also does what an interrupted erasure has left undone, which is seen by the ledger.
    """
    if not note_erasures(database, vault) and not receipts:
        return
    scrub(database)
    nonces = [bytes.fromhex(one.key_nonce) for one in receipts if one.key_nonce]
    if any(files_with(database, nonce) for nonce in nonces):
        compact(database)


def erase_patient(
    db: Session,
    vault: Vault,
    *,
    organisation_id: str,
    patient_id: str,
    reason: Reason,
    user_id: str | None = None,
    key_id: str | None = None,
) -> Receipt:
    """Erase a patient's rows and key in the caller's transaction; `finish` after its end."""
    # Nobody adds a session or a turn from here on: a write lock in SQLite, row locks elsewhere.
    db.execute(update(Patient).where(Patient.id == patient_id).values(code_mark=Patient.code_mark))
    patient = db.get(Patient, patient_id, populate_existing=True, with_for_update=True)
    if patient is None:
        raise AlreadyGoneError(
            f"there is no patient {patient_id}", mend="Give the id that the patient's page shows"
        )
    sessions = tuple(
        db.scalars(
            select(TherapySession.id)
            .where(TherapySession.patient_id == patient_id)
            .with_for_update()
        )
    )
    rows = {"jobs": drop_results_of(db, patient_id=patient_id)}
    rows |= _erase_sessions(db, sessions)
    rows["patients"] = _gone(db, delete(Patient).where(Patient.id == patient_id))
    return _receipt(
        db,
        vault,
        patient=patient,
        session_ids=sessions,
        rows=rows,
        whole=True,
        organisation_id=organisation_id,
        reason=reason,
        user_id=user_id,
        key_id=key_id,
    )


def erase_session(
    db: Session, vault: Vault, *, organisation_id: str, session_id: str, reason: Reason
) -> Receipt:
    """Erase one session's rows in the caller's transaction; the patient and their key stay."""
    session = db.get(TherapySession, session_id, with_for_update=True)
    patient = db.get(Patient, session.patient_id) if session is not None else None
    if patient is None:
        raise AlreadyGoneError(
            f"there is no session {session_id}", mend="Give the id that the session's page shows"
        )
    jobs = list(db.scalars(select(JobSession.job_id).where(JobSession.session_id == session_id)))
    rows = {"jobs": _gone(db, delete(Job).where(Job.id.in_(jobs)))}
    rows |= _erase_sessions(db, (session_id,))
    return _receipt(
        db,
        vault,
        patient=patient,
        session_ids=(session_id,),
        rows=rows,
        whole=False,
        organisation_id=organisation_id,
        reason=reason,
        user_id=None,
        key_id=None,
    )


def _receipt(
    db: Session,
    vault: Vault,
    *,
    patient: Patient,
    session_ids: tuple[str, ...],
    rows: dict[str, int],
    whole: bool,
    organisation_id: str,
    reason: Reason,
    user_id: str | None,
    key_id: str | None,
) -> Receipt:
    """Write the receipt's row, and its entry in the audit."""
    nonce = patient.wrapped_key[:NONCE_BYTES].hex() if whole else None
    erasure = Erasure(
        id=new_id(),
        organisation_id=organisation_id,
        patient_id=patient.id,
        code_mark=patient.code_mark,
        session_id=None if whole else session_ids[0],
        reason=reason,
        rows=rows,
        key_hash=hashlib.sha256(patient.wrapped_key).hexdigest() if whole else None,
        key_nonce=nonce,
        erased_by=user_id or key_id,
    )
    db.add(erasure)
    append_entry(
        db,
        vault,
        organisation_id=organisation_id,
        user_id=user_id,
        key_id=key_id,
        action="patient.erase" if whole else "session.erase",
        object_id=patient.id if whole else session_ids[0],
        detail=f"erasure {erasure.id}, {reason}",
    )
    return Receipt(
        erasure_id=erasure.id,
        organisation_id=organisation_id,
        patient_id=patient.id,
        session_ids=session_ids,
        rows=rows,
        key_nonce=nonce,
    )


def _erase_sessions(db: Session, sessions: tuple[str, ...]) -> dict[str, int]:
    rows = {
        name: _gone(db, delete(column.class_).where(column.in_(sessions)))
        for name, column in _PARTS
    }
    rows["sessions"] = _gone(db, delete(TherapySession).where(TherapySession.id.in_(sessions)))
    return rows


def _no_unread_uploads(db: Session) -> None:
    unread = db.scalar(
        select(Job.id).where(Job.kind == "upload", Job.status.in_(("waiting", "running")))
    )
    if unread is not None:
        raise DataError(
            "an upload is being read that may hold this patient's words",
            mend="Wait until it is done or cancel it, then erase",
        )


def _gone(db: Session, statement: object) -> int:
    result = db.execute(statement)  # type: ignore[call-overload]
    assert isinstance(result, CursorResult)
    return result.rowcount
