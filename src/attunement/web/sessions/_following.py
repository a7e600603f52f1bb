"""Following a session: what was heard, in order, until it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from attunement import wire
from attunement.web._problems import NotFound, Problem
from attunement.web._service import Service
from attunement.web.accounts import Caller, current_caller
from attunement.web.operations import Closing
from attunement.web.sessions._store import SessionStore
from attunement.web.sessions._views import TurnView
from attunement.wire import Heartbeat, SessionClosed, TurnHeard

LOOK_SECONDS = 2.0
"""How late a turn is told at most that another process has heard."""
HEARTBEAT_SECONDS = 15.0
RECHECK_SECONDS = 60.0
"""How long somebody who was shut out still hears."""
SEND_SECONDS = 30.0
"""One who takes nothing for so long is dropped; they can take the stream up again."""
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Following:
    """One caller's stream of one session.

    Attributes
    ----------
    service : Service
        The service.
    caller : Caller
        Who follows.
    connection : HTTPConnection
        How; to look again whether they still may.
    session_id : str
        What.
    """

    service: Service
    caller: Caller
    connection: HTTPConnection
    session_id: str

    def open(self) -> None:
        """Make sure that the caller may, and write it into the audit.

        Raises
        ------
        NotFound
            There is no such session for them.
        TooMany
            They have as many streams as one may.
        """
        service = self.service
        service.listening.followers.check(self._who)
        with service.database.of(self.caller.organisation_id) as db:
            SessionStore(db, service.vault, self.caller).standing(self.session_id)
            service.listening.readings.note(
                db, service.vault, caller=self.caller, session_id=self.session_id
            )

    @property
    def _who(self) -> str:
        return self.caller.user_id or self.caller.key_id or ""

    @property
    def stopping(self) -> bool:
        """Whether the service has been told to stop."""
        closing: Closing = self.connection.app.state.operations.closing
        return closing.begun

    async def messages(self, *, after: int) -> AsyncIterator[TurnHeard | SessionClosed | Heartbeat]:
        """Tell the turns above `after`, then each as it is heard; the session's end is the last.

        Heartbeats come where nothing else does. It ends without a word when the service stops, the
        session is erased, or the caller may no longer see it.
        """
        told = checked = time.monotonic()
        closing = self.connection.app.state.operations.closing
        listening = self.service.listening
        with (
            listening.followers.following(self._who),
            listening.bells.heard(self.session_id) as bell,
        ):
            while not closing.begun:
                bell.clear()
                try:
                    closed, turns = await run_in_threadpool(self._news, after)
                except NotFound:
                    return
                for turn in turns:
                    after = turn.number
                    yield TurnHeard(turn=wire.Turn.model_validate(turn))
                    told = time.monotonic()
                if len(turns) == _AT_ONCE:
                    continue
                if closed is not None:
                    yield closed
                    return
                if time.monotonic() - told >= HEARTBEAT_SECONDS:
                    yield Heartbeat()
                    told = time.monotonic()
                if time.monotonic() - checked >= RECHECK_SECONDS:
                    if not await run_in_threadpool(self._still_may):
                        return
                    checked = time.monotonic()
                await _either(bell, closing.wait, seconds=LOOK_SECONDS)

    def _news(self, after: int) -> tuple[SessionClosed | None, list[TurnView]]:
        service = self.service
        with service.database.of(self.caller.organisation_id) as db:
            store = SessionStore(db, service.vault, self.caller)
            status, n_turns = store.standing(self.session_id)
            turns = (
                store.turns(self.session_id, after=after, limit=_AT_ONCE)
                if n_turns > after + 1
                else []
            )
            if status == "live":
                return None, turns
            view = store.find(self.session_id)
        closed = SessionClosed(session_id=view.id, n_turns=view.n_turns, closed_at=view.closed_at)
        return closed, turns

    def _still_may(self) -> bool:
        try:
            now = current_caller(self.connection, self.service, self.caller.csrf_token)
        except Problem:
            return False
        return (now.user_id, now.key_id, now.role) == (
            self.caller.user_id,
            self.caller.key_id,
            self.caller.role,
        )


async def _either(
    bell: asyncio.Event, closing: Callable[[], Awaitable[None]], *, seconds: float
) -> None:
    """Wait until the bell is rung, the service stops, or some time has passed."""
    waiting = [asyncio.ensure_future(bell.wait()), asyncio.ensure_future(closing())]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
        for one in waiting:
            with suppress(asyncio.CancelledError):
                await one
