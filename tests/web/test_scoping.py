"""Nobody gets at anything of another organisation, nor at what their role does not see: route by
route, for every route there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from sqlalchemy import inspect, select
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.web.clinic import ROLES, Clinic, log_in, stranger
from tests.web.routes import ANYBODY, ROUTES, Route, routes_of
from tests.web.world import WORDS, World, fill

from attunement.web._service import Service
from attunement.web.accounts import Role, current_caller
from attunement.web.sessions import count_open_alarms, count_sessions
from attunement.web.storage import Base, Login, Scoped

HIDDEN = (403, 404)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came back."""

    status: int
    text: str
    location: str


@pytest.fixture
def world(service: Service, clinic: Clinic) -> World:
    return fill(service, clinic)


def test_every_route_is_in_the_table_and_nothing_else(app: FastAPI) -> None:
    assert set(routes_of(app)) == set(ROUTES)


def test_every_route_asks_who_is_calling_but_those_named_public(app: FastAPI) -> None:
    for name, context in routes_of(app).items():
        dependant = getattr(context, "dependant", None)
        asks = isinstance(dependant, Dependant) and _depends_on_caller(dependant)
        assert asks == (ROUTES[name].roles != ANYBODY), name


def test_another_organisation_gets_nothing_and_changes_nothing_whatever_it_asks(
    service: Service, clinic: Clinic, other_clinic: Clinic, world: World
) -> None:
    before = _everything(service, clinic.organisation_id)
    for name, route in ROUTES.items():
        if route.roles == ANYBODY or route.ends or (route.works and "{" not in name):
            continue
        for role in ROLES:
            got = ask(other_clinic.clients[role], name, route, world)
            assert got.status < 500, (name, role, got)
            if "{" in name:
                assert is_hidden(got, route), (name, role, got)
            for secret in world.secrets(clinic):
                assert secret not in got.text + got.location, (name, role)
    assert _everything(service, clinic.organisation_id) == before


def test_who_is_not_logged_in_gets_nothing_and_changes_nothing(
    app: FastAPI, client: TestClient, service: Service, clinic: Clinic, world: World
) -> None:
    before = _everything(service, clinic.organisation_id)
    nobody = stranger(app, like=client)
    for name, route in ROUTES.items():
        if route.roles == ANYBODY:
            continue
        got = ask(nobody, name, route, world)
        if "/api/" in name:
            assert got.status == 401, name
        else:
            assert (got.status, got.location.partition("?")[0]) == (303, "/login"), name
    assert _everything(service, clinic.organisation_id) == before


def test_colleagues_who_see_their_own_sessions_only_get_nothing_of_others(
    app: FastAPI, client: TestClient, service: Service, clinic: Clinic, world: World
) -> None:
    caller, colleague = log_in(
        app,
        organisation_id=clinic.organisation_id,
        role="therapist",
        name="Ash Colleague",
        like=client,
    )
    before = _everything(service, clinic.organisation_id)
    about_patients = ("session_id", "patient_id", "alarm_id", "job_id", "upload_id")
    for name, route in ROUTES.items():
        if route.roles == ANYBODY or route.ends or not _concerns(name, about_patients):
            continue
        for who in (colleague, clinic.program):
            got = ask(who, name, route, world)
            assert is_hidden(got, route), (name, got)
            for word in secret_words(world):
                assert word not in got.text, name
    for name, route in ROUTES.items():
        method, _, path = name.partition(" ")
        if method != "GET" or "{" in path or route.roles == ANYBODY:
            continue
        for who in (colleague, clinic.program):
            shown = who.get(path).text
            assert not any(word in shown for word in secret_words(world)), path
    for one in (caller, clinic.callers["service"]):
        with service.database.of(clinic.organisation_id) as db:
            assert count_sessions(db, one) == 0
            assert count_open_alarms(db, one) == {}
    assert _everything(service, clinic.organisation_id) == before


@pytest.mark.parametrize("role", ["admin", "supervisor", "service"])
def test_what_was_uploaded_and_not_submitted_is_its_senders_alone(
    role: Role, service: Service, clinic: Clinic, world: World
) -> None:
    before = _everything(service, clinic.organisation_id)
    asked = [name for name in ROUTES if "{upload_id}" in name]
    assert asked
    for name in asked:
        got = ask(clinic.clients[role], name, ROUTES[name], world)
        assert is_hidden(got, ROUTES[name]), (name, got)
    assert _everything(service, clinic.organisation_id) == before


def test_a_session_is_not_given_to_somebody_of_another_organisation(
    other_clinic: Clinic, world: World
) -> None:
    for who in other_clinic.clients.values():
        given = {"patient": "P-9", "therapist_id": world.therapist_id}
        made = who.post("/api/v1/sessions", json=given)
        assert 400 <= made.status_code < 500


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(
    role: Role, clinic: Clinic, world: World
) -> None:
    for name, route in ROUTES.items():
        if route.roles == ANYBODY or route.ends:
            continue
        if role not in route.roles:
            got = ask(clinic.clients[role], name, route, world)
            assert got.status == 403, (name, got)
        elif not (route.streams or route.works):
            got = ask(clinic.clients[role], name, route, world)
            assert got.status not in (401, 403), (name, got)
            assert got.status < 500, (name, got)
            assert not got.location.startswith("/login"), name


def is_hidden(got: Asked, route: Route) -> bool:
    """Tell whether an answer is that there is no such thing, or that one may not."""
    return got.status in HIDDEN or (route.part and "There is no such" in got.text)


def secret_words(world: World) -> tuple[str, ...]:
    return (*WORDS, world.session_id)


def ask(client: TestClient, name: str, route: Route, world: World) -> Asked:
    """Ask a route about the things of a world."""
    method, _, path = name.partition(" ")
    for parameter, value in world.ids.items():
        path = path.replace(f"{{{parameter}}}", value)
    assert "{" not in path, f"the world has nothing for {path}"
    if method == "SOCKET":
        return _ask_socket(client, path)
    answer = client.request(
        method,
        path,
        json=route.json(world) if route.json is not None else None,
        data=route.form(world) if route.form is not None else None,
        params=route.query(world) if route.query is not None else None,
        files=route.files(world) if route.files is not None else None,
    )
    return Asked(answer.status_code, answer.text, answer.headers.get("location", ""))


def _ask_socket(client: TestClient, path: str) -> Asked:
    try:
        with client.websocket_connect(f"ws://127.0.0.1:8000{path}") as socket:
            return Asked(101, socket.receive_text(), "")
    except WebSocketDisconnect as refused:
        # Refused before it was accepted: the answer is an HTTP response.
        return Asked(getattr(refused, "status_code", 0), getattr(refused, "text", ""), "")


def _concerns(name: str, parameters: tuple[str, ...]) -> bool:
    return any(f"{{{parameter}}}" in name for parameter in parameters)


def _depends_on_caller(dependant: Dependant) -> bool:
    if dependant.call is current_caller:
        return True
    return any(_depends_on_caller(one) for one in dependant.dependencies)


def _everything(service: Service, organisation_id: str) -> dict[str, list[dict[str, Any]]]:
    """Give every row of an organisation, but for when its logins were last seen."""
    found = {}
    with service.database.of(organisation_id) as db:
        for mapper in Base.registry.mappers:
            if not issubclass(mapper.class_, Scoped) or mapper.class_ is Login:
                continue
            columns = [one.key for one in inspect(mapper.class_).column_attrs]
            rows = db.scalars(select(mapper.class_)).all()
            dumped = [{key: getattr(row, key) for key in columns} for row in rows]
            for row in dumped:
                row.pop("last_used_at", None)
            found[mapper.class_.__name__] = sorted(dumped, key=repr)
    return found
