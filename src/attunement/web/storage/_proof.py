"""Proving that a patient was forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from attunement.errors import DataError
from attunement.web.storage._chain import verify_chain
from attunement.web.storage._database import Database
from attunement.web.storage._ledger import read_ledger
from attunement.web.storage._models import (
    AuditEntry,
    Erasure,
    Patient,
    RaisedAlarm,
    SessionRating,
    SpokenTurn,
    TherapySession,
)
from attunement.web.storage._scrub import files_with
from attunement.web.storage._vault import Vault


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold of a forgotten patient.

    Attributes
    ----------
    what : str
        What is claimed.
    holds : bool or None
        Whether it does; None where it cannot be looked at from here.
    detail : str
        What was found.
    """

    what: str
    holds: bool | None
    detail: str


def verify_erasure(
    database: Database, vault: Vault, *, organisation_id: str, patient_id: str
) -> tuple[Check, ...]:
    """Look for what is left of a forgotten patient.

    Returns
    -------
    tuple of Check
        A receipt; no row; no key; the receipt in an unbroken audit; the ledger; and, of an SQLite
        database, that its files do not hold the bytes of the key.

    Raises
    ------
    DataError
        There is no receipt for this patient.
    """
    with database.of(organisation_id) as db:
        receipt = db.scalar(
            select(Erasure)
            .where(Erasure.patient_id == patient_id, Erasure.session_id.is_(None))
            .order_by(Erasure.erased_at.desc())
            .limit(1)
        )
        if receipt is None:
            raise DataError(
                f"there is no receipt of an erasure of the patient {patient_id}",
                mend="Give the id that the list of erasures shows",
            )
        checks = (
            Check(
                "there is a receipt",
                True,
                f"erasure {receipt.id}, {receipt.erased_at:%Y-%m-%d %H:%M} UTC, {receipt.reason}; "
                + ", ".join(f"{n} {table}" for table, n in sorted(receipt.rows.items())),
            ),
            _no_rows(db, patient_id),
            _in_the_audit(db, vault, receipt),
        )
    return (*checks, _in_the_ledger(database, vault, receipt), _no_key(database, receipt))


def _no_rows(db: Session, patient_id: str) -> Check:
    left = {
        "patients": _count(db, Patient.id == patient_id, Patient),
        "sessions": _count(db, TherapySession.patient_id == patient_id, TherapySession),
    }
    known = select(TherapySession.id)
    for name, model in (("turns", SpokenTurn), ("alarms", RaisedAlarm), ("ratings", SessionRating)):
        left[name] = _count(db, model.session_id.not_in(known), model)
    found = ", ".join(f"{n} {name}" for name, n in left.items() if n)
    return Check("no row of the patient is left", not found, found or "none in any table")


def _count(db: Session, where: object, model: type) -> int:
    return db.scalar(select(func.count()).select_from(model).where(where)) or 0  # type: ignore[arg-type]


def _in_the_audit(db: Session, vault: Vault, receipt: Erasure) -> Check:
    what = "the audit tells of it, and no entry of the audit was changed"
    try:
        entries = verify_chain(db, vault, organisation_id=receipt.organisation_id)
    except DataError as error:
        return Check(what, False, error.problem)
    number = db.scalar(
        select(AuditEntry.number).where(
            AuditEntry.action == "patient.erase",
            AuditEntry.object_id == receipt.patient_id,
            AuditEntry.detail == f"erasure {receipt.id}, {receipt.reason}",
        )
    )
    found = f"entry {number} of {entries}" if number else f"none of {entries} entries"
    return Check(what, number is not None, found)


def _in_the_ledger(database: Database, vault: Vault, receipt: Erasure) -> Check:
    what = "the ledger outside the database remembers it, so that no backup brings it back"
    if database.ledger is None:
        return Check(what, None, "this database has no ledger")
    try:
        held = any(one.id == receipt.id for one in read_ledger(database.ledger, vault))
    except DataError as error:
        return Check(what, False, str(error))
    return Check(what, held, str(database.ledger))


def _no_key(database: Database, receipt: Erasure) -> Check:
    what = "the key that the patient's words were sealed with is gone from the database's files"
    if database.file is None:
        return Check(
            what,
            None,
            "the rows are gone and their table was written anew; the server's write-ahead log and "
            "its copies cannot be looked at from here",
        )
    found = files_with(database, bytes.fromhex(receipt.key_nonce or ""))
    return Check(
        what,
        not found,
        ", ".join(map(str, found)) or f"{database.file} and its logs do not hold it",
    )
