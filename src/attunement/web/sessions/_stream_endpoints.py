"""The API's streams: Server-Sent Events, and a WebSocket that also takes turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Request, WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from attunement import wire
from attunement.web._problems import Problem, as_json, problem_of
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts import Caller
from attunement.web.operations import journal
from attunement.web.sessions._api import After, SessionId
from attunement.web.sessions._endpoints import MayUse, check_length
from attunement.web.sessions._following import SEND_SECONDS, Following
from attunement.wire import Accepted, Heartbeat, PostTurn, Refused, Stopping, TurnHeard

router = APIRouter(prefix="/api/v1", tags=["streams"])

_NEVER = 1e9
"""Seconds between the library's own pings: heartbeats are ours."""
_AGAIN_MILLISECONDS = 1000
_MOST_CHARACTERS = 1_000_000
_GOING_AWAY = 1001
_TOO_SLOW = 1013
_NOT_TEXT = 1003
_TOO_BIG = 1009
_LAST = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=20,
        description="The number of the last turn that was told: goes on after it. Browsers send it "
        "by themselves; it goes before `after`.",
    ),
]


@router.get(
    "/sessions/{session_id}/stream",
    operation_id="stream_session",
    summary="Follow a session",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Server-Sent Events. `turn`: data is a TurnHeard, id the turn's number. "
            "`closed`: data is a SessionClosed; the stream ends. "
            "`stopping`: the service starts anew; connect again. Comments are heartbeats.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
)
async def stream_session(
    session_id: SessionId,
    request: Request,
    service: ServiceNow,
    caller: MayUse,
    after: After = -1,
    last_event_id: _LAST = None,
) -> EventSourceResponse:
    """Tell the turns above `after`, then each as it is heard, until the session is closed."""
    following = Following(service, caller, request, session_id)
    await run_in_threadpool(following.open)
    return EventSourceResponse(
        _events(following, after=_resumed(last_event_id, after)),
        ping=_NEVER,
        send_timeout=SEND_SECONDS,
    )


async def _events(following: Following, *, after: int) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="attunement")
    async for message in following.messages(after=after):
        match message:
            case Heartbeat():
                yield ServerSentEvent(comment="heartbeat")
            case TurnHeard():
                yield ServerSentEvent(
                    message.model_dump_json(), event="turn", id=str(message.turn.number)
                )
            case _:
                yield ServerSentEvent(message.model_dump_json(), event=message.type)
    if following.stopping:
        # Browsers connect again by themselves, to the process that comes after this one.
        yield ServerSentEvent(
            Stopping().model_dump_json(), event="stopping", retry=_AGAIN_MILLISECONDS
        )


def _resumed(last_event_id: str | None, after: int) -> int:
    if last_event_id is None:
        return after
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 7:
        raise Problem(
            422,
            "Last-Event-ID is not the number of a turn.",
            mend="Send the id of the last event, or leave it out.",
            more={"field": "Last-Event-ID"},
        )
    return int(last_event_id)


@router.websocket("/sessions/{session_id}/ws")
async def socket_session(
    socket: WebSocket,
    session_id: SessionId,
    service: ServiceNow,
    caller: MayUse,
    after: After = -1,
) -> None:
    """Tell what the stream tells, and take turns: see `wire.Message` and `wire.PostTurn`."""
    following = Following(service, caller, socket, session_id)
    await run_in_threadpool(following.open)
    await socket.accept()
    line = _Line(socket)
    tasks = (
        asyncio.create_task(_tell(line, following, after=after)),
        asyncio.create_task(_take(line, service, caller, session_id)),
    )
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code = next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if code is not None:
        # Who is gone meanwhile needs no goodbye.
        with suppress(WebSocketDisconnect, RuntimeError):
            await socket.close(code)


class _Line:
    """One side of a socket: whole messages, one at a time, to one who takes them."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self._one = asyncio.Lock()

    async def send(self, message: wire.Message) -> None:
        async with self._one, asyncio.timeout(SEND_SECONDS):
            await self.socket.send_text(message.model_dump_json())


async def _tell(line: _Line, following: Following, *, after: int) -> int | None:
    """Tell what is heard; give the code to close with, None where the other side is gone."""
    closed = False
    try:
        async for message in following.messages(after=after):
            await line.send(message)
            closed = message.type == "closed"
    except TimeoutError:
        return _TOO_SLOW
    except (WebSocketDisconnect, RuntimeError):
        return None
    return 1000 if closed else _GOING_AWAY


async def _take(line: _Line, service: Service, caller: Caller, session_id: str) -> int | None:
    """Take turns; what is wrong with one is told, and the next may come."""
    while True:
        received = await line.socket.receive()
        if received["type"] == "websocket.disconnect":
            return None
        text = received.get("text")
        if text is None:
            return _NOT_TEXT
        if len(text) > _MOST_CHARACTERS:
            return _TOO_BIG
        try:
            await line.send(await run_in_threadpool(_hear, service, caller, session_id, text))
        except TimeoutError:
            return _TOO_SLOW
        except (WebSocketDisconnect, RuntimeError):
            return None


def _hear(service: Service, caller: Caller, session_id: str, text: str) -> Accepted | Refused:
    turn_id = None
    try:
        service.limits.spend("turns", caller.user_id or caller.key_id or "")
        new = PostTurn.model_validate_json(text).turn
        turn_id = new.turn_id
        check_length(service, new)
        found, created = service.listening.post(caller, session_id, new)
    except ValidationError as error:
        return _refused(turn_id, _invalid(error))
    except Exception as error:
        problem = problem_of(error)
        if problem.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            journal.error("socket.failed", exc_info=error)
        return _refused(turn_id, problem)
    return Accepted(turn_id=new.turn_id, number=found.number, created=created)


def _invalid(error: ValidationError) -> Problem:
    """Name the field and what is wrong with it, without what was sent."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"])) or "message"
    return Problem(422, f"{where[:100]}: {first['msg']}.", more={"field": where[:100]})


def _refused(turn_id: str | None, problem: Problem) -> Refused:
    return Refused(turn_id=turn_id, problem=wire.Problem.model_validate(as_json(problem)))
