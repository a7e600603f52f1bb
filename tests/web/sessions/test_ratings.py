"""A therapist's first answer, given without the figures in sight, is the one that is compared."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.clinic import Clinic
from tests.web.sessions.talk import begin, turn

from attunement.web._service import Service
from attunement.web.sessions import SessionStore
from attunement.web.sessions._forms import measure_of
from attunement.web.sessions._places import by_chance, place_among


def held(clinic: Clinic, *, shift: int = 0, turns: int = 4) -> str:
    """Have a program post a session of the therapist's, who sees nothing of it."""
    session = begin(clinic.program, therapist_id=clinic.callers["therapist"].user_id)
    for number in range(turns):
        body = turn(number, text=turn(number + shift)["text"])
        posted = clinic.program.post(f"/api/v1/sessions/{session}/turns", json=body)
        assert posted.status_code == 201, posted.text
    return session


def rate(
    client: TestClient, session: str, /, instrument: str = "WAI-SR", **values: float
) -> list[dict[str, Any]]:
    body = {"rater": "therapist", "instrument": instrument, "values": values}
    answer = client.post(f"/api/v1/sessions/{session}/ratings", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["ratings"]
    return found


def compared(client: TestClient, session: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/sessions/{session}/comparison").json()
    return found


def test_the_first_answer_stays_beside_what_stands_now(clinic: Clinic) -> None:
    session = held(clinic)
    (first,) = rate(clinic.therapist, session, task=3.0)
    assert (first["value"], first["first_value"], first["changed_at"]) == (3.0, 3.0, None)
    assert rate(clinic.therapist, session, task=3.0) == [first]
    again = {one["scale"]: one for one in rate(clinic.therapist, session, task=5.0, bond=4.0)}
    task = again["task"]
    assert (task["value"], task["first_value"]) == (5.0, 3.0)
    assert task["created_at"] == first["created_at"] < task["changed_at"]
    assert (again["bond"]["first_value"], again["bond"]["changed_at"]) == (4.0, None)


def test_an_answer_says_whether_figures_had_been_seen_before_it(clinic: Clinic) -> None:
    session = held(clinic)
    (task,) = rate(clinic.therapist, session, task=3.0)
    assert task["seen_before"] is False
    clinic.therapist.get(f"/api/v1/sessions/{session}/state")
    found = {one["scale"]: one["seen_before"] for one in rate(clinic.therapist, session, bond=4.0)}
    assert found == {"task": False, "bond": True}
    after = {one["scale"]: one["seen_before"] for one in rate(clinic.therapist, session, task=1.0)}
    assert after == found


def test_somebody_elses_reading_is_not_the_therapists(clinic: Clinic) -> None:
    session = held(clinic)
    clinic.supervisor.get(f"/api/v1/sessions/{session}/turns")
    assert rate(clinic.therapist, session, task=3.0)[0]["seen_before"] is False


def test_who_has_posted_a_turn_has_had_its_figures(clinic: Clinic) -> None:
    session = begin(clinic.therapist)
    clinic.therapist.post(f"/api/v1/sessions/{session}/turns", json=turn(0))
    assert rate(clinic.therapist, session, task=3.0)[0]["seen_before"] is True


def test_of_a_program_and_of_patients_it_is_not_known(clinic: Clinic) -> None:
    session = held(clinic)
    assert rate(clinic.program, session, task=3.0)[0]["seen_before"] is None
    body = {"rater": "patient", "instrument": "WAI-SR", "values": {"task": 2.0}}
    found = clinic.therapist.post(f"/api/v1/sessions/{session}/ratings", json=body).json()
    assert [(one["rater"], one["seen_before"]) for one in found["ratings"]] == [
        ("patient", None),
        ("therapist", None),
    ]


def test_own_sessions_are_blind_until_they_are_rated_or_looked_at(
    clinic: Clinic, service: Service
) -> None:
    def blind(role: str) -> set[str]:
        with service.database.of(clinic.organisation_id) as db:
            store = SessionStore(db, service.vault, clinic.callers[role])  # type: ignore[index]
            return set(store.blind(store.sessions()))

    rated, read, left = held(clinic), held(clinic, shift=2), held(clinic, shift=4)
    of_nobody, without_turns = begin(clinic.supervisor), held(clinic, turns=0)
    assert {rated, read, left} == blind("therapist")
    assert of_nobody not in blind("therapist")
    assert without_turns not in blind("therapist")
    rate(clinic.therapist, rated, task=3.0)
    clinic.therapist.get(f"/api/v1/sessions/{read}/turns")
    clinic.supervisor.get(f"/api/v1/sessions/{left}/turns")
    assert blind("therapist") == {left}
    assert blind("supervisor") == blind("service") == set()


def test_places_are_of_first_answers_and_nothing_is_subtracted(clinic: Clinic) -> None:
    values = [3.0, 4.0, 4.0, 5.0, 2.0, 1.0, 3.5, 4.5, 2.5, 1.5]
    sessions = [held(clinic, shift=2 * place) for place in range(len(values))]
    for session, value in zip(sessions, values, strict=True):
        rate(clinic.therapist, session, task=value)
    few = compared(clinic.therapist, sessions[0])
    assert few["side_by_side"] == []
    assert few["missing"].startswith("A place needs at least 10 other sessions")
    assert few["without_place"][0]["reason"].endswith("there are 9.")
    last = held(clinic, shift=1)
    rate(clinic.therapist, last, task=4.0)
    rate(clinic.therapist, last, task=1.0)
    sessions.append(last)
    told = compared(clinic.therapist, sessions[1])
    assert (told["on_common_scale"], told["missing"]) == (False, None)
    (beside,) = told["side_by_side"]
    rated, inferred = beside["therapist_rated"], beside["inferred_patient"]
    assert (rated["lower"], rated["equal"], rated["higher"], rated["others"]) == (6, 2, 2, 10)
    assert beside["seen_before"] is False
    states = [
        clinic.supervisor.get(f"/api/v1/sessions/{one}/state").json()["state"] for one in sessions
    ]
    heard = [state["patient"]["task"]["value"] for state in states]
    assert inferred["value"] == heard[1]
    assert inferred["lower"] == sum(one < heard[1] for one in heard)
    assert inferred["lower"] + inferred["equal"] + inferred["higher"] == 10
    assert "6 are lower, 2 equal and 2 higher" in beside["summary"]
    assert f"about {round(100 * beside['chance'])} of 100" in beside["summary"]
    assert "not subtracted" in beside["summary"]
    assert "over" not in beside["summary"].split()


def test_what_is_no_form_of_the_alliance_has_no_place(clinic: Clinic) -> None:
    session = held(clinic)
    rate(clinic.therapist, session, "PHQ-9", total=21.0)
    told = compared(clinic.therapist, session)
    (without,) = told["without_place"]
    assert (without["instrument"], without["scale"]) == ("PHQ-9", "total")
    assert without["reason"].startswith("Nothing inferred is of the same")


def test_a_session_that_nobody_rated_says_so(clinic: Clinic) -> None:
    told = compared(clinic.therapist, begin(clinic.therapist))
    assert told["missing"].startswith("The therapist has not rated")


@pytest.mark.parametrize(
    ("instrument", "scale", "measure"),
    [
        ("WAI-SR", "Task", "task"),
        ("wai sr", "total", "alliance"),
        ("SRS", "overall", "alliance"),
        ("three questions", "goal", "goal"),
        ("three questions", "alliance", "alliance"),
        ("SRS", "approach", None),
        ("PHQ-9", "total", None),
        ("PHQ-9", "task", None),
        ("our own", "alliance", None),
    ],
)
def test_scales_of_known_forms_alone_have_a_measure(
    instrument: str, scale: str, measure: str | None
) -> None:
    assert measure_of(instrument, scale) == measure


def test_chance_is_counted_over_all_pairs_of_places() -> None:
    # Five sessions without ties: of 25 pairs of places, 12 lie two or more apart.
    assert by_chance([2, 1, 3, 4, 5], [4, 1, 2, 3, 5]) == 12 / 25
    assert by_chance([1, 2, 3, 4, 5], [5, 1, 2, 3, 4]) == 2 / 25
    assert by_chance([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]) == 1


def test_ties_share_a_place_and_clash_with_nothing() -> None:
    place = place_among(6, [6, 6, 6, 6], unit="u")
    assert (place.lower, place.equal, place.higher) == (0, 4, 0)
    # All are in the middle by the one: the ends of the other are as far as it goes.
    assert by_chance([6, 6, 6, 6, 6], [5, 1, 2, 3, 4]) == 2 / 5
