"""The organisation's own settings."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from attunement.web.accounts._audit import record
from attunement.web.accounts._caller import Caller
from attunement.web.storage import Organisation, Vault


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation's settings."""

    id: str
    name: str
    retention_days: int | None
    false_alarms: float


def read_organisation(db: Session, *, caller: Caller) -> OrganisationView:
    """Give the caller's organisation."""
    return _view(db.get_one(Organisation, caller.organisation_id))


def change_organisation(
    db: Session, vault: Vault, *, caller: Caller, name: str, retention_days: int | None
) -> OrganisationView:
    """Set what it is called, and after how many days sessions are erased (None: never)."""
    row = db.get_one(Organisation, caller.organisation_id)
    row.name, row.retention_days = name, retention_days
    db.flush()
    record(
        db,
        vault,
        caller=caller,
        action="organisation.change",
        detail=f"retention {retention_days} days" if retention_days else "retention without end",
    )
    return _view(row)


def _view(row: Organisation) -> OrganisationView:
    return OrganisationView(row.id, row.name, row.retention_days, row.false_alarms)
