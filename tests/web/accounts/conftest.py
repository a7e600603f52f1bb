"""People with passwords, and a clock that can be set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient
from tests.web.clinic import Clinic, stranger

from attunement.web._limits import Limits
from attunement.web._service import Service
from attunement.web._settings import Settings
from attunement.web.accounts import Role, _passwords
from attunement.web.accounts._passwords import hash_password
from attunement.web.storage import User

PASSWORD = "slow green tram 41"

Browser: TypeAlias = Callable[[], TestClient]
AddPerson: TypeAlias = Callable[..., str]


@dataclass(slots=True)
class Clock:
    """A clock on the wall."""

    now: datetime = field(default_factory=lambda: datetime(2026, 5, 4, 9, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock(app: FastAPI, client: TestClient) -> Clock:
    clock = Clock()
    app.state.service = replace(app.state.service, clock=clock)
    return clock


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As many attempts from one address as a test needs; those on an account stay few."""
    return replace(settings, logins_per_minute=1000)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let passwords cost as little as argon2id can: dozens of them are tried here."""
    least = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(_passwords, "_HASHES", PasswordHash((least,)))
    _passwords._nobodys.cache_clear()
    yield
    _passwords._nobodys.cache_clear()


@pytest.fixture
def browser(app: FastAPI, client: TestClient, cheap: None) -> Browser:
    """Gives new browsers of nobody in particular."""
    return lambda: stranger(app, like=client)


@pytest.fixture
def add_person(app: FastAPI, clinic: Clinic, cheap: None) -> AddPerson:
    """Adds somebody with a password, and gives their id."""

    def add(email: str = "kim@example.org", role: Role = "therapist") -> str:
        service: Service = app.state.service
        with service.database.of(clinic.organisation_id) as db:
            user = User(
                email=email, name="Kim Able", role=role, password_hash=hash_password(PASSWORD)
            )
            db.add(user)
            db.flush()
            return user.id

    return add


def start_again(app: FastAPI) -> None:
    """Forget what a process forgets when it is started again."""
    service: Service = app.state.service
    app.state.service = replace(service, limits=Limits(service.settings))
