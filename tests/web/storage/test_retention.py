from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from tests.web.storage import clinic
from tests.web.storage.clinic import HELD

from attunement.web.storage import (
    Database,
    Erasure,
    Patient,
    TherapySession,
    Vault,
    apply_retention,
    outdated,
    verify_chain,
)


def test_what_is_older_goes_and_patients_without_sessions_are_forgotten_whole(
    database: Database, vault: Vault
) -> None:
    north = clinic.organisation(database, days=30)
    old = clinic.patient(database, vault, north, "p1", sessions=2)
    both = clinic.patient(database, vault, north, "p2", sessions=6)
    keeps = clinic.organisation(database, name="South")
    clinic.patient(database, vault, keeps, "p3")
    # Sessions lie a week apart: on day 40 those of days 0 and 7 are older than thirty days.
    at = HELD + timedelta(days=40)
    found = outdated(database, at=at)
    assert [one.organisation for one in found] == ["North"]
    assert set(found[0].session_ids) == {*old.sessions, *both.sessions[:2]}
    assert found[0].patient_ids == (old.patient_id,)
    assert outdated(database, at=at) == found, "looking changed something"

    assert apply_retention(database, vault, at=at) == found
    with database.unscoped() as db:
        left = set(db.scalars(select(TherapySession.id)))
        assert left.isdisjoint(found[0].session_ids)
        assert set(both.sessions[2:]) < left
        assert old.patient_id not in set(db.scalars(select(Patient.id)))
        receipts = list(db.scalars(select(Erasure)))
    assert {one.reason for one in receipts} == {"retention"}
    assert sorted(one.session_id or "" for one in receipts) == sorted(["", *both.sessions[:2]])
    with database.of(north) as db:
        verify_chain(db, vault, organisation_id=north)
    assert apply_retention(database, vault, at=at) == []


def test_a_session_is_kept_until_its_very_last_day(database: Database, vault: Vault) -> None:
    north = clinic.organisation(database, days=30)
    clinic.patient(database, vault, north, "p1", sessions=1)
    assert outdated(database, at=HELD + timedelta(days=30)) == []
    assert len(outdated(database, at=HELD + timedelta(days=30, seconds=1))) == 1


def test_a_clock_that_went_back_erases_nothing(database: Database, vault: Vault) -> None:
    north = clinic.organisation(database, days=0)
    clinic.patient(database, vault, north, "p1", sessions=1)
    assert apply_retention(database, vault, at=HELD - timedelta(days=400)) == []
