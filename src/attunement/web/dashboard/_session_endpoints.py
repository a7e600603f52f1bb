"""One session: its charts, a turn to be read, and the therapist's own view of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from attunement.errors import DataError
from attunement.web._problems import NotFound
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts import Caller, may, requires
from attunement.web.dashboard._addresses import MOST_TURNS, SEE_OTHER
from attunement.web.dashboard._language import beside_turn, language_shown
from attunement.web.dashboard._rating import (
    QUESTIONS,
    UnreadableRating,
    instruments,
    read_rating,
    rows,
    to_be_rated_first,
)
from attunement.web.dashboard._reading import reading
from attunement.web.dashboard._session import session_page
from attunement.web.pages import fragment, page
from attunement.web.sessions import SessionStore, SessionView, compare_session, rate_session

router = APIRouter()

_Reader = Annotated[Caller, requires("sessions.use")]


@router.get("/sessions/{session_id}")
def read_session(
    request: Request,
    session_id: str,
    caller: _Reader,
    service: ServiceNow,
    turn: Annotated[int | None, Query(ge=0, le=MOST_TURNS)] = None,
    unrated: bool = False,
) -> Response:
    """Show a session; to its therapist only once it is rated, or they do not want to."""
    return _session_page(request, session_id, caller, service, turn=turn, unrated=unrated)


@router.get("/sessions/{session_id}/turn")
def read_turn(
    session_id: str,
    caller: _Reader,
    service: ServiceNow,
    turn: Annotated[int, Query(ge=0, le=MOST_TURNS)],
) -> Response:
    """Show one turn with its neighbours, in the place of another."""
    beside = beside_turn(service, caller, session_id, number=turn)
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        turns = store.turns(session_id, after=turn - 2, limit=3)
        if all(one.number != turn for one in turns):
            raise NotFound("turn")
        alarms, states = store.alarms(session_id=session_id), store.states(session_id)
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    return fragment(
        "turn.html",
        caller=caller,
        reading=reading(turns, alarms, number=turn, states=states, beside=beside),
    )


@router.get("/sessions/{session_id}/rate")
def ask_rating(request: Request, session_id: str, caller: _Reader, service: ServiceNow) -> Response:
    """Show the form for a session that has ended, without what was inferred."""
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        session = store.find(session_id)
        if session.status != "closed" or not session.n_turns:
            return RedirectResponse(f"/sessions/{session_id}", SEE_OTHER)
        return _rate_page(request, caller, session, blind=to_be_rated_first(session, store))


@router.post("/sessions/{session_id}/rating")
async def rate(request: Request, session_id: str, caller: _Reader, service: ServiceNow) -> Response:
    """Put down how the therapist saw the session."""
    sent = await request.form()
    form = {name: value for name, value in sent.items() if isinstance(value, str)}
    return await run_in_threadpool(_rate, request, session_id, caller, service, form)


def _rate(
    request: Request, session_id: str, caller: Caller, service: Service, form: dict[str, str]
) -> Response:
    try:
        for answered in read_rating(form):
            rate_session(session_id, answered, service, caller)
    except UnreadableRating as problem:
        return _session_page(request, session_id, caller, service, problem=str(problem))
    except DataError as error:
        words = f"{error.problem}. {error.mend}."
        return _session_page(request, session_id, caller, service, problem=words)
    return RedirectResponse(f"/sessions/{session_id}#rate", SEE_OTHER)


def _session_page(
    request: Request,
    session_id: str,
    caller: Caller,
    service: Service,
    *,
    turn: int | None = None,
    unrated: bool = False,
    problem: str | None = None,
) -> Response:
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        session, ratings = store.find(session_id), store.ratings(session_id)
        if to_be_rated_first(session, store) and not unrated:
            return _rate_page(request, caller, session, blind=True, problem=problem)
        turns, alarms = store.turns(session_id), store.alarms(session_id=session_id)
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    # What follows reads in transactions of its own: none may wait while another is held.
    shown = session_page(
        session=session,
        turns=turns,
        alarms=alarms,
        chosen=turn,
        beside=lambda number: beside_turn(service, caller, session_id, number=number),
    )
    own = any(one.rater == "therapist" for one in ratings)
    return page(
        request,
        "session.html",
        caller=caller,
        status=_status(problem),
        may_see=may(caller, "alarms.see"),
        rated=rows(ratings),
        comparison=compare_session(session_id, service, caller) if own else None,
        language=language_shown(service, caller, session),
        **_form(problem),
        **shown,
    )


def _rate_page(
    request: Request,
    caller: Caller,
    session: SessionView,
    *,
    blind: bool,
    problem: str | None = None,
) -> Response:
    return page(
        request,
        "rate_first.html",
        caller=caller,
        status=_status(problem),
        session=session,
        blind=blind,
        **_form(problem),
    )


def _form(problem: str | None) -> dict[str, Any]:
    return {"questions": QUESTIONS, "instruments": instruments(), "rating_problem": problem}


def _status(problem: str | None) -> int:
    return 200 if problem is None else 422
