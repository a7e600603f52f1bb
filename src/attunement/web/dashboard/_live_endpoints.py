"""A session while it goes on: begun, followed, posted to by hand, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from attunement.live import State
from attunement.web._problems import Problem
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts import Caller, requires
from attunement.web.dashboard._addresses import SEE_OTHER
from attunement.web.dashboard._charts import contents, specifications
from attunement.web.dashboard._reading import now_words
from attunement.web.dashboard._words import gap_name, gap_words, trend_words, unit_words
from attunement.web.pages import fragment, page
from attunement.web.sessions import AlarmView, SessionStore, SessionView, TurnView
from attunement.web.storage import new_id
from attunement.wire import NewTurn

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
    most : int
        The longest text.
    focus : bool
        Whether the next thing typed belongs there.
    problem : str or None
        Why the last one was not taken.
    """

    turn_id: str
    number: int
    role: str
    text: str = ""
    most: int
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
        with service.database.of(caller.organisation_id) as db:
            session = SessionStore(db, service.vault, caller).create(
                patient=given["patient"],
                estimator=service.listening.estimator,
                label=given["label"] or None,
                condition=given["condition"] or None,
                therapist_id=caller.user_id,
            )
    except Problem as problem:
        return _new_page(
            request, caller, status=problem.status_code, given=given, problem=problem.detail
        )
    return RedirectResponse(f"/sessions/{session.id}/live", SEE_OTHER)


@router.get("/sessions/{session_id}/live")
def follow(request: Request, session_id: str, caller: _User, service: ServiceNow) -> Response:
    """Show a session as it goes on."""
    session, turns, alarms = _heard(session_id, caller, service)
    return page(
        request,
        "live.html",
        caller=caller,
        session=session,
        form=_next_form(session, turns, service),
        charts={"specs": specifications(), **_contents(turns, alarms)},
        gap_name=gap_name(session.last),
        gap_words=gap_words(session.last),
        unit_words=unit_words(session.last),
        **_now(session, turns, alarms),
    )


@router.get("/sessions/{session_id}/now")
def latest(session_id: str, caller: _User, service: ServiceNow) -> Response:
    """Show where a session stands, in the place of where it stood."""
    session, turns, alarms = _heard(session_id, caller, service)
    return fragment("live_now.html", caller=caller, session=session, **_now(session, turns, alarms))


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
    try:
        new = NewTurn.model_validate(
            {"turn_id": turn_id, "number": number, "role": role, "text": text}
        )
        service.listening.post(caller, session_id, new)
        problem = None
    except ValidationError:
        problem = "This could not be read as a turn: choose who speaks, and shorten long turns."
    except Problem as refused:
        if refused.status_code != 409:
            raise
        problem = f"{refused.detail} {refused.mend or ''}"
    if "hx-request" not in request.headers and problem is None:
        return RedirectResponse(f"/sessions/{session_id}/live", SEE_OTHER)
    session, turns, _ = _heard(session_id, caller, service)
    form = _next_form(session, turns, service)
    if problem is not None:
        form = TurnForm(
            turn_id=form.turn_id,
            number=form.number,
            role=role,
            text=text,
            most=form.most,
            problem=problem,
        )
    return fragment("post_turn.html", caller=caller, session=session, form=form)


@router.post("/sessions/{session_id}/close")
def end(session_id: str, caller: _User, service: ServiceNow) -> RedirectResponse:
    """End a session."""
    if service.listening.close(caller, session_id).n_turns:
        service.jobs.want(caller.organisation_id, "language")
    return RedirectResponse(f"/sessions/{session_id}", SEE_OTHER)


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


def _heard(
    session_id: str, caller: Caller, service: Service
) -> tuple[SessionView, list[TurnView], list[AlarmView]]:
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        session = store.find(session_id)
        turns = store.turns(session_id)
        alarms = sorted(
            store.alarms(session_id=session_id), key=lambda alarm: (alarm.turn, alarm.id)
        )
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    return session, turns, alarms


def _now(session: SessionView, turns: list[TurnView], alarms: list[AlarmView]) -> dict[str, Any]:
    last: State | None = turns[-1].state if turns else None
    return {
        "contents": _contents(turns, alarms),
        "last": last,
        "said": now_words(last) if last else "",
        "trend": trend_words(last.trend if last else None),
        "alarms": [alarm for alarm in alarms if alarm.seen_at is None][-_LATEST_ALARMS:][::-1],
        "alarm_words": {alarm.turn: alarm.words for alarm in alarms},
        "latest": turns[-_LATEST:],
    }


def _contents(turns: list[TurnView], alarms: list[AlarmView]) -> dict[str, Any]:
    return contents([turn.state for turn in turns], [alarm.turn for alarm in alarms])


def _next_form(session: SessionView, turns: list[TurnView], service: Service) -> TurnForm:
    spoke = turns[-1].role if turns else "patient"
    return TurnForm(
        turn_id=f"page-{new_id()}",
        number=session.n_turns,
        role="therapist" if spoke == "patient" else "patient",
        most=service.settings.max_turn_chars,
        focus=bool(turns),
    )
