"""One line in the journal, and one count, for every request; and a name to ask about it by.

The line holds the route's template and never the address that was asked for: neither the path, nor
the query, nor headers, cookies or bodies.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from attunement.web._problems import answer as tell
from attunement.web._problems import problem_of
from attunement.web.operations._journal import journal, mark_told

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from attunement.web.operations._measures import Measures

REQUEST_HEADER = "x-request-id"
"""Its value stands in the journal, for whoever asks what happened."""

TURNS_ROUTE = "/api/v1/sessions/{session_id}/turns"

_BEGINS = frozenset({"http.response.start", "websocket.accept"})
_EVENTS = b"text/event-stream"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GONE = 499
_SWITCHED = 101
_REFUSED = 403
_FAULT = 500
_QUIET = frozenset({"/health", "/ready", "/metrics"})


@dataclass(slots=True)
class _Answer:
    """What is known of an answer while it is given."""

    status: int | None = None
    streams: bool = False


class Requests:
    """Names, times, counts and notes every request and socket (ASGI middleware).

    Parameters
    ----------
    app : ASGIApp
        What answers.
    measures : Measures
        Where they are counted.
    """

    def __init__(self, app: ASGIApp, *, measures: Measures) -> None:
        self.app = app
        self.measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request = secrets.token_hex(8)
        root = scope.get("root_path", "")
        scope.setdefault("state", {})["request"] = request
        answer = _Answer()

        async def noted(message: Message) -> None:
            _note(message, answer=answer, request=request)
            if message["type"] in _BEGINS and _streams(message):
                answer.streams = True
                self.measures.streams.inc()
            await send(message)

        began = perf_counter()
        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            journal.error(
                "request.failed", request=request, route=_route(scope, root), exc_info=error
            )
            if answer.status is not None or scope["type"] != "http":
                answer.status = _FAULT
                mark_told(error)
                raise
            await tell(Request(scope), problem_of(error))(scope, receive, noted)
        finally:
            if answer.streams:
                self.measures.streams.dec()
            self._tell(
                scope,
                route=_route(scope, root),
                status=answer.status or _GONE,
                request=request,
                seconds=perf_counter() - began,
            )

    def _tell(self, scope: Scope, *, route: str, status: int, request: str, seconds: float) -> None:
        method = _method(scope)
        self.measures.requests.labels(route=route, method=method, status=str(status)).inc()
        if route == TURNS_ROUTE and method == "POST":
            self.measures.turn_seconds.observe(seconds)
        if route in _QUIET and status < _FAULT:
            return
        journal.info(
            "request.answered",
            request=request,
            route=route,
            method=method,
            status=status,
            ms=round(1000 * seconds, 1),
            caller=_caller(scope),
        )


def _note(message: Message, *, answer: _Answer, request: str) -> None:
    """Keep the status of an answer, and put the request's name on it."""
    if message["type"] == "http.response.start":
        answer.status = message["status"]
        headers = [(REQUEST_HEADER.encode(), request.encode()), *message.get("headers", ())]
        message["headers"] = headers
    elif message["type"] == "websocket.accept":
        answer.status = _SWITCHED
    elif message["type"] == "websocket.close":
        answer.status = message.get("code", 1000) if answer.status else _REFUSED


def _streams(message: Message) -> bool:
    """Tell whether an answer that begins goes on for as long as somebody listens."""
    if message["type"] == "websocket.accept":
        return True
    kinds = (value for name, value in message["headers"] if name.lower() == b"content-type")
    return any(kind.startswith(_EVENTS) for kind in kinds)


def _route(scope: Scope, root: str) -> str:
    """Give the template of the route that answered; nothing of the address itself."""
    path: Any = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and path:
        return path
    mounted: str = scope.get("root_path", "")[len(root) :]
    return f"{mounted}/" if mounted else "(none)"


def _method(scope: Scope) -> str:
    if scope["type"] == "websocket":
        return "SOCKET"
    method = scope["method"]
    return method if method in _METHODS else "(other)"


def _caller(scope: Scope) -> str:
    """Say what kind of caller it was, and not who."""
    caller = scope["state"].get("caller")
    if caller is None:
        return "nobody"
    return "key" if caller.key_id is not None else str(caller.role)
