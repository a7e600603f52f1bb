"""The audit, and that nobody can change it unseen."""

from __future__ import annotations

from sqlalchemy import delete, update
from tests.web.clinic import Clinic

from attunement.web._service import Service
from attunement.web.accounts import record
from attunement.web.storage import AuditEntry


def fill(service: Service, clinic: Clinic, count: int) -> None:
    with service.database.of(clinic.organisation_id) as db:
        for number in range(count):
            record(
                db,
                service.vault,
                caller=clinic.callers["therapist"],
                action="session.read",
                object_id=f"{number:032x}",
            )


def test_entries_are_read_page_by_page_the_newest_first(service: Service, clinic: Clinic) -> None:
    fill(service, clinic, 7)
    seen, before = [], None
    while True:
        page = clinic.admin.get("/api/v1/audit", params={"limit": 3, "before": before or 2**62})
        seen += [one["number"] for one in page.json()["entries"]]
        before = page.json()["before"]
        if before is None:
            break
    assert seen == list(range(seen[0], 0, -1))
    assert len(seen) >= 7


def test_the_audit_of_another_organisation_is_another(
    service: Service, clinic: Clinic, other_clinic: Clinic
) -> None:
    fill(service, clinic, 3)
    entries = other_clinic.admin.get("/api/v1/audit").json()["entries"]
    assert "session.read" not in {one["action"] for one in entries}


def test_a_whole_audit_holds(service: Service, clinic: Clinic) -> None:
    fill(service, clinic, 3)
    proof = clinic.admin.post("/api/v1/audit/verification").json()
    assert proof["holds"]
    assert proof["entries"] >= 3
    assert "All " in clinic.admin.post("/audit/verification").text


def test_an_entry_that_was_changed_or_taken_out_shows(service: Service, clinic: Clinic) -> None:
    fill(service, clinic, 5)
    with service.database.of(clinic.organisation_id) as db:
        db.execute(update(AuditEntry).where(AuditEntry.number == 3).values(object_id="f" * 32))
    told = clinic.admin.post("/api/v1/audit/verification").json()
    assert not told["holds"]
    assert "3" in told["problem"]
    with service.database.of(clinic.organisation_id) as db:
        db.execute(delete(AuditEntry).where(AuditEntry.number == 2))
    page = clinic.admin.post("/audit/verification")
    assert "entry 2 of the audit is missing" in page.text


def test_the_page_shows_who_did_what(service: Service, clinic: Clinic) -> None:
    fill(service, clinic, 1)
    page = clinic.admin.get("/audit").text
    assert "session.read" in page
    assert "Elm Street therapist" in page
