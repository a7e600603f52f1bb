"""Pages for getting in and out: logging in, links, one's own account."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from attunement.web._problems import Problem
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts._answers import log_out, refuse, try_to_log_in
from attunement.web.accounts._attempts import WrongLogin
from attunement.web.accounts._caller import Caller, address_of, requires
from attunement.web.accounts._cookies import set_cookie
from attunement.web.accounts._forgery import check_origin
from attunement.web.accounts._links import UsedLink, find_link
from attunement.web.accounts._own import change_password, enter_by_link, set_password_by_link
from attunement.web.accounts._passwords import FEWEST_CHARS, MOST_CHARS
from attunement.web.pages import page
from attunement.web.storage import OneTimeLink, User
from attunement.wire import Email, Password

pages = APIRouter(include_in_schema=False)

Person = Annotated[Caller, requires("account.own")]
_LENGTHS: dict[str, Any] = {"fewest": FEWEST_CHARS, "most": MOST_CHARS}


@pages.get("/login")
def get_login(request: Request, service: ServiceNow, next: str = "/") -> Response:
    """Show the form to log in with."""
    return _login_page(request, service, wanted=next)


@pages.post("/login")
def post_login(
    request: Request,
    service: ServiceNow,
    email: Annotated[Email, Form()],
    password: Annotated[Password, Form()],
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Log a person in, and show what they wanted to see."""
    token = try_to_log_in(request, service, email=email, password=password)
    if not isinstance(token, str):
        shown = _login_page(request, service, wanted=next, email=email, problem=WrongLogin())
        return refuse(shown, service, token)
    return _let_in(service, token, to=own_path(next))


@pages.post("/logout")
def post_logout(
    request: Request,
    service: ServiceNow,
    caller: Person,
    everywhere: Annotated[bool, Form()] = False,
) -> Response:
    """Log a person out."""
    response = RedirectResponse("/login", 303)
    log_out(request, response, service, caller=caller, everywhere=everywhere)
    return response


@pages.get("/links/{token}")
def get_link(request: Request, token: str, service: ServiceNow) -> Response:
    """Let the one user of this machine in; have others set their password first."""
    link, user = _found_link(request, service, token)
    if link.purpose == "log_in":
        return _let_in(service, enter_by_link(service, link, user), to="/")
    return _link_page(request, user)


@pages.post("/links/{token}")
def post_link(
    request: Request,
    token: str,
    service: ServiceNow,
    password: Annotated[Password, Form()],
    again: Annotated[Password, Form()],
) -> Response:
    """Set a password, which uses the link up."""
    check_origin(request)
    link, user = _found_link(request, service, token)
    if link.purpose != "set_password":
        raise UsedLink
    if password != again:
        return _link_page(request, user, problem=_not_the_same())
    try:
        login = set_password_by_link(service, link, user, password=password)
    except UsedLink:
        raise
    except Problem as problem:
        return _link_page(request, user, problem=problem)
    return _let_in(service, login, to="/")


@pages.get("/account")
def get_account(request: Request, service: ServiceNow, caller: Person) -> Response:
    """Show a person their own account."""
    return _account_page(request, service, caller=caller)


@pages.post("/account/password")
def post_password(
    request: Request,
    service: ServiceNow,
    caller: Person,
    old: Annotated[Password, Form()],
    password: Annotated[Password, Form()],
    again: Annotated[Password, Form()],
) -> Response:
    """Change a person's own password."""
    if password != again:
        return _account_page(request, service, caller=caller, problem=_not_the_same())
    try:
        token = change_password(service, caller=caller, old=old, new=password)
    except Problem as problem:
        return _account_page(request, service, caller=caller, problem=problem)
    return _let_in(service, token, to="/account?changed=1")


def own_path(wanted: str) -> str:
    """Give where somebody wanted to go, if it is a page of ours; the first page otherwise."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    ours = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if plain and ours and not parts.scheme and not parts.netloc else "/"


def _found_link(request: Request, service: Service, token: str) -> tuple[OneTimeLink, User]:
    try:
        return find_link(service, token)
    except UsedLink:
        service.limits.spend("strangers", address_of(request))
        raise


def _let_in(service: Service, token: str, *, to: str) -> Response:
    response = RedirectResponse(to, 303)
    set_cookie(response, service.settings, token)
    return response


def _login_page(
    request: Request,
    service: Service,
    *,
    wanted: str,
    email: str = "",
    problem: Problem | None = None,
) -> Response:
    return page(
        request,
        "login.html",
        caller=None,
        status=200 if problem is None else problem.status_code,
        public=service.settings.public,
        next=own_path(wanted),
        email=email,
        **_told(problem),
    )


def _link_page(request: Request, user: User, *, problem: Problem | None = None) -> Response:
    return page(
        request,
        "link.html",
        caller=None,
        status=200 if problem is None else problem.status_code,
        name=user.name,
        email=user.email,
        **_LENGTHS,
        **_told(problem),
    )


def _account_page(
    request: Request, service: Service, *, caller: Caller, problem: Problem | None = None
) -> Response:
    with service.database.of(caller.organisation_id) as db:
        user = db.get_one(User, caller.user_id)
    return page(
        request,
        "account.html",
        caller=caller,
        status=200 if problem is None else problem.status_code,
        has_password=user.password_hash is not None,
        done="Your password was changed." if "changed" in request.query_params else None,
        **_LENGTHS,
        **_told(problem),
    )


def _told(problem: Problem | None) -> dict[str, Any]:
    return {
        "problem": problem.detail if problem is not None else None,
        "mend": problem.mend if problem is not None else None,
    }


def _not_the_same() -> Problem:
    return Problem(422, "The two passwords are not the same.")
