"""Health, readiness and counters: told to whom they are for, and nothing about anybody."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient
from tests.web.clinic import ADDRESS

from attunement.errors import UsageError
from attunement.live import Listener
from attunement.web._app import create_app
from attunement.web._service import Service
from attunement.web._settings import Settings

TOKEN = "0123456789abcdef" * 4
LOOPBACK = ("127.0.0.1", 5000)


@pytest.fixture
def here(app: FastAPI, client: TestClient) -> TestClient:
    """A program on this machine."""
    return TestClient(app, base_url=ADDRESS, client=LOOPBACK, raise_server_exceptions=False)


def test_a_running_service_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "alive"}
    assert client.get("/ready").json() == {"status": "ready"}
    assert client.head("/ready").status_code == 200


def test_before_it_has_started_it_is_alive_and_not_ready(app: FastAPI) -> None:
    stranger = TestClient(app, base_url=ADDRESS)
    assert stranger.get("/health").status_code == 200
    answer = stranger.get("/ready")
    assert (answer.status_code, answer.json()["parts"]) == (503, ["starting"])


def test_once_it_is_told_to_stop_it_is_alive_and_not_ready(
    app: FastAPI, client: TestClient
) -> None:
    app.state.operations.closing.begin()
    assert client.get("/health").status_code == 200
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["parts"]) == (503, ["stopping"])
    assert answer.headers["retry-after"] == "5"


def test_without_its_database_it_names_the_part_and_no_more(
    client: TestClient, service: Service, settings: Settings
) -> None:
    service.database.close()
    settings.data_folder.joinpath("attunement.db").write_bytes(b"not a database at all" * 400)
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "parts": ["database"]}


def test_tables_of_another_version_are_not_ready(client: TestClient, service: Service) -> None:
    with service.database.engine.begin() as db:
        db.execute(text("update alembic_version set version_num = 'later'"))
    assert client.get("/ready").json()["parts"] == ["database"]


def test_with_a_full_disk_it_is_not_ready(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attunement.web.operations._operations.enough_room", lambda folder: False)
    assert client.get("/ready").json()["parts"] == ["disk"]


def test_without_its_workers_it_is_not_ready(client: TestClient, service: Service) -> None:
    service.jobs.stop()
    assert client.get("/ready").json()["parts"] == ["jobs"]


def test_this_machine_may_see_the_counters_of_a_service_of_its_own(here: TestClient) -> None:
    shown = here.get("/metrics")
    assert shown.status_code == 200
    assert "attunement_live_sessions 0.0" in shown.text
    assert 'attunement_jobs{status="waiting"} 0.0' in shown.text
    assert "process_resident_memory_bytes" in shown.text


def test_others_see_no_such_page(client: TestClient) -> None:
    assert client.get("/metrics").status_code == 404


def test_a_page_elsewhere_that_is_pointed_at_this_machine_sees_no_counters(
    here: TestClient,
) -> None:
    assert here.get("/metrics", headers={"host": "rebound.example.org"}).status_code == 404


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 404),
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer {TOKEN[:-1]}", 404),
        (f"Basic {TOKEN}", 404),
        (TOKEN, 404),
        ("Bearer ", 404),
        ("Bearer ü", 404),
    ],
)
def test_a_public_service_shows_its_counters_for_the_token_alone(
    settings: Settings, listener: Listener, authorization: str | None, status: int
) -> None:
    public = Settings(
        data_folder=settings.data_folder,
        public=True,
        key="cmFuZG9tIGJ5dGVzOiBub3QgYXQgYWxsISAwMTIzNDU=",
        allowed_hosts=("attunement.example.org",),
        metrics_token=TOKEN,
    )
    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    with TestClient(
        create_app(public, listener=listener),
        base_url="https://attunement.example.org",
        client=LOOPBACK,
    ) as here:
        assert here.get("/metrics", headers=headers).status_code == status


def test_a_public_service_without_a_token_shows_nothing_even_to_its_own_machine(
    settings: Settings, listener: Listener
) -> None:
    public = Settings(
        data_folder=settings.data_folder,
        public=True,
        key="cmFuZG9tIGJ5dGVzOiBub3QgYXQgYWxsISAwMTIzNDU=",
        allowed_hosts=("attunement.example.org",),
    )
    with TestClient(
        create_app(public, listener=listener),
        base_url="https://attunement.example.org",
        client=LOOPBACK,
    ) as here:
        assert here.get("/metrics").status_code == 404


def test_a_token_that_could_be_guessed_is_refused_and_none_is_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        Settings(data_folder=tmp_path, metrics_token="metrics-please")
    assert "metrics-please" not in str(refused.value)
    assert TOKEN not in repr(Settings(data_folder=tmp_path, metrics_token=TOKEN))


def test_errors_of_the_database_are_counted_by_type(here: TestClient, service: Service) -> None:
    with pytest.raises(Exception, match="no such table"), service.database.engine.connect() as db:
        db.execute(text("select * from nowhere"))
    assert (
        'attunement_database_errors_total{error="OperationalError"} 1.0'
        in here.get("/metrics").text
    )


def test_counters_are_shown_while_the_database_is_gone(
    here: TestClient, service: Service, settings: Settings
) -> None:
    service.database.close()
    settings.data_folder.joinpath("attunement.db").write_bytes(b"not a database at all" * 400)
    shown = here.get("/metrics")
    assert shown.status_code == 200
    assert "attunement_monitors" in shown.text
    assert "attunement_live_sessions" not in shown.text


def test_nothing_of_this_is_part_of_the_api(app: FastAPI) -> None:
    assert not {"/health", "/ready", "/metrics"} & set(app.openapi()["paths"])


def test_a_fault_is_answered_with_every_header_and_its_name(app: FastAPI, here: TestClient) -> None:
    def fails() -> None:
        raise RuntimeError("Quizzaciously")

    app.add_api_route("/api/v1/fails", fails)
    answer = here.get("/api/v1/fails")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers
    assert len(answer.headers["x-request-id"]) == 16
    assert "Quizzaciously" not in answer.text
