"""Running the service in this process until it is told to stop."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import uvicorn
from starlette.concurrency import run_in_threadpool

from attunement.errors import UsageError
from attunement.web._app import create_app
from attunement.web._service import Service
from attunement.web._settings import Settings, variable_of
from attunement.web.accounts import link_for_owner
from attunement.web.operations import Closing, DrainingServer, keep_journal

Say = Callable[[str], None]

_WAITING = 512
_KEEP_SECONDS = 75
"""An idle connection is kept so long: people answer more slowly than programs."""


def run(settings: Settings, *, say: Say, open_browser: bool = True) -> None:
    """Serve until SIGTERM or SIGINT.

    Parameters
    ----------
    settings : Settings
        What the service was told.
    say : callable
        Is told where the service is reached.
    open_browser : bool, default: True
        Whether to open the link in a browser; never in public.

    Raises
    ------
    UsageError
        The address cannot be listened on, or the database or the key cannot be used.
    """
    with _listening(settings) as listening:
        settings = replace(settings, port=listening.getsockname()[1])
        keep_journal(as_json=settings.public)
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_max_size=settings.max_body_bytes,
            timeout_keep_alive=_KEEP_SECONDS,
            timeout_graceful_shutdown=round(settings.shutdown_seconds),
        )

        def announce() -> None:
            link = _announced(app.state.service, say)
            if open_browser and link is not None:
                webbrowser.open(link)

        closing = app.state.operations.closing
        server = _AnnouncedServer(config, closing=closing, announce=announce)
        # Ctrl-C is how it is meant to be stopped, and by now it has ended what it had begun.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


class _AnnouncedServer(DrainingServer):
    """Says where it is reached, once it is."""

    def __init__(
        self, config: uvicorn.Config, *, closing: Closing, announce: Callable[[], None]
    ) -> None:
        super().__init__(config, closing=closing)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await run_in_threadpool(self._announce)


def _announced(service: Service, say: Say) -> str | None:
    """Say where the service is reached; give the link for the one user of this machine."""
    settings = service.settings
    if settings.public:
        say(f"Attunement listens on {settings.host}, port {settings.port}.")
        for host in settings.allowed_hosts:
            say(f"  https://{host}")
        return None
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{shown}:{settings.port}"
    link = f"{address}/links/{link_for_owner(service)}"
    say(
        f"Attunement runs on {address}, for you alone. Stop it with Ctrl-C.\n"
        f"This link logs you in; it works once, within an hour:\n  {link}"
    )
    return link


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server(
            (settings.host.strip("[]"), settings.port), family=family, backlog=_WAITING
        )
    except OSError as error:
        raise UsageError(
            f"cannot listen on {settings.host}, port {settings.port} ({error.strerror})",
            mend="Stop what listens there, or take another port with --port",
            field=variable_of("port"),
        ) from None
