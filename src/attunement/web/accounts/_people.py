"""Pages for admins: people, keys, the organisation, and the audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from attunement.web._problems import Problem
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts._api import proof_of
from attunement.web.accounts._audit import read_audit
from attunement.web.accounts._caller import Caller, requires
from attunement.web.accounts._keys import list_keys, make_key, revoke_key
from attunement.web.accounts._organisation import (
    FEWEST_TURNS,
    MOST_TURNS,
    change_organisation,
    read_organisation,
)
from attunement.web.accounts._users import (
    change_user,
    invite_user,
    list_users,
    reset_user,
    unlock_user,
)
from attunement.web.pages import page
from attunement.web.storage import User
from attunement.wire import AuditProof, Email, Id, OneLine, UserRole

people = APIRouter(include_in_schema=False)

Manager = Annotated[Caller, requires("users.manage")]
KeyManager = Annotated[Caller, requires("keys.manage")]
Auditor = Annotated[Caller, requires("audit.read")]
_ROLES: tuple[UserRole, ...] = ("admin", "supervisor", "therapist")
_ENTRIES = 200
_NOTHING: Mapping[str, Any] = dict.fromkeys(
    ("problem", "mend", "link", "link_for", "key", "key_name")
)
"""What the page tells once, when there is nothing to tell."""


@people.get("/people")
def get_people(request: Request, service: ServiceNow, caller: Manager) -> Response:
    """Show everybody, and all keys."""
    return _people_page(request, service, caller=caller)


@people.post("/people/users")
def post_user(
    request: Request,
    service: ServiceNow,
    caller: Manager,
    email: Annotated[Email, Form()],
    name: Annotated[OneLine, Form()],
    role: Annotated[UserRole, Form()],
) -> Response:
    """Let somebody in, and show their link this once."""

    def act(db: Session) -> dict[str, Any]:
        user, token = invite_user(db, service, caller=caller, email=email, name=name, role=role)
        return {"link": _address(request, token), "link_for": user.name}

    return _acted(request, service, act, caller=caller, status=201)


@people.post("/people/users/{user_id}")
def post_role(
    request: Request,
    user_id: Id,
    service: ServiceNow,
    caller: Manager,
    role: Annotated[UserRole, Form()],
) -> Response:
    """Change somebody's role."""

    def act(db: Session) -> None:
        change_user(db, service, user_id, caller=caller, role=role)

    return _acted(request, service, act, caller=caller)


@people.post("/people/users/{user_id}/out")
def post_out(request: Request, user_id: Id, service: ServiceNow, caller: Manager) -> Response:
    """Let somebody in no more."""

    def act(db: Session) -> None:
        change_user(db, service, user_id, caller=caller, active=False)

    return _acted(request, service, act, caller=caller)


@people.post("/people/users/{user_id}/in")
def post_in(request: Request, user_id: Id, service: ServiceNow, caller: Manager) -> Response:
    """Let somebody in again."""

    def act(db: Session) -> None:
        change_user(db, service, user_id, caller=caller, active=True)

    return _acted(request, service, act, caller=caller)


@people.post("/people/users/{user_id}/unlock")
def post_unlock(request: Request, user_id: Id, service: ServiceNow, caller: Manager) -> Response:
    """Let somebody try again at once."""

    def act(db: Session) -> None:
        unlock_user(db, service, user_id, caller=caller)

    return _acted(request, service, act, caller=caller)


@people.post("/people/users/{user_id}/reset")
def post_reset(request: Request, user_id: Id, service: ServiceNow, caller: Manager) -> Response:
    """Log somebody out everywhere, and show a new link for them this once."""

    def act(db: Session) -> dict[str, Any]:
        token = reset_user(db, service, user_id, caller=caller)
        return {"link": _address(request, token), "link_for": db.get_one(User, user_id).name}

    return _acted(request, service, act, caller=caller)


@people.post("/people/keys")
def post_key(
    request: Request,
    service: ServiceNow,
    caller: KeyManager,
    name: Annotated[OneLine, Form()],
) -> Response:
    """Make a key, and show it this once."""

    def act(db: Session) -> dict[str, Any]:
        view, key = make_key(db, service, caller=caller, name=name)
        return {"key": key, "key_name": view.name}

    return _acted(request, service, act, caller=caller, status=201)


@people.post("/people/keys/{key_id}/revoke")
def post_revoke(request: Request, key_id: Id, service: ServiceNow, caller: KeyManager) -> Response:
    """Revoke a key."""

    def act(db: Session) -> None:
        revoke_key(db, service, key_id, caller=caller)

    return _acted(request, service, act, caller=caller)


@people.post("/people/organisation")
def post_organisation(
    request: Request,
    service: ServiceNow,
    caller: Annotated[Caller, requires("organisation.change")],
    name: Annotated[OneLine, Form()],
    retention_days: Annotated[str, Form(max_length=5, pattern=r"^[0-9]*$")] = "",
    false_alarms: Annotated[float | None, Form(ge=0.01, le=1)] = None,
    patient_turns: Annotated[str, Form(max_length=4, pattern=r"^[0-9]*$")] = "",
) -> Response:
    """Change the organisation's settings."""

    def act(db: Session) -> None:
        days = int(retention_days) if retention_days else None
        if days is not None and not 1 <= days <= 36_500:
            raise Problem(422, "Sessions are kept for 1 to 36500 days, or without end.")
        turns = int(patient_turns) if patient_turns else None
        if turns is not None and not FEWEST_TURNS <= turns <= MOST_TURNS:
            raise Problem(
                422, f"A typical session has {FEWEST_TURNS} to {MOST_TURNS} turns of the patient."
            )
        known = read_organisation(db, caller=caller)
        change_organisation(
            db,
            service.vault,
            caller=caller,
            name=name,
            retention_days=days,
            false_alarms=false_alarms or known.false_alarms,
            patient_turns=turns,
        )

    return _acted(request, service, act, caller=caller)


@people.get("/audit")
def get_audit(
    request: Request,
    service: ServiceNow,
    caller: Auditor,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Show who did what and who saw which transcript."""
    return _audit_page(request, service, caller=caller, before=before)


@people.post("/audit/verification")
def post_verification(request: Request, service: ServiceNow, caller: Auditor) -> Response:
    """Check all entries."""
    return _audit_page(request, service, caller=caller, proof=proof_of(service, caller))


def _acted(
    request: Request,
    service: Service,
    act: Callable[[Session], dict[str, Any] | None],
    *,
    caller: Caller,
    status: int = 200,
) -> Response:
    """Do something and show the page again; with what is told once, or with what was wrong."""
    try:
        with service.database.of(caller.organisation_id) as db:
            once = act(db)
    except Problem as problem:
        if problem.status_code == 404:
            raise
        return _people_page(
            request,
            service,
            caller=caller,
            status=problem.status_code,
            told={"problem": problem.detail, "mend": problem.mend},
        )
    if once is None:
        return RedirectResponse("/people", 303)
    return _people_page(request, service, caller=caller, status=status, told=once)


def _people_page(
    request: Request,
    service: Service,
    *,
    caller: Caller,
    status: int = 200,
    told: Mapping[str, Any] = _NOTHING,
) -> Response:
    with service.database.of(caller.organisation_id) as db:
        users, keys = list_users(db, service), list_keys(db)
        organisation = read_organisation(db, caller=caller)
    return page(
        request,
        "people.html",
        caller=caller,
        status=status,
        users=users,
        keys=keys,
        organisation=organisation,
        roles=_ROLES,
        others=service.settings.public,
        **{**_NOTHING, **told},
    )


def _audit_page(
    request: Request,
    service: Service,
    *,
    caller: Caller,
    before: int | None = None,
    proof: AuditProof | None = None,
) -> Response:
    with service.database.of(caller.organisation_id) as db:
        entries = read_audit(db, before=before, limit=_ENTRIES)
    return page(
        request,
        "audit.html",
        caller=caller,
        entries=entries,
        before=entries[-1].number if len(entries) == _ENTRIES else None,
        proof=proof,
    )


def _address(request: Request, token: str) -> str:
    return f"{str(request.base_url).rstrip('/')}/links/{token}"
