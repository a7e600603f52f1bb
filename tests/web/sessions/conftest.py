"""A server for these tests, on SQLite and, where the database matters, on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.serving import Program, Served, serving

from attunement.live import Listener
from attunement.web._settings import Settings

PATIENT = "I tried the walk we talked about."


def generous(folder: Path, database: str | None = None) -> Settings:
    """Settings whose limits these tests do not meet."""
    return Settings(
        data_folder=folder,
        database=database,
        turns_per_minute=1_000_000,
        requests_per_minute=1_000_000,
    )


@pytest.fixture(scope="session")
def served(
    listener: Listener, new_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server on SQLite; every test has an organisation of its own."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(new_database, folder / "attunement.db")
    with serving(generous(folder), listener=listener) as running:
        yield running


@pytest.fixture
def program(served: Served) -> Program:
    """A service key of a new organisation."""
    return served.program()


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(
    request: pytest.FixtureRequest, listener: Listener, new_database: Path, tmp_path: Path
) -> Settings:
    """Settings of a service on either database."""
    if request.param == "sqlite":
        shutil.copy(new_database, tmp_path / "attunement.db")
        return generous(tmp_path)
    url: str = request.getfixturevalue("postgres_url")
    return generous(tmp_path, url)
