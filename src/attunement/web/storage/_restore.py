"""Putting a backup back, without bringing back whom it should not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from attunement.errors import DataError, UsageError
from attunement.web.storage._backup import Backup, Manifest, kept_tables
from attunement.web.storage._database import Database
from attunement.web.storage._erase import Receipt, erase_patient, erase_session, finish
from attunement.web.storage._keys import MARKS_PLACE, open_vault
from attunement.web.storage._ledger import as_row, read_ledger
from attunement.web.storage._migrate import revision
from attunement.web.storage._models import (
    Base,
    Erasure,
    Keyring,
    Organisation,
    Patient,
    TherapySession,
)
from attunement.web.storage._vault import Vault

_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back.

    Attributes
    ----------
    manifest : Manifest
        What the backup said of itself.
    patients_left_out, sessions_left_out : int
        Those that were erased since the backup was made, and so were not brought back.
    """

    manifest: Manifest
    patients_left_out: int
    sessions_left_out: int


def restore(database: Database, master: bytes, path: Path, *, replace: bool = False) -> Restored:
    """Put a backup into a database, all of it or nothing.

    Whoever was erased since, by the ledger or by the database that is replaced, is erased again
    before anybody can see them.

    Parameters
    ----------
    database : Database
        With this version's tables; see `upgrade`. No service may be running on it.
    master : bytes
        The master key that the backup was made with.
    path : Path
        The backup.
    replace : bool
        Whether what the database holds may go.

    Raises
    ------
    DataError
        The backup was changed, is of another key or of another version; or the ledger was changed.
    UsageError
        The database is not empty, and `replace` is false.
    StorageUnavailable
        The database cannot be used; it is as it was.
    """
    backup = Backup(path, Vault(master))
    _check_version(database, backup)
    vault = _vault_in(backup, master)
    remembered = read_ledger(database.ledger, vault) if database.ledger is not None else []
    with database.unscoped() as db:
        if not replace and _holds_rows(db):
            raise UsageError(
                "the database is not empty",
                mend="Name an empty one, or add --replace to lose what it holds",
                field="ATTUNEMENT_DATABASE",
            )
        remembered += [_detached(one) for one in db.scalars(select(Erasure))]
        db.expunge_all()
        for table in reversed(Base.metadata.sorted_tables):
            db.execute(delete(table))
        for table in kept_tables():
            for rows in _batches(backup.rows(table)):
                db.execute(insert(table), rows)
        receipts = _erased_again(db, vault, remembered)
    open_vault(database, master)
    finish(database, vault, receipts)
    return Restored(
        manifest=backup.manifest,
        patients_left_out=sum(one.key_nonce is not None for one in receipts),
        sessions_left_out=sum(len(one.session_ids) for one in receipts),
    )


def _check_version(database: Database, backup: Backup) -> None:
    current, copied = revision(database), backup.manifest.revision
    if copied != current:
        raise DataError(
            f"the backup's tables are of version {copied}, and the database's of {current}; "
            f"Attunement {backup.manifest.version} made it",
            mend="Restore it with that version, then start this one, which brings it up to date",
            path=backup.path,
        )
    unknown = set(backup.manifest.tables) ^ {table.name for table in kept_tables()}
    if unknown:
        raise DataError(
            f"the backup has other tables than this version: {', '.join(sorted(unknown))}",
            mend=f"Restore it with Attunement {backup.manifest.version}",
            path=backup.path,
        )


def _vault_in(backup: Backup, master: bytes) -> Vault:
    """Give the vault with the key of marks that the backup brings along."""
    bare = Vault(master)
    for row in backup.rows(_table(Keyring)):
        return Vault(master, marking=bare.unwrap(row["wrapped_marks"], place=MARKS_PLACE))
    raise DataError(
        "the backup has no keyring", mend="Take another copy of the backup", path=backup.path
    )


def _holds_rows(db: Session) -> bool:
    return bool(db.scalar(select(func.count()).select_from(Organisation)))


def _detached(erasure: Erasure) -> Erasure:
    """Give a copy that belongs to no session."""
    return Erasure(**as_row(erasure))


def _erased_again(db: Session, vault: Vault, remembered: Iterable[Erasure]) -> list[Receipt]:
    """Erase those who are remembered as erased, and keep their first receipts."""
    organisations = set(db.scalars(select(Organisation.id)))
    known = set(db.scalars(select(Erasure.id)))
    receipts = []
    for erasure in remembered:
        if erasure.organisation_id not in organisations:
            continue
        if erasure.id not in known:
            known.add(erasure.id)
            db.execute(insert(Erasure), [as_row(erasure)])
        if erasure.session_id is None and _there(db, Patient, erasure.patient_id):
            receipts.append(
                erase_patient(
                    db,
                    vault,
                    organisation_id=erasure.organisation_id,
                    patient_id=erasure.patient_id,
                    reason="restore",
                )
            )
        elif erasure.session_id is not None and _there(db, TherapySession, erasure.session_id):
            receipts.append(
                erase_session(
                    db,
                    vault,
                    organisation_id=erasure.organisation_id,
                    session_id=erasure.session_id,
                    reason="restore",
                )
            )
    return receipts


def _there(db: Session, model: type[Patient | TherapySession], row_id: str) -> bool:
    return db.scalar(select(model.id).where(model.id == row_id)) is not None


def _table(model: type[Base]) -> Any:  # noqa: ANN401
    return model.__table__


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        yield batch
