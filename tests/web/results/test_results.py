"""The sample, uploaded: its language and its gap are what the commands find, and only for those
who may see them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from starlette.testclient import TestClient
from tests.web.clinic import ADDRESS, Clinic, open_clinic
from tests.web.waiting import PATIENCE, finished

from attunement.alliance import Contrast, Scorer, embed
from attunement.embedding import CachedEncoder, VectorCache
from attunement.gap import GapOptions, analyze_scores
from attunement.instruments import load_anchors, load_inventory
from attunement.live import Listener
from attunement.sample import sample_folder
from attunement.transcripts import Corpus
from attunement.web._app import create_app
from attunement.web._service import Service
from attunement.web._settings import Settings
from attunement.web.results import _conditions_work, _reader, _usual
from attunement.web.results._store import Closed, LanguageStore
from attunement.web.storage import TherapySession, drop_results_of

DRAWS = 199


def until(told: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := told()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_conditions_work, "DRAWS", DRAWS)
        patch.setattr(_usual, "FEWEST_OTHERS", 10)
        yield


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, listener: Listener, quick: None
) -> Iterator[FastAPI]:
    """One service for this module, as reading the sample takes seconds."""
    settings = Settings(data_folder=tmp_path_factory.mktemp("results"))
    made = create_app(settings, listener=listener)
    with TestClient(made, base_url=ADDRESS) as client:
        made.state.client = client
        yield made


SILENT = "a session in which nothing was said"


@pytest.fixture(scope="module")
def service(app: FastAPI) -> Service:
    running: Service = app.state.service
    return running


@pytest.fixture(scope="module")
def clinic(app: FastAPI) -> Clinic:
    """With the sample in it as if the sessions were its own, read and compared."""
    made = open_clinic(app, name="Elm Street", like=app.state.client)
    job = finished(made.supervisor, made.supervisor.post("/api/v1/uploads/sample").json()["id"])
    assert job["status"] == "done"
    told = made.supervisor.get("/api/v1/sessions?limit=100").json()["sessions"]
    assert all(one["fictional"] for one in told), "the sample is marked"
    mark(app.state.service, made, fictional=False)
    silent = made.supervisor.post("/api/v1/sessions", json={"patient": "P0", "label": SILENT})
    made.supervisor.post(f"/api/v1/sessions/{silent.json()['id']}/close")
    made.supervisor.post("/api/v1/conditions")
    until(lambda: _conditions(made)["status"] == "ready")
    return made


def mark(service: Service, clinic: Clinic, *, fictional: bool) -> None:
    with service.database.of(clinic.organisation_id) as db:
        db.execute(update(TherapySession).values(fictional=fictional))


@pytest.fixture(scope="module")
def ids(clinic: Clinic) -> dict[str, str]:
    sessions = clinic.supervisor.get("/api/v1/sessions?limit=100").json()["sessions"]
    return {one["label"]: one["id"] for one in sessions if one["label"] != SILENT}


def test_a_session_without_words_counts_for_nothing_and_leaves_the_gap_up_to_date(
    clinic: Clinic, ids: dict[str, str]
) -> None:
    found = _conditions(clinic)
    assert (found["n_sessions"], found["stale"], found["added"]) == (len(ids), False, 0)


def _conditions(clinic: Clinic) -> dict[str, Any]:
    found: dict[str, Any] = clinic.supervisor.get("/api/v1/conditions").json()
    return found


def _language(clinic: Clinic, session_id: str) -> dict[str, Any]:
    def read() -> dict[str, Any] | None:
        answer = clinic.supervisor.get(f"/api/v1/sessions/{session_id}/language")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found if found["topics"] else None

    found: dict[str, Any] = until(read)
    return found


def test_the_gap_is_the_one_that_the_command_finds(
    clinic: Clinic, ids: dict[str, str], listener: Listener
) -> None:
    with sample_folder() as folder:
        sessions = list(Corpus(folder))
    cache = VectorCache()
    scorer = Scorer(
        estimators=[Contrast(bank=load_anchors(), inventory=load_inventory())],
        encoder=CachedEncoder(listener.encoder, cache),
    ).fit()
    scored = scorer.score_embedded(embed(sessions, listener.encoder))
    cache.close()
    expected = analyze_scores(
        scored.scores,
        scored.sessions,
        on_common_scale=False,
        ratings=scored.ratings,
        options=GapOptions(draws=DRAWS),
    )
    found = _conditions(clinic)
    assert found["n_sessions"] == len(sessions) == len(ids)
    assert len(found["controls"]) == expected.controls.height
    key = ["family", "effect", "group", "reference", "instrument", "scale"]
    own = pl.DataFrame(found["effects"], infer_schema_length=None).with_columns(
        pl.col(*key).cast(pl.String)
    )
    both = expected.effects.join(own, on=key, nulls_equal=True, how="inner", suffix="_own")
    assert both.height == expected.effects.height == own.height
    for column in ("estimate", "n_sessions", "n_patients"):
        apart = both.select((pl.col(column) - pl.col(f"{column}_own")).abs().max()).item()
        assert apart < 1e-4, column
    assert found["levels"]
    assert found["trajectories"]
    part = found["section"]["parts"][0]
    assert part["heading"] == "The role difference, inferred from words"
    assert part["forest"].startswith("<svg")
    assert "overestim" not in str(found["section"]["parts"][0]["found"])


def test_a_sessions_markers_stand_beside_what_is_usual_elsewhere(
    clinic: Clinic, ids: dict[str, str]
) -> None:
    found = _language(clinic, ids["anx-01"])
    assert (found["status"], found["english"], found["other_sessions"]) == ("ready", True, 19)
    lengths = {one["side"]: one for one in found["markers"] if one["marker"] == "turn_length"}
    assert set(lengths) == {"patient", "therapist"}
    usual = lengths["patient"]["usual"]
    assert usual["sessions"] == 19
    assert usual["low"] <= usual["median"] <= usual["high"]
    turns = clinic.supervisor.get(f"/api/v1/sessions/{ids['anx-01']}/turns").json()["turns"]
    spoken = [one["text"].split() for one in turns if one["role"] == "patient"]
    assert lengths["patient"]["value"] == pytest.approx(
        sum(map(len, spoken)) / len(spoken), rel=0.05
    )
    acts = {one["act"] for one in found["turns"] if one["role"] == "therapist"}
    assert acts & {"open_question", "closed_question", "reflection"}
    assert all(one["act"] is None for one in found["turns"] if one["role"] == "patient")


def test_topics_are_told_of_every_turn_and_add_up(clinic: Clinic, ids: dict[str, str]) -> None:
    found = _language(clinic, ids["anx-01"])
    known = {one["topic"] for one in found["topics"]}
    assert {one["topic"] for one in found["turns"]} == known
    assert sum(one["patient"] for one in found["topics"]) == pytest.approx(1)
    for part in {one["part"] for one in found["course"]}:
        shares = [one["share"] for one in found["course"] if one["part"] == part]
        assert sum(shares) == pytest.approx(1)


def test_a_new_session_makes_the_gap_stale_and_is_told_the_topics_there_are(
    clinic: Clinic, ids: dict[str, str]
) -> None:
    before = _language(clinic, ids["anx-01"])
    assert not _conditions(clinic)["stale"]
    talk = "T: How was the night?\nP: I did not sleep, I lay awake and heard the door shut.\n" * 8
    answer = clinic.supervisor.post(
        "/api/v1/uploads", files=[("files", ("late.txt", talk.encode()))]
    )
    job = finished(clinic.supervisor, answer.json()["id"])
    found = _conditions(clinic)
    assert (found["stale"], found["added"], found["gone"]) == (True, 1, 0)
    assert (found["changed"], found["fictional"]) == (["sessions"], False)
    late = _language(clinic, job["result"]["sessions"][0]["id"])
    names = {one["topic"]: one["name"] for one in before["topics"]}
    assert all(names.get(one["topic"], one["name"]) == one["name"] for one in late["topics"])
    assert late["other_sessions"] == 20


def test_ratings_that_the_gap_does_not_know_make_it_stale(
    clinic: Clinic, ids: dict[str, str]
) -> None:
    path = f"/api/v1/sessions/{ids['anx-02']}/ratings"
    body = {"rater": "therapist", "instrument": "our own", "values": {"task": 3.0}}
    before = _conditions(clinic)["changed"]
    clinic.supervisor.post(path, json=body)
    found = _conditions(clinic)
    assert (found["stale"], found["changed"]) == (True, [*before, "ratings"])


def test_another_model_and_other_conditions_make_it_stale(
    clinic: Clinic, ids: dict[str, str], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(_reader, "VERSION", 0)
        assert _conditions(clinic)["changed"][-1] == "model"
    supervisor = clinic.callers["supervisor"].user_id
    with service.database.of(clinic.organisation_id) as db:
        row = db.scalars(select(TherapySession).where(TherapySession.id == ids["anx-02"])).one()
        row.therapist_id = supervisor
    assert "conditions" in _conditions(clinic)["changed"]
    with service.database.of(clinic.organisation_id) as db:
        row = db.scalars(select(TherapySession).where(TherapySession.id == ids["anx-02"])).one()
        row.therapist_id = None


def test_the_sample_counts_until_there_are_others(app: FastAPI, service: Service) -> None:
    other = open_clinic(app, name="Quay", like=app.state.client)

    def upload(name: str) -> str:
        talk = f"T: How was {name}?\nP: It was long, and I heard the door shut.\n" * 4
        sent = other.supervisor.post(
            "/api/v1/uploads", files=[("files", (f"{name}.txt", talk.encode()))]
        )
        job = finished(other.supervisor, sent.json()["id"])
        found: str = job["result"]["sessions"][0]["id"]
        return found

    def closed() -> Closed:
        with service.database.of(other.organisation_id) as db:
            return LanguageStore(db, service.vault).closed()

    invented = [upload("monday"), upload("tuesday")]
    mark(service, other, fictional=True)
    assert (set(closed().counted), closed().left_out, closed().fictional) == (
        set(invented),
        [],
        True,
    )
    assert (_conditions(other)["fictional"], _conditions(other)["added"]) == (True, 2)
    own = upload("friday")
    assert (closed().counted, set(closed().left_out), closed().fictional) == (
        [own],
        set(invented),
        False,
    )
    found = _conditions(other)
    assert (found["fictional"], found["added"], found["sample_left_out"]) == (False, 1, 2)

    def read(session_id: str) -> dict[str, Any] | None:
        told: dict[str, Any] = other.supervisor.get(
            f"/api/v1/sessions/{session_id}/language"
        ).json()
        return told if told["status"] == "ready" else None

    for session_id in (own, *invented):
        told = until(lambda session_id=session_id: read(session_id))  # type: ignore[misc]
        assert (told["other_sessions"], told["compared"]) == (0, 0)
        assert told["fictional"] == (session_id != own)
    assert told["no_topics"].startswith("Invented sessions are left out")


def test_who_may_not_see_all_sessions_sees_no_gap(clinic: Clinic, ids: dict[str, str]) -> None:
    for client in (clinic.therapist, clinic.program):
        assert client.get("/api/v1/conditions").status_code == 403
        assert client.post("/api/v1/conditions").status_code == 403
        assert client.get(f"/api/v1/sessions/{ids['anx-01']}/language").status_code == 404


def test_another_organisation_sees_nothing_of_it(
    app: FastAPI, clinic: Clinic, ids: dict[str, str]
) -> None:
    other = open_clinic(app, name="Harbour", like=app.state.client)
    assert other.admin.get(f"/api/v1/sessions/{ids['anx-01']}/language").status_code == 404
    assert _conditions(other)["status"] == "none"
    other.admin.post("/api/v1/conditions")
    until(lambda: _conditions(other)["job"] is None)
    assert _conditions(other)["status"] == "none"


def test_nothing_that_was_found_lies_open_in_the_database(
    clinic: Clinic, ids: dict[str, str], service: Service
) -> None:
    _language(clinic, ids["anx-01"])
    kept = b"".join(
        path.read_bytes() for path in service.settings.data_folder.glob("attunement.db*")
    )
    name = _language(clinic, ids["anx-01"])["topics"][0]["name"].encode()
    assert name not in kept
    assert b"turn_length" not in kept
    assert b"p_holm" not in kept


def test_what_tells_of_an_erased_patient_goes_and_topics_are_found_anew(
    clinic: Clinic, ids: dict[str, str], service: Service
) -> None:
    """Last in this module, as it takes the results away."""
    _language(clinic, ids["anx-01"])
    with service.database.of(clinic.organisation_id) as db:
        gone = db.scalars(select(TherapySession).where(TherapySession.id == ids["dep-01"])).one()
        assert drop_results_of(db, patient_id=gone.patient_id) >= 3
    assert _conditions(clinic)["status"] == "none"
    found = clinic.supervisor.get(f"/api/v1/sessions/{ids['anx-01']}/language").json()
    assert found["topics"] == []
    assert found["markers"][0]["usual"] is None
    assert _language(clinic, ids["anx-01"])["other_sessions"] >= 19
