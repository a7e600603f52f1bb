"""Finding an organisation by its name: for commands on the machine itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from attunement.errors import UsageError
from attunement.web.storage._database import Database
from attunement.web.storage._models import Erasure, Organisation, Patient


@dataclass(frozen=True, slots=True)
class Named:
    """An organisation's id and name."""

    id: str
    name: str


def organisations(database: Database) -> list[Named]:
    """Give all organisations, the oldest first."""
    with database.unscoped() as db:
        rows = db.scalars(select(Organisation).order_by(Organisation.created_at))
        return [Named(row.id, row.name) for row in rows]


def organisation_named(database: Database, name: str | None) -> Named:
    """Give the organisation of a name or an id, or the only one there is.

    Raises
    ------
    UsageError
        There is none, or there are several to choose from.
    """
    known = organisations(database)
    found = [one for one in known if name is None or name in (one.name, one.id)]
    if len(found) == 1:
        return found[0]
    if not known:
        raise UsageError("there is no organisation yet", mend="Add one with its first user")
    shown = ", ".join(f"{one.name} ({one.id})" for one in known)
    raise UsageError(
        f"found {len(found)} organisations, expected one of: {shown}",
        mend="Name one, or give its id",
        field="--organisation",
    )


def organisation_of_patient(database: Database, patient_id: str) -> str | None:
    """Give the organisation of a patient, who may be forgotten; None if there never was one."""
    with database.unscoped() as db:
        found = db.scalar(select(Patient.organisation_id).where(Patient.id == patient_id))
        return found or db.scalar(
            select(Erasure.organisation_id).where(Erasure.patient_id == patient_id)
        )
