"""Service keys: what programs show; shown once, revocable."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from attunement.web._problems import NotFound
from attunement.web._service import Service
from attunement.web.accounts._audit import record
from attunement.web.accounts._tokens import hash_of, new_token
from attunement.web.storage import ServiceKey, StorageUnavailable

if TYPE_CHECKING:
    from attunement.web.accounts._caller import Caller

_PREFIX = "attn_"
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyView:
    """A service key, without the key."""

    id: str
    name: str
    created_at: datetime
    created_by: str | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def find_key(service: Service, key: str) -> ServiceKey | None:
    """Find a key that was not revoked, and note that it was used."""
    with service.database.unscoped() as db:
        row = db.scalar(
            select(ServiceKey).where(
                ServiceKey.key_hash == hash_of(key), ServiceKey.revoked_at.is_(None)
            )
        )
    if row is None:
        return None
    moment = service.clock()
    if row.last_used_at is None or abs(moment - row.last_used_at) >= _NOTED_EVERY:
        with suppress(StorageUnavailable), service.database.of(row.organisation_id) as db:
            db.execute(
                update(ServiceKey).where(ServiceKey.id == row.id).values(last_used_at=moment)
            )
    return row


def make_key(db: Session, service: Service, *, caller: Caller, name: str) -> tuple[KeyView, str]:
    """Make a key, and give it beside its view: this once."""
    key = new_token(_PREFIX)
    row = ServiceKey(
        name=name.strip(),
        key_hash=hash_of(key),
        created_by=caller.user_id,
        created_at=service.clock(),
    )
    db.add(row)
    db.flush()
    record(db, service.vault, caller=caller, action="key.create", object_id=row.id)
    return _view(row), key


def list_keys(db: Session) -> list[KeyView]:
    """Give the organisation's keys, the newest first."""
    order = (ServiceKey.created_at.desc(), ServiceKey.id)
    return [_view(row) for row in db.scalars(select(ServiceKey).order_by(*order))]


def revoke_key(db: Session, service: Service, key_id: str, *, caller: Caller) -> KeyView:
    """Have a key open nothing any more.

    Raises
    ------
    NotFound
        There is none in the organisation.
    """
    row = db.scalar(select(ServiceKey).where(ServiceKey.id == key_id))
    if row is None:
        raise NotFound("key")
    row.revoked_at = row.revoked_at or service.clock()
    db.flush()
    record(db, service.vault, caller=caller, action="key.revoke", object_id=row.id)
    return _view(row)


def _view(row: ServiceKey) -> KeyView:
    return KeyView(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        created_by=row.created_by,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
