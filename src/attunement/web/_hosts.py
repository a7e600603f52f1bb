"""By which name, through what, and at which addresses the service may be reached."""

from __future__ import annotations

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from attunement.web._problems import Problem, answer

_PROBES = frozenset({"/health", "/ready", "/metrics"})
"""Asked by machines that do not come through the front door; they tell nothing of anybody."""
_REFUSED = 4403


_NUL = "\x00"


class KnownHosts(TrustedHostMiddleware):
    """Refuses requests by a name that is not the service's own (ASGI middleware).

    A page elsewhere whose name has been pointed at this machine (DNS rebinding) gets no further,
    and no link that we make leads to a name of somebody else's choosing.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("path") in _PROBES:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class ThroughTls:
    """Refuses requests that came without TLS, which a public service never answers.

    Parameters
    ----------
    app : ASGIApp
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        open_to_all = scope["type"] not in ("http", "websocket") or scope["path"] in _PROBES
        if open_to_all or scope["scheme"] in ("https", "wss"):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _REFUSED})
        else:
            await answer(Request(scope), _NoTls())(scope, receive, send)


class WithoutNul:
    """Refuses addresses with a NUL in them, which databases cannot look for (ASGI middleware).

    Parameters
    ----------
    app : ASGIApp
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and (
            _NUL in scope["path"] or b"%00" in scope.get("query_string", b"")
        ):
            await answer(Request(scope), _Nul())(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class _Nul(Problem):
    def __init__(self) -> None:
        super().__init__(400, "The address holds a character that nothing is called by.")


class _NoTls(Problem):
    def __init__(self) -> None:
        super().__init__(
            400,
            "This service answers through TLS only.",
            mend="Use its https address. If a proxy stands before it, have it send "
            "X-Forwarded-Proto, and name its address in ATTUNEMENT_PROXIES.",
        )
