"""Requests that another site makes a person's browser send are refused (CSRF)."""

from __future__ import annotations

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from attunement.web._problems import Forbidden

HEADER = "x-csrf-token"
FIELD = "csrf_token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM = "application/x-www-form-urlencoded"
_OURS = frozenset({"same-origin", "none"})


async def sent_token(connection: HTTPConnection) -> str | None:
    """Read the token that a form or script has sent back.

    Files are not looked through for it, so uploads send the header.
    """
    header = connection.headers.get(HEADER)
    if header is not None or not isinstance(connection, Request) or not _changes(connection):
        return header
    if connection.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return None
    value = (await connection.form()).get(FIELD)
    return value if isinstance(value, str) else None


SentToken = Annotated[str | None, Depends(sent_token)]


def check_not_forged(connection: HTTPConnection, *, sent: str | None, expected: str) -> None:
    """Hold that a person meant what their browser asks for.

    Whatever changes something must carry the login's token; and, as sockets can carry none, the
    browser's own word that it comes from our pages.

    Raises
    ------
    Forbidden
        It does not.
    """
    if _changes(connection) or connection.scope["type"] == "websocket":
        check_origin(connection)
    if _changes(connection) and not hmac.compare_digest((sent or "").encode(), expected.encode()):
        raise Forbidden(
            "The page this came from is out of date, or it was not one of ours. Load it again."
        )


def check_origin(connection: HTTPConnection) -> None:
    """Refuse what a browser says another site has sent.

    Raises
    ------
    Forbidden
        It says so, by Sec-Fetch-Site or Origin.
    """
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    foreign = site is not None and site not in _OURS
    # Our pages send no referrer, and so forms on them say `null`: then Sec-Fetch-Site must tell.
    if origin is not None and not (origin == "null" and site is not None):
        foreign |= urlsplit(origin).netloc.lower() != connection.headers.get("host", "").lower()
    if foreign:
        raise Forbidden("This was sent by another site.")


def _changes(connection: HTTPConnection) -> bool:
    return connection.scope["type"] == "http" and connection.scope["method"] not in _SAFE
