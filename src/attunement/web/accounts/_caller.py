"""Who is asking: a person by their login's cookie, or a program by its key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from attunement.web._problems import Forbidden, NotLoggedIn
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts._cookies import cookie_of
from attunement.web.accounts._forgery import SentToken, check_not_forged
from attunement.web.accounts._keys import find_key
from attunement.web.accounts._logins import find_login
from attunement.web.accounts._permissions import Permission, Role, allowed

_BEARER = "bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is asking.

    Attributes
    ----------
    organisation_id : str
        Theirs; nothing of another's exists for them.
    role : str
        admin, supervisor, therapist or service.
    user_id : str or None
        The person; None for a program.
    key_id : str or None
        The service key; None for a person.
    name : str
        The person's or the key's.
    csrf_token : str or None
        What a person's forms must send back; None for a program.
    """

    organisation_id: str
    role: Role
    user_id: str | None = None
    key_id: str | None = None
    name: str = ""
    csrf_token: str | None = None


def may(caller: Caller, permission: Permission) -> bool:
    """Tell whether somebody may do something."""
    return allowed(caller.role, permission)


def current_caller(connection: HTTPConnection, service: ServiceNow, sent: SentToken) -> Caller:
    """Find who is asking, and count the request.

    Raises
    ------
    NotLoggedIn
        Nobody, or with a cookie or key that is not valid.
    Forbidden
        A person's browser was made to ask by another site.
    TooMany
        More requests than the settings allow.
    """
    caller = _of_key(connection, service) or _of_cookie(connection, service)
    if caller is None:
        raise NotLoggedIn
    if caller.csrf_token is not None:
        check_not_forged(connection, sent=sent, expected=caller.csrf_token)
    service.limits.spend(
        "turns" if _posts_turn(connection) else "requests", caller.user_id or caller.key_id or ""
    )
    connection.state.caller = caller
    return caller


CallerNow = Annotated[Caller, Depends(current_caller)]
"""Who is asking; endpoints declare it."""


def requires(permission: Permission) -> Any:  # noqa: ANN401
    """Give a dependency that is the caller if they may do something, and refuses others.

    Parameters
    ----------
    permission : str
        Such as `users.manage`.
    """
    return Depends(_required(permission))


def _required(permission: Permission) -> Callable[[Caller], Awaitable[Caller]]:
    # Asynchronous, although it waits for nothing: others cost every request a thread's turn.
    async def check(caller: CallerNow) -> Caller:
        if not may(caller, permission):
            raise Forbidden
        return caller

    return check


def address_of(connection: HTTPConnection) -> str:
    """Give the address somebody asks from."""
    return connection.client.host if connection.client is not None else ""


def _of_key(connection: HTTPConnection, service: Service) -> Caller | None:
    """Find the program; a header that holds no valid key is never passed over for a cookie."""
    header = connection.headers.get("authorization")
    if header is None:
        return None
    scheme, _, key = header.partition(" ")
    found = find_key(service, key.strip()) if scheme.lower() == _BEARER else None
    if found is None:
        service.limits.spend("strangers", address_of(connection))
        raise NotLoggedIn
    return Caller(
        organisation_id=found.organisation_id, role="service", key_id=found.id, name=found.name
    )


def _of_cookie(connection: HTTPConnection, service: Service) -> Caller | None:
    token = connection.cookies.get(cookie_of(service.settings))
    if not token:
        return None
    found = find_login(service, token)
    if found is None:
        service.limits.spend("strangers", address_of(connection))
        return None
    return Caller(
        organisation_id=found.organisation_id,
        role=found.role,
        user_id=found.user_id,
        name=found.name,
        csrf_token=found.csrf_token,
    )


def _posts_turn(connection: HTTPConnection) -> bool:
    return connection.scope.get("method") == "POST" and connection.url.path.endswith("/turns")
