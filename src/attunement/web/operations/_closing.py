"""Stopping without losing anything: streams are told first, then what was begun is finished."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import uvicorn
from sse_starlette.sse import AppStatus

from attunement.web.operations._journal import journal

if TYPE_CHECKING:
    from uvicorn import Config


class Closing:
    """Whether the service is about to stop. Streams wait for it and say goodbye.

    It belongs to one event loop, the server's, and is begun there.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def begun(self) -> bool:
        """Whether the service was told to stop."""
        return self._event.is_set()

    def begin(self) -> None:
        """Tell everybody who waits."""
        self._event.set()

    async def wait(self) -> None:
        """Wait until the service is told to stop."""
        await self._event.wait()


class DrainingServer(uvicorn.Server):
    """A server that tells its streams that it stops, before it waits for them to end.

    On SIGTERM or SIGINT it accepts nothing more, ends streams, answers what it has begun to
    read within the configuration's limit, and lets the application put its jobs back (its
    lifespan).

    Parameters
    ----------
    config : uvicorn.Config
        With `timeout_graceful_shutdown`: seconds.
    closing : Closing
        What the application's streams wait for.
    """

    def __init__(self, config: Config, *, closing: Closing) -> None:
        super().__init__(config)
        # Streams end by themselves when `closing` has begun; the library would cut them off.
        AppStatus.enable_automatic_graceful_drain = False
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        journal.info("service.stopping")
        self._closing.begin()
        await super().shutdown(sockets)
        journal.info("service.stopped")
