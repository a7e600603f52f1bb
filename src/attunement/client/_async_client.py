"""The client for programs that do other things while they wait (asyncio)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx

from attunement import wire
from attunement.client import _calls as calls
from attunement.client._address import checked_address, headers, is_loopback
from attunement.client._calls import Call
from attunement.client._errors import BusyError, UnreachableError, error_of
from attunement.client._events import Events
from attunement.client._numbering import Numbering
from attunement.client._sending import ATTEMPTS, answer_of, may_repeat, pause, request
from attunement.errors import UsageError
from attunement.wire import (
    Message,
    NewRatings,
    NewSession,
    NewTurn,
    Rater,
    Role,
    SessionClosed,
    Stopping,
    Told,
)

Answer = TypeVar("Answer", bound=Told)

_QUIET_SECONDS = 60.0
"""A stream that says nothing for so long, not even a heartbeat, is lost."""
_LOOK_SECONDS = 0.5


class AsyncAttunement:
    """A service, as an asynchronous program sees it. Tasks may share one.

    Parameters
    ----------
    address : str
        Where the service is. Off this machine it must be https.
    key : str, optional
        The service key; ATTUNEMENT_SERVICE_KEY of the environment if left out.
    timeout : float
        Seconds to wait for an answer.
    allow_http : bool
        Whether an address off this machine may be without TLS.

    Raises
    ------
    UsageError
        What patients say would travel in the clear.

    Examples
    --------
    >>> async with AsyncAttunement(key="attn_...") as service:  # doctest: +SKIP
    ...     session = await service.create_session("P-017")
    ...     await session.post_turn("patient", "I tried the walk we talked about.")
    ...     print((await session.state()).signal.suggestion)
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        timeout: float = 30.0,
        allow_http: bool = False,
    ) -> None:
        self.address = checked_address(address, allow_http=allow_http)
        self._http = httpx.AsyncClient(
            base_url=self.address,
            headers=headers(key),
            timeout=timeout,
            trust_env=not is_loopback(httpx.URL(self.address).host),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def create_session(
        self,
        patient: str,
        *,
        label: str | None = None,
        condition: str | None = None,
        number: int | None = None,
        therapist: str | None = None,
        therapist_id: str | None = None,
        held_at: datetime | None = None,
    ) -> AsyncLiveSession:
        """Begin a session; see `wire.NewSession`."""
        new = NewSession(
            patient=patient,
            label=label,
            condition=condition,
            number=number,
            therapist=therapist,
            therapist_id=therapist_id,
            held_at=held_at,
        )
        return AsyncLiveSession(self, await self.call(calls.create_session(new)))

    async def session(self, session_id: str) -> AsyncLiveSession:
        """Go on with a session, or read one."""
        return AsyncLiveSession(self, await self.call(calls.session(session_id)))

    async def sessions(
        self, *, status: wire.Status | None = None, patient_id: str | None = None
    ) -> AsyncIterator[wire.Session]:
        """List the sessions that the key may see, the latest first."""
        before: str | None = None
        while True:
            some = await self.call(
                calls.sessions(status=status, patient_id=patient_id, before=before)
            )
            for one in some.sessions:
                yield one
            before = some.next
            if before is None:
                return

    async def alarms(
        self, *, open_only: bool = True, session_id: str | None = None
    ) -> AsyncIterator[wire.RaisedAlarm]:
        """List alarms, the latest first."""
        before: str | None = None
        while True:
            some = await self.call(
                calls.alarms(open_only=open_only, session_id=session_id, before=before)
            )
            for one in some.alarms:
                yield one
            before = some.next
            if before is None:
                return

    async def see_alarm(self, alarm_id: str) -> wire.RaisedAlarm:
        """Mark an alarm as seen."""
        return await self.call(calls.see_alarm(alarm_id))

    async def upload(
        self,
        files: Sequence[Path],
        *,
        patient: Sequence[str] = (),
        therapist: Sequence[str] = (),
        columns: Mapping[str, str] | None = None,
        merge: bool = True,
        patient_code: str | None = None,
        condition: str | None = None,
        held_at: datetime | None = None,
    ) -> wire.Job:
        """Send transcripts to be read; see `wire.UploadOptions`, and `wait` for the end."""
        return await self.call(
            calls.upload(
                files,
                patient=patient,
                therapist=therapist,
                columns=columns or {},
                merge=merge,
                patient_code=patient_code,
                condition=condition,
                held_at=held_at,
            )
        )

    async def job(self, job_id: str) -> wire.Job:
        """See how far a job is."""
        return await self.call(calls.job(job_id))

    async def wait(self, job_id: str, *, seconds: float = 600.0) -> wire.Job:
        """Wait until a job has ended.

        Raises
        ------
        UsageError
            It has not ended in so many seconds; it goes on all the same.
        """
        end = time.monotonic() + seconds
        while True:
            job = await self.job(job_id)
            if job.finished_at is not None:
                return job
            if time.monotonic() >= end:
                raise UsageError(
                    f"the job has not ended in {seconds:g} seconds",
                    mend="Wait longer: it goes on",
                )
            await asyncio.sleep(_LOOK_SECONDS)

    async def call(self, call: Call[Answer]) -> Answer:
        """Ask the service, patiently.

        Raises
        ------
        ServiceError
            It refuses.
        UnreachableError
            It does not answer.
        UnreadableError
            It answers something else.
        """
        for attempt in range(ATTEMPTS):
            failure: httpx.Response | httpx.TransportError
            with request(self._http, call) as asked:
                try:
                    failure = await self._http.send(asked)
                except httpx.TransportError as error:
                    failure = error
            if isinstance(failure, httpx.Response) and failure.is_success:
                break
            if attempt == ATTEMPTS - 1 or not may_repeat(call, failure):
                break
            await asyncio.sleep(pause(attempt, failure))
        if isinstance(failure, httpx.TransportError):
            raise UnreachableError(self.address) from failure
        return answer_of(call, failure)

    async def follow(self, session_id: str, *, after: int = -1) -> AsyncIterator[Message]:
        """Follow a session: the turns above `after`, then each as it is heard, then its end.

        A connection that is lost is taken up again where it was.

        Raises
        ------
        ServiceError, UnreachableError
            It refuses, or does not come back.
        """
        events = Events(after=after)
        lost = 0
        while True:
            known = events.after
            try:
                async with self._http.stream(
                    "GET",
                    f"{calls.API}/sessions/{session_id}/stream",
                    params={"after": events.after},
                    timeout=httpx.Timeout(_QUIET_SECONDS),
                ) as response:
                    if not response.is_success:
                        await response.aread()
                        raise error_of(response)
                    async for piece in response.aiter_bytes():
                        for message in events.feed(piece):
                            if isinstance(message, Stopping):
                                continue
                            yield message
                            if isinstance(message, SessionClosed):
                                return
                failure: httpx.TransportError | None = None
            except httpx.TransportError as error:
                failure = error
            except BusyError:
                if lost == ATTEMPTS - 1:
                    raise
                failure = None
            events.restart()
            lost = 0 if events.after > known else lost + 1
            if lost == ATTEMPTS:
                raise UnreachableError(self.address) from failure
            await asyncio.sleep(pause(lost, failure or httpx.ReadError("the stream ended")))


class AsyncLiveSession:
    """A session of a service. One task at a time posts; what it posts is numbered.

    Parameters
    ----------
    service : AsyncAttunement
        The service.
    told : wire.Session
        What it said of the session.

    Attributes
    ----------
    id : str
        Names the session.
    told : wire.Session
        What the service said of it last.
    """

    def __init__(self, service: AsyncAttunement, told: wire.Session) -> None:
        self.id = told.id
        self.told = told
        self._service = service
        self._numbering = Numbering(told.n_turns)
        self._lock = asyncio.Lock()

    @property
    def next_number(self) -> int:
        """The number of the next turn."""
        return self._numbering.next_number

    async def post_turn(
        self,
        role: Role,
        text: str,
        *,
        turn_id: str | None = None,
        speaker: str | None = None,
        start: float | None = None,
        end: float | None = None,
    ) -> wire.State:
        """Post the next turn. When this returns, the service has it on disk.

        Where no answer comes, the same turn is sent again; it is one turn.

        Parameters
        ----------
        role : {"patient", "therapist", "other"}
            Whose words they are; an AI in the therapist's chair is the therapist.
        text : str
            The words.
        turn_id, speaker, start, end : optional
            As in `wire.NewTurn`; the id is made up if left out.

        Raises
        ------
        ConflictError
            Somebody else has posted to the session (`refresh`, then post again), or it is closed.
        ServiceError, UnreachableError
            The service refuses, or does not answer. After the latter the same call with the same
            `turn_id` is safe.
        """
        async with self._lock:
            new = self._numbering.turn(
                role, text, turn_id=turn_id, speaker=speaker, start=start, end=end
            )
            return await self._post(new)

    async def post(self, new: NewTurn) -> wire.State:
        """Post a turn that was numbered by the caller."""
        async with self._lock:
            return await self._post(new)

    async def refresh(self) -> wire.Session:
        """Ask how the session stands, and go on with the numbers from there."""
        async with self._lock:
            self.told = await self._service.call(calls.session(self.id))
            self._numbering = Numbering(self.told.n_turns)
            return self.told

    async def state(self) -> wire.Now:
        """Read the last state and the signal."""
        return await self._service.call(calls.state(self.id))

    async def turns(self, *, after: int = -1) -> AsyncIterator[wire.Turn]:
        """Read the turns with numbers above `after`."""
        last: int | None = after
        while last is not None:
            some = await self._service.call(calls.turns(self.id, after=last))
            for one in some.turns:
                yield one
            last = some.next_after

    def stream(self, *, after: int = -1) -> AsyncIterator[Message]:
        """Follow the session; see `AsyncAttunement.follow`."""
        return self._service.follow(self.id, after=after)

    async def close(self) -> wire.Session:
        """Let the session take no more turns."""
        self.told = await self._service.call(calls.close(self.id))
        return self.told

    async def rate(
        self, rater: Rater, instrument: str, values: Mapping[str, float]
    ) -> wire.Ratings:
        """Put down what patient or therapist answered on a form."""
        new = NewRatings(rater=rater, instrument=instrument, values=dict(values))
        return await self._service.call(calls.rate(self.id, new))

    async def ratings(self) -> wire.Ratings:
        """Read the session's ratings."""
        return await self._service.call(calls.ratings(self.id))

    async def comparison(self) -> wire.Comparison:
        """Read the therapist's own rating beside what was inferred."""
        return await self._service.call(calls.comparison(self.id))

    async def _post(self, new: NewTurn) -> wire.State:
        state = await self._service.call(calls.post_turn(self.id, new))
        self._numbering.taken(state.turn)
        return state
