"""The cookie of a login."""

from __future__ import annotations

from starlette.responses import Response

from attunement.web._settings import Settings


def cookie_of(settings: Settings) -> str:
    """Give the cookie's name.

    In public `__Host-` has browsers refuse it from anywhere but this very host through TLS. On
    loopback the port is part of the name: cookies there are shared by all ports.
    """
    return "__Host-attunement" if settings.public else f"attunement-{settings.port}"


def set_cookie(response: Response, settings: Settings, token: str) -> None:
    """Have the browser keep a login's token until it is closed, out of reach of scripts."""
    response.set_cookie(
        cookie_of(settings),
        token,
        path="/",
        secure=settings.public,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, settings: Settings) -> None:
    """Have the browser forget it."""
    response.delete_cookie(
        cookie_of(settings), path="/", secure=settings.public, httponly=True, samesite="lax"
    )
