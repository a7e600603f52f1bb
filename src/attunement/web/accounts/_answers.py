"""Logging in and out, as both the API and the pages do it."""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from attunement.web._service import Service
from attunement.web.accounts._attempts import Failure, log_in, note_failure
from attunement.web.accounts._audit import record
from attunement.web.accounts._caller import Caller, address_of
from attunement.web.accounts._cookies import cookie_of, drop_cookie
from attunement.web.accounts._forgery import check_origin
from attunement.web.accounts._logins import end_login, end_logins


def try_to_log_in(
    request: Request, service: Service, *, email: str, password: str
) -> str | Failure | None:
    """Try to log somebody in, unless another site has made their browser ask."""
    check_origin(request)
    return log_in(service, email=email, password=password, address=address_of(request))


def refuse(response: Response, service: Service, failure: Failure | None) -> Response:
    """Note a failure once the answer is sent, so that it takes no time which could be measured."""
    if failure is not None:
        response.background = BackgroundTask(note_failure, service, failure)
    return response


def log_out(
    request: Request, response: Response, service: Service, *, caller: Caller, everywhere: bool
) -> None:
    """End the caller's login, or all of their logins."""
    token = request.cookies.get(cookie_of(service.settings), "")
    with service.database.of(caller.organisation_id) as db:
        if everywhere and caller.user_id is not None:
            end_logins(db, caller.user_id)
        end_login(db, token)
        record(
            db,
            service.vault,
            caller=caller,
            action="logout",
            detail="everywhere" if everywhere else "",
        )
    drop_cookie(response, service.settings)
