"""Two organisations with somebody of every role, each logged in with a browser or a key."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.testclient import TestClient

from attunement.web._service import Service
from attunement.web.accounts import Caller, Role
from attunement.web.accounts._cookies import cookie_of
from attunement.web.accounts._keys import make_key
from attunement.web.accounts._logins import begin_login, find_login
from attunement.web.storage import Organisation, User

ADDRESS = "http://127.0.0.1:8000"
PEOPLE: tuple[Role, ...] = ("admin", "supervisor", "therapist")
ROLES: tuple[Role, ...] = (*PEOPLE, "service")


@dataclass(frozen=True, slots=True)
class Clinic:
    """One organisation, its callers and their clients, by role."""

    organisation_id: str
    callers: dict[Role, Caller]
    clients: dict[Role, TestClient]

    @property
    def admin(self) -> TestClient:
        return self.clients["admin"]

    @property
    def supervisor(self) -> TestClient:
        return self.clients["supervisor"]

    @property
    def therapist(self) -> TestClient:
        return self.clients["therapist"]

    @property
    def program(self) -> TestClient:
        return self.clients["service"]


def open_clinic(app: FastAPI, *, name: str, like: TestClient) -> Clinic:
    """Make an organisation in a running application.

    Parameters
    ----------
    app : FastAPI
        The application.
    name : str
        What the organisation is called.
    like : TestClient
        One that runs the application: the new ones share its event loop.
    """
    service: Service = app.state.service
    callers: dict[Role, Caller] = {}
    clients: dict[Role, TestClient] = {}
    with service.database.unscoped() as db:
        organisation = Organisation(name=name)
        db.add(organisation)
        db.flush()
        organisation_id = organisation.id
    for role in PEOPLE:
        callers[role], clients[role] = log_in(
            app, organisation_id=organisation_id, role=role, name=f"{name} {role}", like=like
        )
    with service.database.of(organisation_id) as db:
        key, secret = make_key(db, service, caller=callers["admin"], name=f"{name} companion")
    callers["service"] = Caller(
        organisation_id=organisation_id, role="service", key_id=key.id, name=key.name
    )
    clients["service"] = _client(app, like=like, headers={"Authorization": f"Bearer {secret}"})
    return Clinic(organisation_id, callers, clients)


def log_in(
    app: FastAPI, *, organisation_id: str, role: Role, name: str, like: TestClient
) -> tuple[Caller, TestClient]:
    """Add a person to an organisation, and give them a browser that is logged in."""
    service: Service = app.state.service
    with service.database.of(organisation_id) as db:
        user = User(name=name, email=f"{name.replace(' ', '.').lower()}@example.org", role=role)
        db.add(user)
        db.flush()
        token = begin_login(db, service, user)
    found = find_login(service, token)
    assert found is not None
    caller = Caller(
        organisation_id=organisation_id,
        role=role,
        user_id=user.id,
        name=name,
        csrf_token=found.csrf_token,
    )
    client = _client(app, like=like, headers={"X-CSRF-Token": found.csrf_token})
    client.cookies.set(cookie_of(service.settings), token)
    return caller, client


def stranger(app: FastAPI, *, like: TestClient) -> TestClient:
    """Give a browser of somebody who is not logged in."""
    return _client(app, like=like, headers={})


def _client(app: FastAPI, *, like: TestClient, headers: dict[str, str]) -> TestClient:
    client = TestClient(app, base_url=ADDRESS, headers=headers, follow_redirects=False)
    client.portal = like.portal
    return client
