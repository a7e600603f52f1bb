"""The API's sessions and turns."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session as DatabaseSession

from attunement import wire
from attunement.web._openapi import conflicting
from attunement.web._problems import Problem
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts import Caller, record, requires
from attunement.web.sessions._api import After, Before, Limit, SessionId
from attunement.web.sessions._paging import mark_of, place_of
from attunement.web.sessions._signal import signal
from attunement.web.sessions._store import SessionStore
from attunement.web.sessions._views import SessionView
from attunement.wire import NewSession, NewTurn

router = APIRouter(prefix="/api/v1", tags=["sessions"])

MayUse = Annotated[Caller, requires("sessions.use")]


@router.post(
    "/sessions",
    status_code=201,
    operation_id="create_session",
    summary="Begin a session",
    responses=conflicting("There is a session with this label already."),
)
def create_session(new: NewSession, service: ServiceNow, caller: MayUse) -> wire.Session:
    """Begin a session that takes turns until it is closed."""
    with service.database.of(caller.organisation_id) as db:
        found = store(service, db, caller).create(
            **new.model_dump(), estimator=service.listening.estimator
        )
        record(db, service.vault, caller=caller, action="session.create", object_id=found.id)
    return told(found)


@router.get(
    "/sessions",
    operation_id="list_sessions",
    summary="List sessions",
)
def list_sessions(
    service: ServiceNow,
    caller: MayUse,
    status: Annotated[
        wire.Status | None, Query(description="Only live ones, or only closed ones.")
    ] = None,
    patient_id: Annotated[
        str | None, Query(pattern="^[0-9a-f]{32}$", description="Only this patient's.")
    ] = None,
    limit: Limit = 50,
    before: Before = None,
) -> wire.Sessions:
    """List the sessions that you may see, the latest first: therapists and programs their own."""
    with service.database.of(caller.organisation_id) as db:
        found = store(service, db, caller).sessions(
            status=status, patient_id=patient_id, before=place_of(before), limit=limit + 1
        )
    more = len(found) > limit
    return wire.Sessions(
        sessions=tuple(told(one) for one in found[:limit]),
        next=mark_of(found[limit - 1].held_at, found[limit - 1].id) if more else None,
    )


@router.get(
    "/sessions/{session_id}",
    operation_id="get_session",
    summary="Read about a session",
)
def get_session(session_id: SessionId, service: ServiceNow, caller: MayUse) -> wire.Session:
    """Say what is known of a session, without its turns."""
    with service.database.of(caller.organisation_id) as db:
        return told(store(service, db, caller).find(session_id))


@router.post(
    "/sessions/{session_id}/close",
    operation_id="close_session",
    summary="Close a session",
)
def close_session(session_id: SessionId, service: ServiceNow, caller: MayUse) -> wire.Session:
    """Let a session take no more turns. Closing it again changes nothing."""
    closed = service.listening.close(caller, session_id)
    if closed.n_turns:
        service.jobs.want(caller.organisation_id, "language")
    return told(closed)


@router.post(
    "/sessions/{session_id}/turns",
    status_code=201,
    operation_id="post_turn",
    summary="Post a turn",
    responses={
        200: {
            "model": wire.State,
            "description": "The same turn was posted before; this is the state after it.",
        },
        **conflicting(
            "Another number is expected (`expected` says which), the turn's id belongs to "
            "a turn with another content, the session is closed, or it was begun with another "
            "model."
        ),
    },
)
def post_turn(
    session_id: SessionId,
    new: NewTurn,
    service: ServiceNow,
    caller: MayUse,
    response: Response,
) -> wire.State:
    """Hear one turn and say what is known after it.

    An answer of 201 or 200 means that the turn is on disk. If no answer came, post the same again:
    it is one turn.
    """
    check_length(service, new)
    found, created = service.listening.post(caller, session_id, new)
    if not created:
        response.status_code = 200
    return wire.State.model_validate(found.state)


@router.get(
    "/sessions/{session_id}/turns",
    operation_id="list_turns",
    summary="Read the turns",
)
def list_turns(
    session_id: SessionId,
    service: ServiceNow,
    caller: MayUse,
    after: After = -1,
    limit: Limit = 100,
) -> wire.Turns:
    """Read what was said, with the state after each turn. Reading is noted in the audit."""
    with service.database.of(caller.organisation_id) as db:
        found = store(service, db, caller).turns(session_id, after=after, limit=limit + 1)
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    return wire.Turns(
        turns=tuple(wire.Turn.model_validate(one) for one in found[:limit]),
        next_after=found[limit - 1].number if len(found) > limit else None,
    )


@router.get(
    "/sessions/{session_id}/state",
    operation_id="get_state",
    summary="Read the state and the signal",
)
def get_state(session_id: SessionId, service: ServiceNow, caller: MayUse) -> wire.Now:
    """Say what is known after the last turn, and what that suggests."""
    with service.database.of(caller.organisation_id) as db:
        sessions = store(service, db, caller)
        found = sessions.find(session_id)
        alarms = sessions.alarms(session_id=session_id)
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    state = found.last
    return wire.Now(
        session_id=found.id,
        status="live" if found.status == "live" else "closed",
        n_turns=found.n_turns,
        state=None if state is None else wire.State.model_validate(state),
        signal=signal(state, alarms, n_turns=found.n_turns),
    )


def store(service: Service, db: DatabaseSession, caller: Caller) -> SessionStore:
    """Give what reads and writes sessions for a caller."""
    return SessionStore(db, service.vault, caller)


def told(view: SessionView) -> wire.Session:
    """Say what is known of a session."""
    return wire.Session.model_validate(
        {
            "id": view.id,
            "patient_id": view.patient_id,
            "patient": view.patient_code,
            "label": view.label,
            "condition": view.condition,
            "number": view.number,
            "therapist_id": view.therapist_id,
            "therapist": view.therapist_name,
            "status": view.status,
            "estimator": view.estimator,
            "false_alarms": view.false_alarms,
            "typical_turns": view.typical_turns,
            "fictional": view.fictional,
            "held_at": view.held_at,
            "created_at": view.created_at,
            "closed_at": view.closed_at,
            "n_turns": view.n_turns,
        }
    )


def check_length(service: Service, new: NewTurn) -> None:
    """Refuse a turn that is longer than this service takes.

    Raises
    ------
    Problem
        422: it is.
    """
    most = service.settings.max_turn_chars
    if len(new.text) > most:
        raise Problem(
            422,
            f"The turn has {len(new.text)} characters; this service takes up to {most}.",
            mend="Post it as several turns.",
            more={"field": "text"},
        )
