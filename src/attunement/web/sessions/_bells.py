"""Waking the streams of this process when their session goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TypeAlias

_Bell: TypeAlias = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class Bells:
    """Rung from any thread, heard by streams.

    A bell says only that there may be something new; what it is stands in the database, from where
    every stream reads at its own pace. So a slow one keeps nobody waiting and piles nothing up,
    and one that another process should have woken finds out a little later by itself.
    """

    def __init__(self) -> None:
        self._bells: dict[str, set[_Bell]] = {}
        self._lock = Lock()

    @contextmanager
    def heard(self, session_id: str) -> Iterator[asyncio.Event]:
        """Give an event of the running loop that is set whenever the session goes on."""
        bell = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._bells.setdefault(session_id, set()).add(bell)
        try:
            yield bell[1]
        finally:
            with self._lock:
                self._bells[session_id].discard(bell)
                if not self._bells[session_id]:
                    del self._bells[session_id]

    def waiting(self, session_id: str) -> int:
        """Count those who follow the session."""
        with self._lock:
            return len(self._bells.get(session_id, ()))

    def ring(self, session_id: str) -> None:
        """Wake those who follow the session."""
        with self._lock:
            bells = tuple(self._bells.get(session_id, ()))
        for loop, event in bells:
            # A loop that was closed meanwhile has nobody to wake.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)
