from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.web.clinic import Clinic

from attunement.live import State
from attunement.tables import MEASURES
from attunement.web._service import Service
from attunement.web.keeping import Daily
from attunement.web.storage import Job, Organisation, Patient, TherapySession

SAID = "The heron stood in the shallows again."


def session_of(clinic: Clinic, *, patient: str) -> dict[str, str]:
    made = clinic.therapist.post("/api/v1/sessions", json={"patient": patient})
    assert made.status_code == 201, made.text
    session: dict[str, str] = made.json()
    for number, role in enumerate(("therapist", "patient")):
        posted = clinic.therapist.post(
            f"/api/v1/sessions/{session['id']}/turns",
            json={"turn_id": f"t{number}", "number": number, "role": role, "text": SAID},
        )
        assert posted.status_code == 201, posted.text
    return session


def test_everything_of_ones_own_organisation_is_handed_out(
    clinic: Clinic, other_clinic: Clinic
) -> None:
    session_of(clinic, patient="P-7")
    session_of(other_clinic, patient="Q-8")
    answer = clinic.admin.get("/api/v1/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert "no-store" in answer.headers["cache-control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        lines = archive.read("transcripts/transcripts.jsonl").splitlines()
        states = archive.read("tables/states.csv").decode().splitlines()
        audit = archive.read("tables/audit.csv").decode()
    assert [json.loads(line)["patient_id"] for line in lines] == ["P-7"]
    assert [turn["text"] for turn in json.loads(lines[0])["turns"]] == [SAID, SAID]
    assert len(states) == 3
    assert "organisation.export" in audit


def test_an_export_has_every_estimate_that_a_state_has() -> None:
    from attunement.web.storage._exported import STATES

    sides = {"patient", "therapist", "gap"}
    assert sides <= set(State.__dataclass_fields__)
    assert {f"{side}_{measure}" for side in sides for measure in MEASURES} <= set(STATES)


def test_a_patient_is_erased_and_the_erasure_proven(clinic: Clinic, service: Service) -> None:
    session = session_of(clinic, patient="P-7")
    patient_id = session["patient_id"]
    assert clinic.admin.get(f"/api/v1/erasures/{patient_id}").status_code == 404
    erased = clinic.admin.delete(f"/api/v1/patients/{patient_id}")
    assert erased.status_code == 200, erased.text
    assert erased.json()["rows"]["turns"] == 2
    assert clinic.therapist.get(f"/api/v1/sessions/{session['id']}").status_code == 404
    assert clinic.admin.delete(f"/api/v1/patients/{patient_id}").status_code == 404
    proof = clinic.admin.get(f"/api/v1/erasures/{patient_id}").json()
    assert proof["holds"] is True
    assert len(proof["checks"]) == 5
    with service.database.unscoped() as db:
        assert db.scalars(select(Patient)).all() == []


def test_a_live_session_takes_no_turn_after_its_patient_was_erased(clinic: Clinic) -> None:
    session = session_of(clinic, patient="P-7")
    assert clinic.admin.delete(f"/api/v1/patients/{session['patient_id']}").status_code == 200
    posted = clinic.therapist.post(
        f"/api/v1/sessions/{session['id']}/turns",
        json={"turn_id": "t2", "number": 2, "role": "patient", "text": SAID},
    )
    assert posted.status_code == 404


def test_erasing_waits_for_uploads(clinic: Clinic, service: Service) -> None:
    session = session_of(clinic, patient="P-7")
    with service.database.of(clinic.organisation_id) as db:
        # Of no worker that could take it: it is another process's, and alive.
        db.add(Job(kind="upload", status="running", alive_at=datetime.now(tz=UTC)))
    refused = clinic.admin.delete(f"/api/v1/patients/{session['patient_id']}")
    assert refused.status_code == 409
    assert "upload" in refused.json()["detail"]


@pytest.mark.parametrize("path", ["/api/v1/export", "/api/v1/erasures/" + "0" * 32])
def test_only_admins_may(clinic: Clinic, path: str) -> None:
    assert clinic.therapist.get(path).status_code == 403
    assert clinic.supervisor.get(path).status_code == 403


def test_what_is_too_old_goes_once_a_day(clinic: Clinic, service: Service) -> None:
    session = session_of(clinic, patient="P-7")
    with service.database.unscoped() as db:
        organisation = db.get(Organisation, clinic.organisation_id)
        assert organisation is not None
        organisation.retention_days = 30
    forgotten: list[str] = []
    at = datetime.now(tz=UTC)

    def daily(days: int) -> Daily:
        return Daily(
            service.database,
            service.vault,
            clock=lambda: at + timedelta(days=days),
            forget=forgotten.append,
        )

    assert daily(29).once() == 0
    assert daily(31).once() == 1
    assert forgotten == [session["id"]]
    with service.database.unscoped() as db:
        assert db.scalars(select(TherapySession)).all() == []


def test_retention_runs_by_itself_and_ends_when_it_is_told(
    clinic: Clinic, service: Service
) -> None:
    import threading

    session = session_of(clinic, patient="P-7")
    with service.database.unscoped() as db:
        organisation = db.get(Organisation, clinic.organisation_id)
        assert organisation is not None
        organisation.retention_days = 1
    gone = threading.Event()
    daily = Daily(
        service.database,
        service.vault,
        clock=lambda: datetime.now(tz=UTC) + timedelta(days=2),
        forget=lambda session_id: gone.set() if session_id == session["id"] else None,
    )
    daily.start()
    assert gone.wait(20)
    daily.stop()
