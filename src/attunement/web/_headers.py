"""What every answer tells browsers, so that a page of ours can load, run and leak nothing else."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = "/static/"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TWO_YEARS = "max-age=63072000; includeSubDomains"


def secure(headers: MutableHeaders, *, path: str, public: bool) -> None:
    """Put the headers on an answer. Whatever may hold health data is never stored on its way."""
    for name, value in _ALWAYS.items():
        headers[name] = value
    if public:
        headers["Strict-Transport-Security"] = _TWO_YEARS
    if not path.startswith(STATIC):
        headers["Cache-Control"] = "no-store"


class SecureHeaders:
    """Puts them on every answer (ASGI middleware).

    Parameters
    ----------
    app : ASGIApp
        What answers.
    public : bool
        Whether browsers shall come through TLS only, from now on.
    """

    def __init__(self, app: ASGIApp, *, public: bool) -> None:
        self.app = app
        self.public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                secure(headers, path=scope["path"], public=self.public)
            await send(message)

        await self.app(scope, receive, secured)
