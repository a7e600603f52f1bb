"""The API of accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from attunement import wire
from attunement.errors import DataError
from attunement.web._problems import answer
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts._answers import log_out, refuse, try_to_log_in
from attunement.web.accounts._attempts import WrongLogin
from attunement.web.accounts._audit import read_audit, record
from attunement.web.accounts._caller import Caller, CallerNow, requires
from attunement.web.accounts._cookies import set_cookie
from attunement.web.accounts._keys import list_keys, make_key, revoke_key
from attunement.web.accounts._logins import find_login
from attunement.web.accounts._organisation import change_organisation, read_organisation
from attunement.web.accounts._users import (
    change_user,
    invite_user,
    list_users,
    reset_user,
    unlock_user,
)
from attunement.web.accounts._users import view_of as view_of_user
from attunement.web.storage import User, verify_chain
from attunement.wire import Id

api = APIRouter(prefix="/api/v1", tags=["accounts"])

Manager = Annotated[Caller, requires("users.manage")]
KeyManager = Annotated[Caller, requires("keys.manage")]
Auditor = Annotated[Caller, requires("audit.read")]
Person = Annotated[Caller, requires("account.own")]


@api.post("/login", operation_id="log_in", response_model=wire.Me)
def post_login(request: Request, said: wire.LogIn, service: ServiceNow) -> Response:
    """Log a person in; the answer sets a cookie. Programs use a service key and need no login."""
    token = try_to_log_in(request, service, email=said.email, password=said.password)
    if not isinstance(token, str):
        return refuse(answer(request, WrongLogin()), service, token)
    found = find_login(service, token)
    if found is None:
        raise WrongLogin
    me = Caller(
        organisation_id=found.organisation_id,
        role=found.role,
        user_id=found.user_id,
        name=found.name,
        csrf_token=found.csrf_token,
    )
    response = JSONResponse(wire.Me.model_validate(me).model_dump(mode="json"))
    set_cookie(response, service.settings, token)
    return response


@api.post("/logout", operation_id="log_out", status_code=204)
def post_logout(
    request: Request, service: ServiceNow, caller: Person, everywhere: bool = False
) -> Response:
    """Log a person out, here or everywhere."""
    response = Response(status_code=204)
    log_out(request, response, service, caller=caller, everywhere=everywhere)
    return response


@api.get("/me", operation_id="me")
def get_me(caller: CallerNow) -> wire.Me:
    """Say who is asking."""
    return wire.Me.model_validate(caller)


@api.get("/users", operation_id="list_users")
def get_users(service: ServiceNow, caller: Manager) -> wire.Users:
    """List everybody of the organisation."""
    with service.database.of(caller.organisation_id) as db:
        return wire.Users(users=tuple(map(wire.User.model_validate, list_users(db, service))))


@api.post("/users", operation_id="invite_user", status_code=201)
def post_user(said: wire.NewUser, service: ServiceNow, caller: Manager) -> wire.Invitation:
    """Let somebody in: the answer holds the link they set their password with."""
    with service.database.of(caller.organisation_id) as db:
        user, token = invite_user(
            db, service, caller=caller, email=said.email, name=said.name, role=said.role
        )
    return wire.Invitation(user=wire.User.model_validate(user), link=f"/links/{token}")


@api.patch("/users/{user_id}", operation_id="change_user")
def patch_user(
    user_id: Id, said: wire.UserChange, service: ServiceNow, caller: Manager
) -> wire.User:
    """Change somebody's name or role, or let them in no more."""
    with service.database.of(caller.organisation_id) as db:
        user = change_user(
            db,
            service,
            user_id,
            caller=caller,
            name=said.name,
            role=said.role,
            active=said.active,
        )
    return wire.User.model_validate(user)


@api.post("/users/{user_id}/reset", operation_id="reset_user")
def post_reset(user_id: Id, service: ServiceNow, caller: Manager) -> wire.Invitation:
    """Log somebody out everywhere, forget their password, and give a new link."""
    with service.database.of(caller.organisation_id) as db:
        token = reset_user(db, service, user_id, caller=caller)
        user = view_of_user(db.get_one(User, user_id), service)
    return wire.Invitation(user=wire.User.model_validate(user), link=f"/links/{token}")


@api.post("/users/{user_id}/unlock", operation_id="unlock_user")
def post_unlock(user_id: Id, service: ServiceNow, caller: Manager) -> wire.User:
    """Let somebody who failed to log in too often try again at once."""
    with service.database.of(caller.organisation_id) as db:
        return wire.User.model_validate(unlock_user(db, service, user_id, caller=caller))


@api.get("/keys", operation_id="list_keys")
def get_keys(service: ServiceNow, caller: KeyManager) -> wire.ServiceKeys:
    """List the organisation's service keys."""
    with service.database.of(caller.organisation_id) as db:
        return wire.ServiceKeys(keys=tuple(map(wire.ServiceKey.model_validate, list_keys(db))))


@api.post("/keys", operation_id="make_key", status_code=201)
def post_key(
    said: wire.NewServiceKey, service: ServiceNow, caller: KeyManager
) -> wire.MadeServiceKey:
    """Make a service key. The answer is the only one that holds it."""
    with service.database.of(caller.organisation_id) as db:
        view, key = make_key(db, service, caller=caller, name=said.name)
    return wire.MadeServiceKey(**wire.ServiceKey.model_validate(view).model_dump(), key=key)


@api.delete("/keys/{key_id}", operation_id="revoke_key")
def delete_key(key_id: Id, service: ServiceNow, caller: KeyManager) -> wire.ServiceKey:
    """Revoke a service key at once. What it has made stays."""
    with service.database.of(caller.organisation_id) as db:
        return wire.ServiceKey.model_validate(revoke_key(db, service, key_id, caller=caller))


@api.get("/audit", operation_id="read_audit")
def get_audit(
    service: ServiceNow,
    caller: Auditor,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> wire.Audit:
    """Read who did what and who saw which transcript, the newest first."""
    with service.database.of(caller.organisation_id) as db:
        entries = read_audit(db, before=before, limit=limit)
    return wire.Audit(
        entries=tuple(map(wire.AuditEntry.model_validate, entries)),
        before=entries[-1].number if len(entries) == limit else None,
    )


@api.post("/audit/verification", operation_id="verify_audit")
def post_verification(service: ServiceNow, caller: Auditor) -> wire.AuditProof:
    """Check that no entry of the audit was changed, taken out or put in."""
    return proof_of(service, caller)


@api.get("/organisation", operation_id="read_organisation")
def get_organisation(
    service: ServiceNow, caller: Annotated[Caller, requires("organisation.read")]
) -> wire.Organisation:
    """Read the organisation's settings."""
    with service.database.of(caller.organisation_id) as db:
        return wire.Organisation.model_validate(read_organisation(db, caller=caller))


@api.patch("/organisation", operation_id="change_organisation")
def patch_organisation(
    said: wire.OrganisationChange,
    service: ServiceNow,
    caller: Annotated[Caller, requires("organisation.change")],
) -> wire.Organisation:
    """Change the organisation's settings."""
    with service.database.of(caller.organisation_id) as db:
        known = read_organisation(db, caller=caller)
        told = said.model_fields_set
        changed = change_organisation(
            db,
            service.vault,
            caller=caller,
            name=said.name or known.name,
            retention_days=(
                said.retention_days if "retention_days" in told else known.retention_days
            ),
            false_alarms=said.false_alarms or known.false_alarms,
            patient_turns=said.patient_turns if "patient_turns" in told else known.patient_turns,
        )
    return wire.Organisation.model_validate(changed)


def proof_of(service: Service, caller: Caller) -> wire.AuditProof:
    """Check the whole audit of the caller's organisation, and note that it was checked."""
    with service.database.of(caller.organisation_id) as db:
        problem = None
        try:
            entries = verify_chain(db, service.vault, organisation_id=caller.organisation_id)
        except DataError as error:
            entries, problem = 0, f"{error.problem}. {error.mend}."
        record(
            db,
            service.vault,
            caller=caller,
            action="audit.verify",
            detail="holds" if problem is None else "does not hold",
        )
    return wire.AuditProof(entries=entries, holds=problem is None, problem=problem)
