"""How much somebody may send: counted as it comes, whatever was announced."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attunement.web._problems import Problem, answer

_UPLOADS = ("/api/v1/uploads", "/upload")


class TooLarge(Problem):
    """More was sent than may be."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            413,
            f"More was sent than the {limit:,} bytes that are allowed.",
            mend="Send less at once, or ask who runs the service to allow more.",
            headers={"Connection": "close"},
            more={"limit": limit},
        )


class BodyLimit:
    """Refuses bodies that are too large (ASGI middleware).

    Parameters
    ----------
    app : ASGIApp
        What answers.
    usual, uploads : int
        Bytes that a request, and an upload, may have.
    """

    def __init__(self, app: ASGIApp, *, usual: int, uploads: int) -> None:
        self.app = app
        self.usual = usual
        self.uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.uploads if _is_upload(scope["path"]) else self.usual
        request = Request(scope)
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            await answer(request, TooLarge(limit))(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise TooLarge(limit)
            return message

        await self.app(scope, counted, send)


def _is_upload(path: str) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in _UPLOADS)
