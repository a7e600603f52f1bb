"""Changing the master key: every key is wrapped anew, and what they sealed stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from attunement.errors import UsageError
from attunement.web.storage._chain import append_entry
from attunement.web.storage._database import Database
from attunement.web.storage._keys import MARKS_PLACE
from attunement.web.storage._models import Job, Keyring, Organisation, Patient, now
from attunement.web.storage._places import Sealed, place
from attunement.web.storage._scrub import scrub
from attunement.web.storage._vault import Vault

_ROWS_AT_ONCE = 500


def rotate_key(database: Database, vault: Vault, new: Vault) -> int:
    """Wrap every key with another master key, all of them or none.

    Backups from before stay sealed with the old one, which is needed as long as they are.

    Parameters
    ----------
    database : Database
        A service that runs on it takes no more patients or uploads until it is started with the
        new key.
    vault, new : Vault
        With the master key of now, and with the one to come.

    Returns
    -------
    int
        How many keys were wrapped anew.

    Raises
    ------
    UsageError
        Both are the same key, or the database has another one than `vault`.
    """
    if new.key_id == vault.key_id:
        raise UsageError(
            "the new master key is the one of now",
            mend="Name a file with another key, or a new one",
        )
    with database.unscoped() as db:
        # First of all, so that whoever brings a new key waits, and then sees that it is another.
        db.execute(update(Keyring).values(key_id=Keyring.key_id))
        keyring = db.scalars(select(Keyring)).one()
        if keyring.key_id != vault.key_id:
            raise UsageError(
                f"the master key was changed to {keyring.key_id} by another process",
                mend="Start again with that key",
            )
        keyring.wrapped_marks = vault.rewrap(keyring.wrapped_marks, place=MARKS_PLACE, new=new)
        keyring.key_id = new.key_id
        keyring.rotated_at = now()
        count = _rewrapped(db, Patient, "patients.wrapped_key", vault, new)
        count += _rewrapped(db, Job, "jobs.wrapped_key", vault, new)
        for organisation_id in list(db.scalars(select(Organisation.id))):
            append_entry(
                db,
                vault,
                organisation_id=organisation_id,
                action="key.rotate",
                detail=f"from {vault.key_id} to {new.key_id}",
            )
    database.key_id = new.key_id
    scrub(database)
    return count + 1


def _rewrapped(
    db: Session, model: type[Patient | Job], column: Sealed, vault: Vault, new: Vault
) -> int:
    count = 0
    for rows in _pages(db, model):
        values = [
            {
                "id": row_id,
                "wrapped_key": vault.rewrap(wrapped, place=place(column, row_id), new=new),
            }
            for row_id, wrapped in rows
        ]
        db.execute(update(model), values)
        count += len(values)
    return count


def _pages(db: Session, model: type[Patient | Job]) -> Iterator[list[tuple[str, bytes]]]:
    """Give the wrapped keys a page at a time, in the order of their rows' ids."""
    last = ""
    while True:
        rows = db.execute(
            select(model.id, model.wrapped_key)
            .where(model.id > last, model.wrapped_key.is_not(None))
            .order_by(model.id)
            .limit(_ROWS_AT_ONCE)
        ).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [(row_id, wrapped) for row_id, wrapped in rows if wrapped is not None]
