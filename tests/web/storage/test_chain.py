from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, update

from attunement.errors import DataError
from attunement.web.storage import (
    AuditEntry,
    Database,
    Organisation,
    Vault,
    append_entry,
    verify_chain,
)


@pytest.fixture
def organisation_id(database: Database) -> str:
    with database.unscoped() as db:
        organisation = Organisation(name="North")
        db.add(organisation)
        db.flush()
        return organisation.id


def written(database: Database, vault: Vault, organisation_id: str, n: int) -> None:
    for i in range(n):
        with database.of(organisation_id) as db:
            append_entry(
                db, vault, organisation_id=organisation_id, action="session.read", object_id=str(i)
            )


def verified(database: Database, vault: Vault, organisation_id: str) -> int:
    with database.of(organisation_id) as db:
        return verify_chain(db, vault, organisation_id=organisation_id)


def test_an_untouched_chain_holds(database: Database, vault: Vault, organisation_id: str) -> None:
    written(database, vault, organisation_id, 5)
    assert verified(database, vault, organisation_id) == 5


@pytest.mark.parametrize("column", ["action", "object_id", "detail", "user_id"])
def test_a_changed_entry_shows(
    database: Database, vault: Vault, organisation_id: str, column: str
) -> None:
    written(database, vault, organisation_id, 5)
    with database.of(organisation_id) as db:
        db.execute(update(AuditEntry).where(AuditEntry.number == 3).values({column: "x"}))
    with pytest.raises(DataError, match="entry 3 of the audit was changed"):
        verified(database, vault, organisation_id)


@pytest.mark.parametrize(("number", "problem"), [(2, "entry 2 .* missing"), (5, "ends with")])
def test_a_missing_entry_shows_the_last_one_too(
    database: Database, vault: Vault, organisation_id: str, number: int, problem: str
) -> None:
    written(database, vault, organisation_id, 5)
    with database.of(organisation_id) as db:
        db.execute(delete(AuditEntry).where(AuditEntry.number == number))
    with pytest.raises(DataError, match=problem):
        verified(database, vault, organisation_id)


def test_those_who_write_at_once_make_one_chain(
    database: Database, vault: Vault, organisation_id: str
) -> None:
    threads = [
        threading.Thread(target=written, args=(database, vault, organisation_id, 5))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verified(database, vault, organisation_id) == 20
