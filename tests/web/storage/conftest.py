"""Databases of both kinds, each new for its test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from attunement.web.storage import Database, Vault, open_vault, upgrade

BOTH = ("sqlite", "postgresql")


@pytest.fixture
def master() -> bytes:
    return os.urandom(32)


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'attunement.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with our tables."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    address = f"sqlite:///{tmp_path / 'attunement.db'}"
    database = Database(address)
    upgrade(database)
    database.close()
    return address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def vault(database: Database, master: bytes) -> Vault:
    return open_vault(database, master)
