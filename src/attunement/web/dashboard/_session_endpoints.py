"""One session: its charts, and a turn to be read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from attunement.web._problems import NotFound
from attunement.web._service import ServiceNow
from attunement.web.accounts import Caller, may, requires
from attunement.web.dashboard._reading import reading
from attunement.web.dashboard._session import session_page
from attunement.web.pages import fragment, page
from attunement.web.sessions import SessionStore

router = APIRouter()

_Reader = Annotated[Caller, requires("sessions.use")]


@router.get("/sessions/{session_id}")
def read_session(
    request: Request,
    session_id: str,
    caller: _Reader,
    service: ServiceNow,
    turn: Annotated[int | None, Query()] = None,
) -> Response:
    """Show a session."""
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        shown = session_page(
            session=store.find(session_id),
            turns=store.turns(session_id),
            alarms=store.alarms(session_id=session_id),
            ratings=store.ratings(session_id),
            chosen=turn,
        )
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    return page(request, "session.html", caller=caller, may_see=may(caller, "alarms.see"), **shown)


@router.get("/sessions/{session_id}/turn")
def read_turn(
    session_id: str, caller: _Reader, service: ServiceNow, turn: Annotated[int, Query(ge=0)]
) -> Response:
    """Show one turn with its neighbours, in the place of another."""
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        turns = store.turns(session_id, after=turn - 2, limit=3)
        if all(one.number != turn for one in turns):
            raise NotFound("turn")
        alarms = store.alarms(session_id=session_id)
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    return fragment("turn.html", caller=caller, reading=reading(turns, alarms, number=turn))
