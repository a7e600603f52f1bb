"""The audit's chain: every entry is bound to the one before, so that none can go unseen."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from attunement.errors import DataError
from attunement.web.storage._models import AuditEntry, Organisation, now
from attunement.web.storage._vault import Vault

_MEND = "Restore a backup from before, and find out who could write to the database"


def append_entry(
    db: Session,
    vault: Vault,
    *,
    organisation_id: str,
    action: str,
    user_id: str | None = None,
    key_id: str | None = None,
    object_id: str | None = None,
    detail: str = "",
    at: datetime | None = None,
) -> AuditEntry:
    """Add an entry to an organisation's audit, in the caller's transaction.

    Whoever adds one waits for those who are adding one, until they commit.

    Parameters
    ----------
    db : Session
        Of the organisation, or unscoped.
    vault : Vault
        Binds the entry to the one before.
    organisation_id, action, user_id, key_id, object_id, detail, at
        As `AuditEntry` has them; `at` is the present time if left out.
    """
    db.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id)
        .values(audited=Organisation.audited + 1)
        .execution_options(synchronize_session=False)
    )
    number = db.scalar(select(Organisation.audited).where(Organisation.id == organisation_id))
    if number is None:
        raise ValueError("there is no such organisation")
    before = db.scalar(
        select(AuditEntry.chain).where(
            AuditEntry.organisation_id == organisation_id, AuditEntry.number == number - 1
        )
    )
    entry = AuditEntry(
        organisation_id=organisation_id,
        number=number,
        at=at if at is not None else now(),
        user_id=user_id,
        key_id=key_id,
        action=action,
        object_id=object_id,
        detail=detail,
    )
    entry.chain = _bound(vault, entry, before or "")
    db.add(entry)
    db.flush()
    return entry


def verify_chain(db: Session, vault: Vault, *, organisation_id: str) -> int:
    """Prove that no entry of an organisation's audit was changed, taken out or put in.

    Returns
    -------
    int
        How many entries there are.

    Raises
    ------
    DataError
        Names the first entry that does not hold.
    """
    expected, before = 1, ""
    entries = db.scalars(
        select(AuditEntry)
        .where(AuditEntry.organisation_id == organisation_id)
        .order_by(AuditEntry.number)
        .execution_options(yield_per=500)
    )
    for entry in entries:
        if entry.number != expected:
            raise DataError(f"entry {expected} of the audit is missing", mend=_MEND)
        if entry.chain != _bound(vault, entry, before):
            raise DataError(f"entry {expected} of the audit was changed", mend=_MEND)
        expected, before = expected + 1, entry.chain
        db.expunge(entry)
    counted = db.scalar(
        select(func.max(Organisation.audited)).where(Organisation.id == organisation_id)
    )
    if counted != expected - 1:
        raise DataError(
            f"the audit ends with entry {expected - 1}, and {counted} were written", mend=_MEND
        )
    return expected - 1


def _bound(vault: Vault, entry: AuditEntry, before: str) -> str:
    said = [
        before,
        entry.number,
        entry.at.astimezone(UTC).isoformat(),
        entry.user_id,
        entry.key_id,
        entry.action,
        entry.object_id,
        entry.detail,
    ]
    return vault.mark(f"audit:{entry.organisation_id}", json.dumps(said, ensure_ascii=False))
