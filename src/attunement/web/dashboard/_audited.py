"""A transcript that is read turn by turn is read once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from attunement.web.accounts import Caller, record
from attunement.web.storage import AuditEntry, Vault

_OPENED = timedelta(hours=1)


def record_reading(
    db: Session, vault: Vault, *, caller: Caller, session_id: str, now: datetime
) -> None:
    """Record that a transcript was read, unless the caller opened it within the last hour.

    Parameters
    ----------
    db : Session
        Of the caller's organisation.
    vault : Vault
        Binds the entry.
    caller : Caller
        Who reads.
    session_id : str
        What.
    now : datetime
        The time.
    """
    lately = select(AuditEntry.number).where(
        AuditEntry.user_id == caller.user_id,
        AuditEntry.key_id == caller.key_id,
        AuditEntry.object_id == session_id,
        AuditEntry.action == "session.read",
        AuditEntry.at > now - _OPENED,
    )
    if db.scalars(lately.limit(1)).first() is None:
        record(db, vault, caller=caller, action="session.read", object_id=session_id)
