"""Sessions, alarms, ratings and comparisons over the API, each caller with what is theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.clinic import Clinic
from tests.web.sessions.talk import begin, turn

from attunement.web._service import Service
from attunement.web.accounts import read_audit


def posted(client: TestClient, session_id: str, *, turns: int) -> None:
    for number in range(turns):
        answer = client.post(f"/api/v1/sessions/{session_id}/turns", json=turn(number))
        assert answer.status_code == 201, answer.text


def ids(client: TestClient, **query: Any) -> list[str]:
    found: list[str] = []
    before: str | None = None
    while True:
        page = client.get(
            "/api/v1/sessions",
            params={"limit": 2, **query, **({"before": before} if before else {})},
        ).json()
        found += [one["id"] for one in page["sessions"]]
        before = page["next"]
        if before is None:
            return found


def test_everybody_lists_what_they_may_see_and_nothing_else(
    clinic: Clinic, other_clinic: Clinic
) -> None:
    of_program = begin(clinic.program)
    of_therapist = begin(clinic.therapist)
    of_nobody = begin(clinic.supervisor)
    elsewhere = begin(other_clinic.program)
    assert set(ids(clinic.program)) == {of_program}
    assert set(ids(clinic.therapist)) == {of_therapist}
    assert set(ids(clinic.supervisor)) == {of_program, of_therapist, of_nobody}
    assert set(ids(clinic.admin)) == {of_program, of_therapist, of_nobody}
    for client in (clinic.program, clinic.therapist, clinic.admin):
        for session in {of_program, of_therapist, elsewhere} - set(ids(client)):
            for path in ("", "/turns", "/state", "/ratings", "/comparison"):
                assert client.get(f"/api/v1/sessions/{session}{path}").status_code == 404
            assert client.post(f"/api/v1/sessions/{session}/close").status_code == 404
            assert client.post(f"/api/v1/sessions/{session}/turns", json=turn(0)).status_code == 404


def test_sessions_are_listed_the_latest_first_page_by_page(clinic: Clinic) -> None:
    days = [3, 1, 2, 5, 4, 4]
    made = {
        begin(clinic.program, held_at=f"2026-03-0{day}T10:00:00+01:00", label=f"s{place}"): day
        for place, day in enumerate(days)
    }
    found = ids(clinic.program)
    assert sorted(found) == sorted(made)
    assert [made[one] for one in found] == sorted(days, reverse=True)
    first = clinic.program.get(f"/api/v1/sessions/{found[0]}").json()
    assert first["held_at"] == "2026-03-05T09:00:00Z"
    assert ids(clinic.program, status="closed") == []
    clinic.program.post(f"/api/v1/sessions/{found[3]}/close")
    assert ids(clinic.program, status="closed") == [found[3]]
    assert ids(clinic.program, patient_id=first["patient_id"]) == found


@pytest.mark.parametrize(
    "before", ["", "x", "1-2", "-" + "9" * 17 + "-" + "0" * 32, "0-" + "g" * 32]
)
def test_a_place_that_no_list_has_named_is_refused(clinic: Clinic, before: str) -> None:
    for path in ("sessions", "alarms"):
        answer = clinic.program.get(f"/api/v1/{path}", params={"before": before})
        assert answer.status_code == 422


def test_sessions_of_one_code_are_one_patients_and_labels_are_unique(clinic: Clinic) -> None:
    first = clinic.program.get(f"/api/v1/sessions/{begin(clinic.program, 'P-1', label='a')}").json()
    again = clinic.program.get(f"/api/v1/sessions/{begin(clinic.program, 'P-1', label='b')}").json()
    other = clinic.program.get(f"/api/v1/sessions/{begin(clinic.program, 'P-2', label='c')}").json()
    assert first["patient_id"] == again["patient_id"] != other["patient_id"]
    taken = clinic.program.post("/api/v1/sessions", json={"patient": "P-9", "label": "a"})
    assert (taken.status_code, taken.json()["field"]) == (409, "label")
    assert len(ids(clinic.program)) == 3


def test_a_session_is_its_therapists(clinic: Clinic, other_clinic: Clinic) -> None:
    therapist = clinic.callers["therapist"].user_id
    session = begin(clinic.program, therapist_id=therapist)
    told = clinic.therapist.get(f"/api/v1/sessions/{session}").json()
    assert told["therapist"] == clinic.callers["therapist"].name
    for client, named in (
        (clinic.program, other_clinic.callers["therapist"].user_id),
        (clinic.program, "0" * 32),
        (clinic.therapist, clinic.callers["supervisor"].user_id),
    ):
        refused = client.post("/api/v1/sessions", json={"patient": "P", "therapist_id": named})
        assert (refused.status_code, refused.json()["field"]) == (422, "therapist_id")


@pytest.mark.parametrize(
    "changes",
    [
        {"patient": ""},
        {"patient": "two\nlines"},
        {"patient": "\ud83d"},
        {"held_at": "2026-03-01T10:00:00"},
        {"held_at": "0001-01-01T00:00:00+23:59"},
        {"held_at": "9999-12-31T23:59:59-23:59"},
        {"number": 10**12},
        {"label": "x" * 201},
        {"therapist_id": "'; DROP TABLE users; --"},
        {"misspelt": 1},
    ],
)
def test_what_is_no_session_is_refused(clinic: Clinic, changes: dict[str, Any]) -> None:
    answer = clinic.program.post(
        "/api/v1/sessions",
        content=json.dumps({"patient": "P", **changes}),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert ids(clinic.program) == []


def test_alarms_are_listed_until_somebody_has_looked(clinic: Clinic) -> None:
    session = begin(clinic.therapist)
    posted(clinic.therapist, session, turns=10)
    (alarm,) = clinic.supervisor.get("/api/v1/alarms").json()["alarms"]
    assert (alarm["session_id"], alarm["turn"], alarm["kind"]) == (session, 9, "confrontation")
    assert alarm["words"] == ["You are not listening", "This is not helping"]
    assert clinic.program.get("/api/v1/alarms").json()["alarms"] == []
    assert clinic.program.post(f"/api/v1/alarms/{alarm['id']}/seen").status_code == 404
    seen = clinic.supervisor.post(f"/api/v1/alarms/{alarm['id']}/seen").json()
    assert seen["seen_by"] == clinic.callers["supervisor"].user_id
    assert clinic.therapist.post(f"/api/v1/alarms/{alarm['id']}/seen").json() == seen
    assert clinic.supervisor.get("/api/v1/alarms").json()["alarms"] == []
    everything = clinic.supervisor.get("/api/v1/alarms", params={"open": False}).json()
    assert everything["alarms"] == [seen]


def test_the_state_says_what_the_words_show_and_what_to_consider(clinic: Clinic) -> None:
    session = begin(clinic.program)
    before = clinic.program.get(f"/api/v1/sessions/{session}/state").json()
    assert (before["state"], before["signal"]["suggestion"]) == (None, None)
    posted(clinic.program, session, turns=10)
    now = clinic.program.get(f"/api/v1/sessions/{session}/state").json()
    assert (now["n_turns"], now["state"]["turn"]) == (10, 9)
    signal = now["signal"]
    assert (signal["about"], signal["turn"]) == ("confrontation", 9)
    assert "At turn 9" in signal["suggestion"]
    assert signal["alarms"][0]["words"] == ["You are not listening", "This is not helping"]
    assert "not a risk assessment" in signal["note"]


@pytest.mark.parametrize(
    ("instrument", "values"),
    [
        ("WAI-SR", {"task": 99}),
        ("WAI-SR", {"task": 0.5}),
        ("wai sr", {"bond": 99}),
        ("own", {"task": None}),
        ("own", {"task": "high"}),
        ("own", {"": 1}),
        ("own", {"a\nb": 1}),
        ("own", {}),
        ("", {"task": 1}),
        ("own", {"task": 1e300}),
    ],
)
def test_a_rating_outside_its_scale_is_refused(
    clinic: Clinic, instrument: str, values: dict[str, Any]
) -> None:
    session = begin(clinic.therapist)
    path = f"/api/v1/sessions/{session}/ratings"
    body = {"rater": "therapist", "instrument": instrument, "values": values}
    assert clinic.therapist.post(path, json=body).status_code == 422
    assert clinic.therapist.get(path).json()["ratings"] == []


def test_reading_is_noted_once_a_sitting_and_listing_is_not(
    clinic: Clinic, service: Service
) -> None:
    session = begin(clinic.therapist)
    posted(clinic.therapist, session, turns=3)
    ids(clinic.supervisor)

    def readers() -> list[str | None]:
        with service.database.of(clinic.organisation_id) as db:
            return [one.user_id for one in read_audit(db, limit=100, action="session.read")]

    assert readers() == []
    for _ in range(3):
        clinic.supervisor.get(f"/api/v1/sessions/{session}/turns")
        clinic.supervisor.get(f"/api/v1/sessions/{session}/state")
    clinic.therapist.get(f"/api/v1/sessions/{session}/turns")
    assert readers() == [clinic.callers["therapist"].user_id, clinic.callers["supervisor"].user_id]


def test_nothing_that_was_said_stands_in_the_database_or_the_journal(
    clinic: Clinic, service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    session = begin(clinic.therapist, "Code-of-somebody", label="Label-of-somebody")
    posted(clinic.therapist, session, turns=10)
    clinic.therapist.post(f"/api/v1/sessions/{session}/turns", json=turn(4))
    clinic.therapist.post(f"/api/v1/sessions/{session}/turns", json=turn(0, text="Said otherwise"))
    file = service.database.file
    assert file is not None
    stored = b"".join(one.read_bytes() for one in file.parent.glob("attunement.db*"))
    told = "".join(capfd.readouterr())
    assert "request.answered" in told
    for words in (turn(1)["text"], turn(9)["text"], "Code-of-", "Label-of-", "Said otherwise"):
        assert words.encode() not in stored
        assert words not in told
