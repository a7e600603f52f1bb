"""What went wrong, told to programs as problem+json (RFC 9457) and to people as a page."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from attunement.errors import AttunementError, DataError, StorageError, UsageError
from attunement.web._headers import secure
from attunement.web.pages import page
from attunement.web.storage import StorageUnavailable

API = "/api/"
PROBLEM_TYPE = "application/problem+json"
_RETRY_SECONDS = 60
_FIELD_CHARS = 100


class Problem(HTTPException):
    """Something the caller can mend, and the HTTP status that says so.

    Parameters
    ----------
    status : int
        The HTTP status.
    detail : str
        What is wrong, in a sentence or two; never a word of a transcript, a name or a code.
    mend : str, optional
        What to do about it.
    headers : mapping, optional
        Headers of the answer.
    more : mapping, optional
        Further members for programs, such as `expected`.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        mend: str | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.mend = mend
        self.more = dict(more or {})


class NotFound(Problem):
    """There is none, or none that the caller may see: both look the same."""

    def __init__(self, what: str = "page") -> None:
        super().__init__(404, f"There is no such {what}, or you may not see it.")


class Forbidden(Problem):
    """The caller's role may not do this."""

    def __init__(self, detail: str = "Your role does not allow this.") -> None:
        super().__init__(403, detail)


class NotLoggedIn(Problem):
    """Nobody is logged in, or the key is not valid."""

    def __init__(self) -> None:
        super().__init__(
            401,
            "You are not logged in, or the key is not valid.",
            mend="Log in, or send a service key as `Authorization: Bearer KEY`.",
            headers={"WWW-Authenticate": "Bearer"},
        )


class TooMany(Problem):
    """Too many requests; says when to come again."""

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(
            429,
            f"Too many requests. Try again in {retry_after} seconds.",
            headers={"Retry-After": str(retry_after)},
            more={"retry_after": retry_after},
        )


def tell_problems(app: FastAPI) -> None:
    """Have every failure told as a problem."""
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(RequestValidationError, _told)
    app.add_exception_handler(AttunementError, _told)
    app.add_exception_handler(Exception, _failed)


async def _failed(request: Request, error: Exception) -> Response:
    """Tell a fault of ours; this answer comes from outside the doors, so it is secured here."""
    response = answer(request, problem_of(error))
    secure(response.headers, path=request.url.path, public=request.app.state.settings.public)
    return response


async def _told(request: Request, error: Exception) -> Response:
    return answer(request, problem_of(error))


def problem_of(error: Exception) -> Problem:
    """Say of any failure what it is to the caller; of our own faults only that there was one."""
    match error:
        case Problem():
            return error
        case HTTPException():
            return Problem(error.status_code, _detail(error), headers=error.headers)
        case RequestValidationError():
            return _invalid(error)
        case StorageUnavailable():
            return _unavailable(error, error.retry_after)
        case StorageError():
            return _unavailable(error, _RETRY_SECONDS)
        case DataError() | UsageError():
            status = 422 if isinstance(error, DataError) else 400
            more = {"line": error.line, "field": error.field}
            return Problem(
                status,
                f"{error.problem}.",
                mend=f"{error.mend}.",
                more={name: value for name, value in more.items() if value is not None},
            )
        case _:
            return Problem(500, "The service has failed. What happened is in its log.")


def answer(request: Request, problem: Problem) -> Response:
    """Tell a problem: as JSON to programs, as a page to people."""
    headers = dict(problem.headers or {})
    if request.url.path.startswith(API):
        return JSONResponse(as_json(problem), problem.status_code, headers, media_type=PROBLEM_TYPE)
    if isinstance(problem, NotLoggedIn):
        login = f"/login?next={quote(_asked_for(request))}"
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": login})
        return RedirectResponse(login, 303)
    return page(
        request,
        "error.html",
        caller=getattr(request.state, "caller", None),
        status=problem.status_code,
        headers=headers,
        title=_title(problem),
        detail=problem.detail,
        mend=problem.mend,
    )


def as_json(problem: Problem) -> dict[str, Any]:
    """Give the members of a problem, as RFC 9457 has them."""
    members: dict[str, Any] = {
        "type": "about:blank",
        "title": _title(problem),
        "status": problem.status_code,
        "detail": problem.detail,
    }
    if problem.mend is not None:
        members["mend"] = problem.mend
    return {**members, **problem.more}


def _asked_for(request: Request) -> str:
    return request.url.path if request.method in ("GET", "HEAD") else "/"


def _detail(error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound().detail
    return str(error.detail)


def _title(problem: Problem) -> str:
    try:
        return HTTPStatus(problem.status_code).phrase
    except ValueError:
        return "Problem"


def _invalid(error: RequestValidationError) -> Problem:
    """Name the fields and what is wrong with each, without what was sent: it may be a turn."""
    found = [
        {
            "field": ".".join(map(str, one["loc"]))[:_FIELD_CHARS],
            "problem": str(one["msg"]),
        }
        for one in error.errors()
    ]
    first = found[0] if found else {"field": "body", "problem": "not valid"}
    return Problem(422, f"{first['field']}: {first['problem']}.", more={"errors": found})


def _unavailable(error: AttunementError, retry_after: int) -> Problem:
    problem = error.problem[0].upper() + error.problem[1:]
    return Problem(
        503,
        f"{problem}. Nothing was lost that was acknowledged.",
        mend=f"{error.mend}.",
        headers={"Retry-After": str(retry_after)},
    )
