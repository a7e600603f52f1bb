"""What the tests of the service share: real databases, a real application, people of every role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.clinic import ADDRESS, Clinic, open_clinic
from tests.web.postgres import empty_postgres_url, postgres_server, postgres_url

from attunement.live import Listener
from attunement.web._app import create_app
from attunement.web._service import Service, load_listener
from attunement.web._settings import Settings
from attunement.web.storage import Database, upgrade

__all__ = ["empty_postgres_url", "postgres_server", "postgres_url"]


@pytest.fixture(scope="session")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Listener:
    """Hears with the real encoder; loaded once for all tests."""
    return load_listener(Settings(data_folder=tmp_path_factory.mktemp("listener")))


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them; to be copied, as making one takes a while."""
    path = tmp_path_factory.mktemp("database") / "attunement.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def settings(tmp_path: Path, new_database: Path) -> Settings:
    """A service for this machine, with a database of its own."""
    shutil.copy(new_database, tmp_path / "attunement.db")
    return Settings(data_folder=tmp_path)


@pytest.fixture
def app(settings: Settings, listener: Listener) -> FastAPI:
    """The whole application; `client` starts it."""
    return create_app(settings, listener=listener)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser of somebody who is not logged in; the application runs as long as it lives."""
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        yield client


@pytest.fixture
def service(app: FastAPI, client: TestClient) -> Service:
    """The parts of the running application."""
    running: Service = app.state.service
    return running


@pytest.fixture
def clinic(app: FastAPI, client: TestClient) -> Clinic:
    """An organisation with somebody of every role."""
    return open_clinic(app, name="Elm Street", like=client)


@pytest.fixture
def other_clinic(app: FastAPI, client: TestClient) -> Clinic:
    """Another organisation in the same service."""
    return open_clinic(app, name="Harbour", like=client)
