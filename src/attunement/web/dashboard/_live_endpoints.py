"""A session while it goes on: begun, followed, posted to by hand, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from attunement.live import State
from attunement.web._problems import Problem
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts import Caller, requires
from attunement.web.dashboard._addresses import MOST_TURNS, SEE_OTHER
from attunement.web.dashboard._charts import contents, specifications
from attunement.web.dashboard._reading import now_words
from attunement.web.dashboard._words import (
    gap_name,
    gap_words,
    interval_name,
    interval_words,
    language_words,
    signed,
    trend_note,
    trend_words,
    unit_words,
)
from attunement.web.pages import fragment, page
from attunement.web.sessions import (
    AlarmView,
    SessionStore,
    SessionView,
    TurnView,
    check_length,
    close_session,
    create_session,
    safety,
)
from attunement.web.storage import new_id
from attunement.wire import NewSession, NewTurn

router = APIRouter()

_User = Annotated[Caller, requires("sessions.use")]
_LATEST = 4
_LATEST_ALARMS = 3
_Text = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnForm:
    """The form that posts a turn by hand.

    Attributes
    ----------
    turn_id : str
        The turn's own name: sent twice, it is one turn.
    number : int
        The number it will have.
    role, text : str
        What stands in it.
    focus : bool
        Whether the next thing typed belongs there.
    problem : str or None
        Why the last one was not taken.
    """

    turn_id: str
    number: int
    role: str
    text: str = ""
    focus: bool = False
    problem: str | None = None


@router.get("/sessions/new")
def ask_new(request: Request, caller: _User) -> Response:
    """Show the form that begins a session."""
    return _new_page(request, caller)


@router.post("/sessions/new")
def begin(
    request: Request,
    caller: _User,
    service: ServiceNow,
    patient: _Text = "",
    label: _Text = "",
    condition: _Text = "",
) -> Response:
    """Begin a session."""
    given = {"patient": patient.strip(), "label": label.strip(), "condition": condition.strip()}
    if not given["patient"]:
        return _new_page(
            request, caller, status=422, given=given, problem="Give the patient a code."
        )
    try:
        new = NewSession(
            patient=given["patient"],
            label=given["label"] or None,
            condition=given["condition"] or None,
            therapist_id=caller.user_id,
        )
        session = create_session(new, service, caller)
    except ValidationError:
        return _new_page(
            request,
            caller,
            status=422,
            given=given,
            problem="Give each in one line of up to 200 characters.",
        )
    except Problem as problem:
        return _new_page(
            request, caller, status=problem.status_code, given=given, problem=problem.detail
        )
    return RedirectResponse(f"/sessions/{session.id}/live", SEE_OTHER)


@router.get("/sessions/{session_id}/live")
def follow(request: Request, session_id: str, caller: _User, service: ServiceNow) -> Response:
    """Show a session as it goes on."""
    heard = _heard(session_id, caller, service)
    session = heard.session
    last, estimator = session.last, session.estimator
    return page(
        request,
        "live.html",
        caller=caller,
        session=session,
        own=session.therapist_id is not None and session.therapist_id == caller.user_id,
        form=_next_form(session, heard.latest),
        charts={"specs": specifications(), **_contents(heard)},
        gap_name=gap_name(estimator),
        gap_words=gap_words(estimator, last),
        unit_words=unit_words(estimator, last.unit if last else None),
        interval_words=interval_words(estimator),
        trend_note=trend_note(estimator),
        **_now(heard),
    )


@router.get("/sessions/{session_id}/now")
def latest(
    session_id: str,
    caller: _User,
    service: ServiceNow,
    after: Annotated[int, Query(ge=-1, le=MOST_TURNS)] = -1,
) -> Response:
    """Show where a session stands, in the place of where it stood; charts get what is new."""
    heard = _heard(session_id, caller, service, after=after)
    return fragment("live_now.html", caller=caller, session=heard.session, **_now(heard))


@router.post("/sessions/{session_id}/live/turns")
def post_turn(
    request: Request,
    session_id: str,
    caller: _User,
    service: ServiceNow,
    turn_id: Annotated[str, Form(max_length=100)],
    number: Annotated[int, Form(ge=0)],
    role: Annotated[str, Form(max_length=10)] = "patient",
    text: Annotated[str, Form()] = "",
) -> Response:
    """Hear a turn that was typed, and give the form for the next."""
    problem = _heard_or_not(
        service, caller, session_id, turn_id=turn_id, number=number, role=role, text=text
    )
    if "hx-request" not in request.headers and problem is None:
        return RedirectResponse(f"/sessions/{session_id}/live", SEE_OTHER)
    heard = _heard(session_id, caller, service, after=number)
    session = heard.session
    form = _next_form(session, heard.latest)
    if problem is not None:
        form = TurnForm(
            turn_id=form.turn_id,
            number=form.number,
            role=role,
            text=text,
            problem=problem,
        )
    return fragment("post_turn.html", caller=caller, session=session, form=form)


@router.post("/sessions/{session_id}/close")
def end(session_id: str, caller: _User, service: ServiceNow) -> RedirectResponse:
    """End a session; whose it was is asked how it went."""
    closed = close_session(session_id, service, caller)
    own = closed.therapist_id is not None and closed.therapist_id == caller.user_id
    after = "/rate" if own and closed.n_turns else ""
    return RedirectResponse(f"/sessions/{session_id}{after}", SEE_OTHER)


def _heard_or_not(
    service: Service,
    caller: Caller,
    session_id: str,
    *,
    turn_id: str,
    number: int,
    role: str,
    text: str,
) -> str | None:
    """Hear a turn; say why not where it cannot be taken."""
    if not text.strip():
        return "There are no words in it: type what was said."
    try:
        new = NewTurn.model_validate(
            {"turn_id": turn_id, "number": number, "role": role, "text": text}
        )
        check_length(service, new)
        service.listening.post(caller, session_id, new)
    except ValidationError:
        return "This could not be read as a turn: choose who speaks, and shorten long turns."
    except Problem as refused:
        if refused.status_code not in (409, 422):
            raise
        return f"{refused.detail} {refused.mend or ''}"
    return None


def _new_page(
    request: Request,
    caller: Caller,
    *,
    status: int = 200,
    given: dict[str, str] | None = None,
    problem: str | None = None,
) -> Response:
    return page(
        request,
        "new_session.html",
        caller=caller,
        status=status,
        given=given or {"patient": "", "label": "", "condition": ""},
        problem=problem,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Where a session stands.

    Attributes
    ----------
    session : SessionView
        The session.
    states : list of State
        After the turns that a page has not drawn yet.
    latest : list of TurnView
        The last turns, to be read.
    alarms : list of AlarmView
        All of them, in order.
    """

    session: SessionView
    states: list[State]
    latest: list[TurnView]
    alarms: list[AlarmView]


def _heard(session_id: str, caller: Caller, service: Service, *, after: int = -1) -> _Heard:
    """Read where a session stands, opening no more of it than is shown."""
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        session = store.find(session_id)
        latest = store.turns(session_id, after=max(session.n_turns - _LATEST, 0) - 1)
        alarms = sorted(
            store.alarms(session_id=session_id), key=lambda alarm: (alarm.turn, alarm.id)
        )
        states = store.states(session_id, after=after)
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    return _Heard(session=session, states=states, latest=latest, alarms=alarms)


def _now(heard: _Heard) -> dict[str, Any]:
    last: State | None = heard.latest[-1].state if heard.latest else None
    estimator = heard.session.estimator
    return {
        "contents": _contents(heard),
        "last": last,
        "said": now_words(last) if last else "",
        "trend": trend_words(last.trend if last else None),
        "signed": signed(estimator),
        "safety": [(last.safety_turn, safety(last.safety_turn))]
        if last and last.safety_turn is not None
        else [],
        "language_words": language_words(last),
        "interval_name": interval_name(estimator),
        "alarms": [one for one in heard.alarms if one.seen_at is None][-_LATEST_ALARMS:][::-1],
        "alarm_words": {alarm.turn: alarm.words for alarm in heard.alarms},
        "latest": heard.latest,
    }


def _contents(heard: _Heard) -> dict[str, Any]:
    return contents(
        heard.states,
        [alarm.turn for alarm in heard.alarms],
        final=heard.latest[-1].number if heard.latest else 0,
    )


def _next_form(session: SessionView, turns: list[TurnView]) -> TurnForm:
    spoke = turns[-1].role if turns else "patient"
    return TurnForm(
        turn_id=f"page-{new_id()}",
        number=session.n_turns,
        role="therapist" if spoke == "patient" else "patient",
        focus=bool(turns),
    )
