"""Every route of the service: what it is sent in the tests, and whom it may let in.

A route that is added needs an entry here; the tests on scoping fail until it has one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from tests.web.world import World

from attunement.web.accounts import Role

ALL: frozenset[Role] = frozenset({"admin", "supervisor", "therapist", "service"})
PEOPLE: frozenset[Role] = ALL - {"service"}
LOOKING_AFTER: frozenset[Role] = frozenset({"admin", "supervisor"})
ADMIN: frozenset[Role] = frozenset({"admin"})
ANYBODY: frozenset[Role] = frozenset()
"""Public: asks for nobody."""

Body = Callable[[World], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """A route.

    Attributes
    ----------
    roles : frozenset of str
        Who may ask at all; others get 403 (and strangers 401, or the page to log in).
    json, form, files, query : callable
        What is sent, given the ids of the organisation that it is about.
    ends : bool
        Whether it logs the caller out.
    streams : bool
        Whether its answer has no end.
    works : bool
        Whether it has the background work for minutes.
    part : bool
        Whether it answers with a part of a page, in which it says that there is none.
    """

    roles: frozenset[Role]
    json: Body | None = None
    form: Body | None = None
    query: Body | None = None
    files: Body | None = None
    ends: bool = False
    streams: bool = False
    works: bool = False
    part: bool = False


def _turn(world: World) -> dict[str, Any]:
    return {"turn_id": "one-more", "number": 3, "role": "patient", "text": "I see."}


def _nothing(world: World) -> dict[str, Any]:
    return {}


_SERVED = {
    "GET /health": Route(ANYBODY),
    "GET /ready": Route(ANYBODY),
    # Asks for a token of its own, in public (tests/web/operations).
    "GET /metrics": Route(ANYBODY),
    "GET /api/v1/openapi.json": Route(ANYBODY),
    "GET /static": Route(ANYBODY),
}

_ACCOUNTS = {
    "POST /api/v1/login": Route(
        ANYBODY, json=lambda _: {"email": "nobody@example.org", "password": "not a password"}
    ),
    "GET /login": Route(ANYBODY),
    "POST /login": Route(
        ANYBODY, form=lambda _: {"email": "nobody@example.org", "password": "not a password"}
    ),
    "GET /links/{token}": Route(ANYBODY),
    "POST /links/{token}": Route(
        ANYBODY, form=lambda _: {"password": "slow green tram", "again": "slow green tram"}
    ),
    "GET /api/v1/me": Route(ALL),
    "GET /api/v1/users": Route(ADMIN),
    "POST /api/v1/users": Route(
        ADMIN,
        json=lambda _: {"email": "new@example.org", "name": "New Person", "role": "therapist"},
    ),
    "PATCH /api/v1/users/{user_id}": Route(ADMIN, json=lambda _: {"role": "supervisor"}),
    "POST /api/v1/users/{user_id}/reset": Route(ADMIN),
    "POST /api/v1/users/{user_id}/unlock": Route(ADMIN),
    "GET /api/v1/keys": Route(ADMIN),
    "POST /api/v1/keys": Route(ADMIN, json=lambda _: {"name": "another companion"}),
    "DELETE /api/v1/keys/{key_id}": Route(ADMIN),
    "GET /api/v1/audit": Route(ADMIN),
    "POST /api/v1/audit/verification": Route(ADMIN),
    "GET /api/v1/organisation": Route(LOOKING_AFTER),
    "PATCH /api/v1/organisation": Route(ADMIN, json=lambda _: {"retention_days": 400}),
    "GET /account": Route(PEOPLE),
    "POST /account/password": Route(
        PEOPLE, form=lambda _: {"old": "no", "password": "slow green tram", "again": "no"}
    ),
    "GET /people": Route(ADMIN),
    "POST /people/users": Route(
        ADMIN,
        form=lambda _: {"email": "newer@example.org", "name": "Newer", "role": "therapist"},
    ),
    "POST /people/users/{user_id}": Route(ADMIN, form=lambda _: {"role": "therapist"}),
    "POST /people/users/{user_id}/out": Route(ADMIN),
    "POST /people/users/{user_id}/in": Route(ADMIN),
    "POST /people/users/{user_id}/unlock": Route(ADMIN),
    "POST /people/users/{user_id}/reset": Route(ADMIN),
    "POST /people/keys": Route(ADMIN, form=lambda _: {"name": "a third companion"}),
    "POST /people/keys/{key_id}/revoke": Route(ADMIN),
    "POST /people/organisation": Route(
        ADMIN, form=lambda _: {"name": "Renamed", "retention_days": "400"}
    ),
    "GET /audit": Route(ADMIN),
    "POST /audit/verification": Route(ADMIN),
    "POST /logout": Route(PEOPLE, ends=True),
    "POST /api/v1/logout": Route(PEOPLE, ends=True),
}

_SESSIONS = {
    "POST /api/v1/sessions": Route(
        ALL, json=lambda world: {"patient": "P-9", "therapist_id": world.therapist_id}
    ),
    "GET /api/v1/sessions": Route(ALL, query=lambda world: {"patient_id": world.patient_id}),
    "GET /api/v1/sessions/{session_id}": Route(ALL),
    "POST /api/v1/sessions/{session_id}/turns": Route(ALL, json=_turn),
    "GET /api/v1/sessions/{session_id}/turns": Route(ALL),
    "GET /api/v1/sessions/{session_id}/state": Route(ALL),
    "GET /api/v1/sessions/{session_id}/stream": Route(ALL, streams=True),
    "SOCKET /api/v1/sessions/{session_id}/ws": Route(ALL, streams=True),
    "GET /api/v1/alarms": Route(ALL, query=lambda world: {"session_id": world.session_id}),
    "POST /api/v1/alarms/{alarm_id}/seen": Route(ALL),
    "POST /api/v1/sessions/{session_id}/ratings": Route(
        ALL, json=lambda _: {"rater": "patient", "instrument": "our form", "values": {"bond": 4.0}}
    ),
    "GET /api/v1/sessions/{session_id}/ratings": Route(ALL),
    "GET /api/v1/sessions/{session_id}/comparison": Route(ALL),
    "POST /api/v1/sessions/{session_id}/close": Route(ALL, works=True),
}

_DASHBOARD = {
    "GET /": Route(ALL),
    "POST /": Route(ALL, form=lambda _: {"find": "P-1"}),
    "GET /sessions/new": Route(ALL),
    "POST /sessions/new": Route(ALL, form=lambda _: {"patient": "P-10"}),
    "GET /sessions/{session_id}": Route(ALL),
    "GET /sessions/{session_id}/turn": Route(ALL, query=lambda _: {"turn": 1}),
    "GET /sessions/{session_id}/rate": Route(ALL),
    "GET /sessions/{session_id}/live": Route(ALL),
    "GET /sessions/{session_id}/now": Route(ALL),
    "POST /sessions/{session_id}/live/turns": Route(ALL, form=_turn),
    "POST /alarms/{alarm_id}/seen": Route(ALL),
    "POST /sessions/{session_id}/rating": Route(ALL, form=lambda _: {"bond": "4"}),
    "GET /patients/{patient_id}": Route(ALL),
    "POST /patients/{patient_id}/erase": Route(ADMIN, form=lambda _: {"typed": "another code"}),
    "GET /erasures": Route(ADMIN),
    "POST /sessions/{session_id}/close": Route(ALL, works=True),
}


def _file(world: World) -> dict[str, Any]:
    return {"files": ("s.txt", b"T: Hello.\nP: Hello.\n")}


_UPLOADS = {
    "POST /api/v1/uploads": Route(ALL, files=_file, works=True),
    "POST /api/v1/uploads/preview": Route(ALL, files=_file),
    "POST /api/v1/uploads/sample": Route(ALL, works=True),
    "POST /api/v1/uploads/{upload_id}/preview": Route(ALL, json=_nothing),
    "POST /api/v1/uploads/{upload_id}": Route(ALL, json=_nothing, works=True),
    "GET /api/v1/jobs": Route(ALL),
    "GET /api/v1/jobs/{job_id}": Route(ALL),
    "POST /api/v1/jobs/{job_id}/cancel": Route(ALL),
    "GET /api/v1/jobs/{job_id}/stream": Route(ALL, streams=True),
    "GET /api/v1/sessions/{session_id}/language": Route(ALL),
    "GET /api/v1/conditions": Route(LOOKING_AFTER),
    "POST /api/v1/conditions": Route(LOOKING_AFTER, works=True),
    "GET /upload": Route(ALL),
    "POST /upload": Route(ALL, files=_file, works=True),
    "POST /upload/{upload_id}/preview": Route(ALL, form=_nothing, part=True),
    "POST /upload/{upload_id}": Route(ALL, form=_nothing, works=True, part=True),
    "POST /sample": Route(ALL, works=True),
    "GET /jobs/{job_id}": Route(ALL),
    "POST /jobs/{job_id}/cancel": Route(ALL),
    "GET /conditions": Route(LOOKING_AFTER),
    "POST /conditions": Route(LOOKING_AFTER, works=True),
}

_KEEPING = {
    "GET /api/v1/export": Route(ADMIN),
    "GET /api/v1/erasures/{patient_id}": Route(ADMIN),
    "DELETE /api/v1/patients/{patient_id}": Route(ADMIN),
}

ROUTES: dict[str, Route] = {
    **_SERVED,
    **_SESSIONS,
    **_DASHBOARD,
    **_UPLOADS,
    **_KEEPING,
    **_ACCOUNTS,
}
"""By method and path."""


def routes_of(app: FastAPI) -> dict[str, RouteContext]:
    """Give every route that an application has, mounts and sockets included."""
    found: dict[str, RouteContext] = {}
    for context in iter_route_contexts(app.routes):
        methods = sorted(set(context.methods or ()) - {"HEAD"})
        if not methods:
            methods = ["SOCKET" if "WebSocket" in type(context.original_route).__name__ else "GET"]
        found |= {f"{method} {context.path}": context for method in methods}
    return found
