"""A service with a model fitted on a questionnaire: estimates and ratings on one scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.alliance.fitted.invented import ENCODER, corpus
from tests.web.clinic import ADDRESS, Clinic, open_clinic
from tests.web.sessions.talk import begin, turn

from attunement.alliance.fitted import FittedModel, fit_model, gather, rated_sessions
from attunement.live import Listener
from attunement.web._app import create_app
from attunement.web._service import Service
from attunement.web._settings import Settings
from attunement.web.sessions import SessionStore


@pytest.fixture(scope="module")
def model() -> FittedModel:
    material = gather(corpus(), ENCODER)
    return fit_model(material, rated_sessions(material, material.ratings))


@pytest.fixture
def clinic(settings: Settings, model: FittedModel) -> Iterator[Clinic]:
    app = create_app(settings, listener=Listener(ENCODER, model).fit())
    with TestClient(app, base_url=ADDRESS) as client:
        yield open_clinic(app, name="Elm Street", like=client)


@pytest.fixture
def therapist(clinic: Clinic) -> TestClient:
    return clinic.therapist


def rated(clinic: Clinic, session: str, instrument: str, scale: str, value: float) -> Any:
    """Rate without the check of ranges, which intervals may leave, and compare."""
    client = clinic.therapist
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    with service.database.of(clinic.organisation_id) as db:
        SessionStore(db, service.vault, clinic.callers["therapist"]).rate(
            session, rater="therapist", instrument=instrument, values={scale: value}
        )
    return client.get(f"/api/v1/sessions/{session}/comparison").json()


def test_own_rating_is_held_against_the_interval_of_the_estimated_one(
    clinic: Clinic, therapist: TestClient, model: FittedModel
) -> None:
    session = begin(therapist)
    sessions = [session, *(begin(therapist) for _ in range(3))]
    for one in sessions:
        for number in range(8):
            body = turn(number)
            assert therapist.post(f"/api/v1/sessions/{one}/turns", json=body).status_code == 201
    scale = next(one for one in model.scales if one.perspective == "patient")
    found = rated(clinic, session, scale.instrument, scale.scale, 1.0)
    (first,) = found["on_one_scale"]
    assert found["on_common_scale"] is True
    assert first["low"] < first["inferred_patient"] < first["high"]
    for other, value, signal in (
        (sessions[1], first["low"] - 0.01, "under"),
        (sessions[2], first["low"] + 0.01, "within"),
        (sessions[3], first["high"] + 0.01, "over"),
    ):
        (one,) = rated(clinic, other, scale.instrument, scale.scale, value)["on_one_scale"]
        assert one["signal"] == signal
        assert one["therapist_rated"] == value
        assert one["difference"] == pytest.approx(value - first["inferred_patient"])
        # Who has posted a session's turns has had its figures in the answers.
        assert one["seen_before"] is True
        (still,) = rated(clinic, other, scale.instrument, scale.scale, 2.0)["on_one_scale"]
        assert still == one
    state = therapist.get(f"/api/v1/sessions/{session}/state").json()["state"]
    assert (state["estimator"], state["on_common_scale"]) == ("fitted", True)


def test_a_rating_on_another_questionnaire_is_not_subtracted(
    clinic: Clinic, therapist: TestClient, model: FittedModel
) -> None:
    session = begin(therapist)
    therapist.post(f"/api/v1/sessions/{session}/turns", json=turn(0))
    therapist.post(f"/api/v1/sessions/{session}/turns", json=turn(1))
    found = rated(clinic, session, "our own form", model.scales[0].scale, 3.0)
    assert (found["on_common_scale"], found["on_one_scale"]) == (False, [])
    assert found["missing"]


def test_a_session_heard_without_the_model_takes_no_turns_of_one_with_it(
    therapist: TestClient, settings: Settings, listener: Listener
) -> None:
    session = begin(therapist)
    therapist.post(f"/api/v1/sessions/{session}/turns", json=turn(0))
    app = create_app(settings, listener=listener)
    with TestClient(app, base_url=ADDRESS) as client:
        assert client.app is app
        other = TestClient(app, base_url=ADDRESS, headers=dict(therapist.headers))
        other.portal = client.portal
        for name, value in therapist.cookies.items():
            other.cookies.set(name, value)
        refused = other.post(f"/api/v1/sessions/{session}/turns", json=turn(1))
        assert refused.status_code == 409
        assert "another model" in refused.json()["detail"]
