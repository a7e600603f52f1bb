"""Transcripts sent as files become sessions like live ones, once, and of those they belong to."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.web.clinic import Clinic
from tests.web.waiting import finished

from attunement.live import Listener
from attunement.transcripts import Session, SpeakerRole, Turn
from attunement.web._service import Service
from attunement.web.sessions import SessionStore
from attunement.web.storage import AuditEntry

TALK = (
    "T: How have you been since last week?\n"
    "P: Tired. I did not do what we said.\n"
    "T: What got in the way?\n"
    "P: I do not think that this helps me.\n"
    "P: Not really.\n"
)
UNNAMED = (
    "Anna: I slept badly again this week.\nBee: What kept you awake?\n"
    "Anna: The usual.\nBee: And now?\n"
)

Files = dict[str, bytes]


def sent(files: Files) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, content)) for name, content in files.items()]


def upload(
    client: TestClient, files: Files, fields: dict[str, Any] | None = None
) -> dict[str, Any]:
    answer = client.post("/api/v1/uploads", files=sent(files), data=fields or {})
    assert answer.status_code == 202, answer.text
    return finished(client, answer.json()["id"])


def packed(members: Files) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def left(service: Service) -> list[Path]:
    return list(service.jobs.folder.iterdir())


def test_an_uploaded_session_is_what_a_live_one_would_be(
    clinic: Clinic, service: Service, listener: Listener
) -> None:
    job = upload(
        clinic.supervisor, {"first.txt": TALK.encode()}, {"patient_code": "P-1", "condition": "a"}
    )
    assert (job["status"], job["done"], job["total"]) == ("done", 4, 4)
    [told] = job["result"]["sessions"]
    assert (told["label"], told["status"], told["turns"]) == ("first", "stored", 4)
    with service.database.of(clinic.organisation_id) as db:
        store = SessionStore(db, service.vault, clinic.callers["supervisor"])
        view, turns = store.find(told["id"]), store.turns(told["id"])
    said: list[tuple[SpeakerRole, str, str]] = [
        ("therapist", "How have you been since last week?", "T"),
        ("patient", "Tired. I did not do what we said.", "P"),
        ("therapist", "What got in the way?", "T"),
        ("patient", "I do not think that this helps me.\nNot really.", "P"),
    ]
    assert [(turn.role, turn.text, turn.speaker) for turn in turns] == said
    monitor = listener.monitor(view.id)
    for number, (role, text, speaker) in enumerate(said):
        state = monitor.step(Turn(turn=number, role=role, text=text, speaker=speaker))
        kept = turns[number].state
        assert kept.session_id == view.id
        assert (kept.patient.alliance is None) == (state.patient.alliance is None)
        if state.patient.alliance is not None and kept.patient.alliance is not None:
            assert kept.patient.alliance.value == pytest.approx(
                state.patient.alliance.value, abs=1e-6
            )
    assert (view.status, view.patient_code, view.condition) == ("closed", "P-1", "a")
    assert view.summary is not None
    assert left(service) == []


def test_the_same_session_twice_is_one_and_another_of_its_name_is_refused(
    clinic: Clinic,
) -> None:
    upload(clinic.supervisor, {"first.txt": TALK.encode()})
    again = upload(clinic.supervisor, {"first.txt": TALK.encode(), "new.txt": TALK.encode()})
    status = {one["label"]: one["status"] for one in again["result"]["sessions"]}
    assert status == {"first": "known", "new": "stored"}
    assert "known already" in again["message"]
    other = upload(clinic.supervisor, {"first.txt": (TALK + "T: One more.\n").encode()})
    assert other["status"] == "failed"
    [problem] = other["result"]["problems"]
    assert problem["file"] == "first.txt"
    assert problem["problem"] == (
        'there is a session called "first" already, and it has other content'
    )
    assert "first" not in other["message"]


def test_another_therapists_session_is_neither_read_nor_told_of(clinic: Clinic) -> None:
    upload(clinic.supervisor, {"first.txt": TALK.encode()})
    job = upload(clinic.therapist, {"first.txt": TALK.encode()})
    assert job["status"] == "failed"
    assert "may not see" in job["result"]["problems"][0]["problem"]


def test_patients_are_told_by_transcript_then_form_then_anew(
    clinic: Clinic, service: Service
) -> None:
    table = "session_id,patient_id,role,text\ns1,P-9,T,Hello.\ns1,P-9,P,Hello.\n"
    files = {"a.csv": table.encode(), "b.txt": TALK.encode()}
    upload(clinic.supervisor, files, {"patient_code": "P-5"})
    upload(clinic.supervisor, {"c.txt": TALK.encode(), "d.txt": TALK.encode()})
    with service.database.of(clinic.organisation_id) as db:
        store = SessionStore(db, service.vault, clinic.callers["supervisor"])
        found = {view.label: view.patient_code for view in store.sessions()}
        ids = {view.patient_id for view in store.sessions()}
    assert found == {"s1": "P-9", "b": "P-5", "c": "c", "d": "d"}
    assert len(ids) == 4


def test_a_therapists_upload_is_theirs_and_a_programs_its_own(
    clinic: Clinic, service: Service
) -> None:
    mine = upload(clinic.therapist, {"mine.txt": TALK.encode()})
    its = upload(clinic.program, {"its.txt": TALK.encode()})
    [of_me], [of_it] = mine["result"]["sessions"], its["result"]["sessions"]
    assert clinic.therapist.get(f"/api/v1/sessions/{of_me['id']}").status_code == 200
    assert clinic.therapist.get(f"/api/v1/sessions/{of_it['id']}").status_code == 404
    assert clinic.program.get(f"/api/v1/sessions/{of_me['id']}").status_code == 404
    assert clinic.therapist.get(f"/api/v1/jobs/{its['id']}").status_code == 404
    assert clinic.supervisor.get(f"/api/v1/jobs/{its['id']}").status_code == 200
    listed = [one["id"] for one in clinic.therapist.get("/api/v1/jobs").json()["jobs"]]
    assert listed == [mine["id"]]
    with service.database.of(clinic.organisation_id) as db:
        audited = db.scalars(
            select(AuditEntry.object_id).where(AuditEntry.action == "session.upload")
        ).all()
    assert set(audited) == {of_me["id"], of_it["id"]}


def test_another_organisation_sees_no_job(clinic: Clinic, other_clinic: Clinic) -> None:
    job = upload(clinic.supervisor, {"first.txt": TALK.encode()})
    for path in (f"jobs/{job['id']}", f"jobs/{job['id']}/stream"):
        assert other_clinic.admin.get(f"/api/v1/{path}").status_code == 404
    assert other_clinic.admin.post(f"/api/v1/jobs/{job['id']}/cancel").status_code == 404
    again = upload(other_clinic.supervisor, {"first.txt": (TALK + "T: More.\n").encode()})
    assert again["status"] == "done"


def test_roles_are_mapped_after_a_preview_without_sending_the_files_again(
    clinic: Clinic, service: Service
) -> None:
    answer = clinic.supervisor.post(
        "/api/v1/uploads/preview", files=sent({"a.txt": UNNAMED.encode()})
    )
    found = answer.json()
    [session] = found["sessions"]
    assert [one["role"] for one in session["speakers"]] == [None, None]
    assert session["speakers"][1]["first_words"] == "What kept you awake?"
    mapped = {"patient": ["Anna"], "therapist": ["Bee"]}
    again = clinic.supervisor.post(f"/api/v1/uploads/{found['id']}/preview", json=mapped).json()
    assert [one["role"] for one in again["sessions"][0]["speakers"]] == ["patient", "therapist"]
    assert again["sessions"][0]["problem"] is None
    sessions = clinic.supervisor.get("/api/v1/sessions").json()["sessions"]
    assert sessions == []
    for other in (clinic.admin, clinic.therapist):
        assert other.post(f"/api/v1/uploads/{found['id']}", json=mapped).status_code == 404
    begun = clinic.supervisor.post(f"/api/v1/uploads/{found['id']}", json=mapped)
    assert begun.status_code == 202
    job = finished(clinic.supervisor, found["id"])
    assert job["result"]["sessions"][0]["turns"] == 4
    assert clinic.supervisor.post(f"/api/v1/uploads/{found['id']}", json=mapped).status_code == 404
    assert left(service) == []


def test_columns_are_mapped_in_the_form(clinic: Clinic) -> None:
    table = b"who,what was said\nT,How are you?\nP,Tired.\n"
    fields = {"columns": ["text=what was said", "role=who"]}
    job = upload(clinic.supervisor, {"table.csv": table}, fields)
    assert job["result"]["sessions"][0]["turns"] == 2


def test_good_sessions_are_kept_beside_bad_ones_which_are_named_without_their_words(
    clinic: Clinic,
) -> None:
    files = {
        "good.txt": TALK.encode(),
        "secret.csv": b"role,text,start\nP,what nobody may read,soon\nT,ok,1\n",
        "notes.pdf": b"%PDF",
        "bomb.zip": packed({"../x.txt": b"x"}),
    }
    job = upload(clinic.supervisor, files)
    assert [one["label"] for one in job["result"]["sessions"]] == ["good"]
    assert job["result"]["left_out"] == ["notes.pdf"]
    found = {one["file"]: one for one in job["result"]["problems"]}
    assert found["secret.csv"]["line"] == 2
    assert found["secret.csv"]["field"] == "start"
    assert found["secret.csv"]["mend"]
    assert "bomb.zip" in found
    assert "nobody may read" not in json.dumps(job)


def test_ratings_of_whole_sessions_are_kept_and_others_are_told_of(clinic: Clinic) -> None:
    session = {
        "session_id": "rated",
        "turns": [
            {"role": "therapist", "text": "How are you?"},
            {"role": "patient", "text": "Tired.", "patient_rating": 3},
        ],
        "instrument": "SRS",
        "patient_ratings": {"total": 31},
        "observer_ratings": {"total": 20},
    }
    job = upload(clinic.supervisor, {"rated.json": json.dumps(session).encode()})
    [told] = job["result"]["sessions"]
    answer = clinic.supervisor.get(f"/api/v1/sessions/{told['id']}/ratings").json()
    assert [(one["rater"], one["value"]) for one in answer["ratings"]] == [("patient", 31.0)]
    assert job["result"]["notes"][0].startswith("2 ratings not kept")


def test_markup_in_words_and_names_is_kept_as_it_is_and_never_run(clinic: Clinic) -> None:
    evil = "<script>alert(1)</script>"
    text = f"T: {evil} and more\nP: '; DROP TABLE sessions; --\n"
    found = clinic.supervisor.post(
        "/api/v1/uploads/preview", files=sent({f"{evil}.txt".replace("/", ""): text.encode()})
    )
    assert found.headers["content-type"].startswith("application/json")
    assert found.json()["sessions"][0]["speakers"][0]["first_words"].startswith(evil)
    job = upload(clinic.supervisor, {"x.txt": text.encode()}, {"patient_code": f"{evil}'; --"})
    assert job["status"] == "done"


def test_a_stream_tells_of_the_job_until_it_ends(clinic: Clinic) -> None:
    job = clinic.supervisor.post("/api/v1/uploads", files=sent({"a.txt": TALK.encode()})).json()
    with clinic.supervisor.stream("GET", f"/api/v1/jobs/{job['id']}/stream") as answer:
        told = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: {")]
    assert told[-1]["status"] == "done"
    assert all(one["result"] is None for one in told)


@pytest.mark.parametrize("cut", ["listener", "known"])
def test_an_upload_begun_again_keeps_each_session_once(
    clinic: Clinic, service: Service, listener: Listener, cut: str
) -> None:
    """As after a crash: the same files are read from the beginning."""
    from attunement.web.uploads._storing import Keeping
    from attunement.wire import UploadOptions

    job = upload(clinic.supervisor, {"first.txt": TALK.encode()})
    keeping = Keeping(
        database=service.database,
        vault=service.vault,
        listener=listener,
        caller=clinic.callers["supervisor"],
        estimator="contrast",
        options=UploadOptions(),
        job_id=job["id"],
    )
    turns = (
        Turn(0, "therapist", "How have you been since last week?", "T"),
        Turn(1, "patient", "Tired. I did not do what we said.", "P"),
        Turn(2, "therapist", "What got in the way?", "T"),
        Turn(3, "patient", "I do not think that this helps me.\nNot really.", "P"),
    )
    label = "first" if cut == "known" else "second"
    kept = [keeping.keep(Session(label, turns)) for _ in range(2)]
    assert kept[0] == kept[1]
    assert kept[0].status == "stored"


def test_somebody_who_was_shut_out_meanwhile_keeps_nothing(
    clinic: Clinic, service: Service
) -> None:
    from sqlalchemy import update

    from attunement.web.storage import User

    service.jobs.stop()
    answer = clinic.therapist.post("/api/v1/uploads", files=sent({"a.txt": TALK.encode()}))
    with service.database.of(clinic.organisation_id) as db:
        db.execute(
            update(User).where(User.id == clinic.callers["therapist"].user_id).values(active=False)
        )
    from attunement.web.uploads import background

    again = background(
        settings=service.settings,
        database=service.database,
        vault=service.vault,
        listener=service.listener,
    )
    again.start()
    job = finished(clinic.supervisor, answer.json()["id"])
    again.stop()
    assert job["status"] == "failed"
    assert "may not keep sessions any more" in job["result"]["problems"][0]["problem"]
