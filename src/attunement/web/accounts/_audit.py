"""Who did what, and who saw which transcript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from attunement.web.storage import AuditEntry, ServiceKey, User, Vault, append_entry

if TYPE_CHECKING:
    from attunement.web.accounts._caller import Caller


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of the audit, and the name of who did it, if they still have one."""

    number: int
    at: datetime
    user_id: str | None
    key_id: str | None
    name: str | None
    action: str
    object_id: str | None
    detail: str


def record(
    db: Session,
    vault: Vault,
    *,
    caller: Caller,
    action: str,
    object_id: str | None = None,
    detail: str = "",
) -> None:
    """Write into the audit what somebody did, in the transaction that does it.

    Others of the organisation who write into it wait until that transaction ends, so record
    near its end.

    Parameters
    ----------
    db : Session
        Of the caller's organisation.
    vault : Vault
        Binds the entry to those before.
    caller : Caller
        Who did it.
    action : str
        What, such as `session.read`.
    object_id : str, optional
        To what.
    detail : str, default: ""
        Never a name, a code or a word of a transcript.
    """
    append_entry(
        db,
        vault,
        organisation_id=caller.organisation_id,
        user_id=caller.user_id,
        key_id=caller.key_id,
        action=action,
        object_id=object_id,
        detail=detail,
    )


def read_audit(
    db: Session, *, before: int | None = None, limit: int, action: str | None = None
) -> Sequence[EntryView]:
    """Give entries, the newest first.

    Parameters
    ----------
    db : Session
        Of the organisation.
    before : int, optional
        Only those with a smaller number.
    limit : int
        At most so many.
    action : str, optional
        Only of this action.
    """
    wanted = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(AuditEntry.number < before)
    if action is not None:
        wanted = wanted.where(AuditEntry.action == action)
    users = {user.id: user.name for user in db.scalars(select(User))}
    keys = {key.id: key.name for key in db.scalars(select(ServiceKey))}
    return [
        EntryView(
            number=entry.number,
            at=entry.at,
            user_id=entry.user_id,
            key_id=entry.key_id,
            name=users.get(entry.user_id or "") or keys.get(entry.key_id or ""),
            action=entry.action,
            object_id=entry.object_id,
            detail=entry.detail,
        )
        for entry in db.scalars(wanted)
    ]
