"""Every organisation's sessions are heard with its own rate of false alarms."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.clinic import Clinic
from tests.web.sessions.talk import begin, turn

from attunement.live import Alarms, Listener
from attunement.live._alarms import PER_TURNS
from attunement.transcripts import Session, Turn
from attunement.web._service import Service
from attunement.web.accounts import AlarmRate, alarm_rate
from attunement.web.accounts import _organisation as organisations
from attunement.web.sessions import HeardTurn, SessionStore

PATH = "/api/v1/organisation"
TURNS = 24


def spoken() -> list[Turn]:
    bodies = [turn(number) for number in range(TURNS)]
    return [Turn(turn=one["number"], role=one["role"], text=one["text"]) for one in bodies]


def levels(client: TestClient, session: str, first: int, last: int) -> list[float]:
    """Post turns and give the level of falling after each."""
    found = []
    for number in range(first, last):
        answer = client.post(f"/api/v1/sessions/{session}/turns", json=turn(number))
        assert answer.status_code == 201, answer.text
        found.append(answer.json()["levels"]["falling"])
    return found


def expected(listener: Listener, alarms: Alarms | None) -> list[float]:
    states = listener.batch(Session(session_id="s", turns=tuple(spoken())), alarms=alarms)
    return [state.levels["falling"] for state in states]


def test_what_is_set_holds_for_sessions_begun_afterwards(
    clinic: Clinic, other_clinic: Clinic, listener: Listener, service: Service
) -> None:
    before = begin(clinic.program)
    changed = clinic.admin.patch(PATH, json={"false_alarms": 1.0, "patient_turns": 12}).json()
    assert (changed["false_alarms"], changed["typical_turns"]) == (1.0, 12)
    after, elsewhere = begin(clinic.program), begin(other_clinic.program)
    own = expected(listener, Alarms(false_alarms=1.0, per_turns=12))
    usual = expected(listener, None)
    assert own != usual
    told = clinic.program.get(f"/api/v1/sessions/{after}").json()
    assert (told["false_alarms"], told["typical_turns"]) == (1.0, 12)
    assert levels(clinic.program, before, 0, TURNS) == usual
    assert levels(other_clinic.program, elsewhere, 0, TURNS) == usual
    half = levels(clinic.program, after, 0, TURNS // 2)
    # Neither another setting nor a monitor made anew changes how a session is heard.
    clinic.admin.patch(PATH, json={"false_alarms": 0.05, "patient_turns": None})
    service.listening.forget(after)
    assert half + levels(clinic.program, after, TURNS // 2, TURNS) == own


@pytest.mark.parametrize(
    "wrong",
    [{"false_alarms": 0}, {"false_alarms": 1.5}, {"patient_turns": 8}, {"patient_turns": 1001}],
)
def test_what_cannot_be_had_is_refused(clinic: Clinic, wrong: dict[str, Any]) -> None:
    assert clinic.admin.patch(PATH, json=wrong).status_code == 422
    found = clinic.admin.get(PATH).json()
    assert (found["false_alarms"], found["patient_turns"]) == (0.1, None)


def test_what_is_left_out_stays(clinic: Clinic) -> None:
    clinic.admin.patch(PATH, json={"false_alarms": 0.2, "patient_turns": 30})
    clinic.admin.patch(PATH, json={"name": "Elm Street 2"})
    found = clinic.admin.get(PATH).json()
    assert (found["name"], found["false_alarms"], found["patient_turns"]) == (
        "Elm Street 2",
        0.2,
        30,
    )


def test_the_page_sets_both(clinic: Clinic) -> None:
    form = {"name": "Elm", "false_alarms": "0.25", "patient_turns": "20"}
    assert clinic.admin.post("/people/organisation", data=form).status_code == 303
    found = clinic.admin.get(PATH).json()
    assert (found["false_alarms"], found["patient_turns"]) == (0.25, 20)
    assert 'value="0.25"' in clinic.admin.get("/people").text
    refused = clinic.admin.post("/people/organisation", data={**form, "patient_turns": "8"})
    assert refused.status_code == 422
    clinic.admin.post("/people/organisation", data={**form, "patient_turns": ""})
    assert clinic.admin.get(PATH).json()["patient_turns"] is None


def test_unless_it_is_set_a_session_is_as_long_as_the_organisations_own(
    clinic: Clinic, listener: Listener, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = listener.batch(Session(session_id="s", turns=tuple(spoken())))
    heard = [
        HeardTurn(f"t{one.turn}", one, state) for one, state in zip(spoken(), states, strict=True)
    ]
    monkeypatch.setattr(organisations, "_ENOUGH_SESSIONS", 3)

    def add(*, fictional: bool = False, open_still: bool = False) -> None:
        with service.database.of(clinic.organisation_id) as db:
            store = SessionStore(db, service.vault, clinic.callers["admin"])
            view = store.create(patient="P", estimator="contrast", fictional=fictional)
            store.append(view.id, heard)
            if not open_still:
                store.close(view.id)

    def typical() -> int:
        with service.database.of(clinic.organisation_id) as db:
            rate = alarm_rate(db, organisation_id=clinic.organisation_id)
        assert rate == AlarmRate(0.1, rate.typical_turns)
        return rate.typical_turns

    for _ in range(2):
        add()
    add(fictional=True)
    add(open_still=True)
    assert typical() == 45 == PER_TURNS
    add()
    assert typical() == TURNS // 2
    clinic.admin.patch(PATH, json={"patient_turns": 60})
    assert typical() == 60
