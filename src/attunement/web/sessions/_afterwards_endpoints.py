"""The API's alarms, ratings and comparisons: what people do with a session afterwards."""

from __future__ import annotations

from typing import Annotated

import polars as pl
from fastapi import APIRouter, Query
from sqlalchemy.orm import Session as DatabaseSession

from attunement import wire
from attunement.instruments.questionnaires import check_ratings
from attunement.tables import RATINGS
from attunement.web._service import ServiceNow
from attunement.web.accounts import Caller, record, requires
from attunement.web.sessions._api import AlarmId, Before, Limit, SessionId
from attunement.web.sessions._comparison import RatedSession, compare
from attunement.web.sessions._endpoints import MayUse, store
from attunement.web.sessions._paging import mark_of, place_of
from attunement.web.sessions._store import SessionStore
from attunement.web.sessions._views import AlarmView, RatingView
from attunement.wire import NewRatings

router = APIRouter(prefix="/api/v1")

_MaySee = Annotated[Caller, requires("alarms.see")]


@router.get(
    "/alarms",
    tags=["alarms"],
    operation_id="list_alarms",
    summary="List alarms",
)
def list_alarms(
    service: ServiceNow,
    caller: _MaySee,
    open_only: Annotated[
        bool, Query(alias="open", description="Only those that nobody has looked at yet.")
    ] = True,
    session_id: Annotated[
        str | None, Query(pattern="^[0-9a-f]{32}$", description="Only this session's.")
    ] = None,
    limit: Limit = 50,
    before: Before = None,
) -> wire.RaisedAlarms:
    """List the alarms of the sessions that you may see, the latest first."""
    with service.database.of(caller.organisation_id) as db:
        found = store(service, db, caller).alarms(
            open_only=open_only,
            session_id=session_id,
            before=place_of(before),
            limit=limit + 1,
        )
        shown, more = found[:limit], len(found) > limit
        for one in dict.fromkeys(alarm.session_id for alarm in shown):
            service.listening.readings.note(db, service.vault, caller=caller, session_id=one)
    return wire.RaisedAlarms(
        alarms=tuple(_told(one) for one in shown),
        next=mark_of(shown[-1].raised_at, shown[-1].id) if more else None,
    )


@router.post(
    "/alarms/{alarm_id}/seen",
    tags=["alarms"],
    operation_id="see_alarm",
    summary="Mark an alarm as seen",
)
def see_alarm(alarm_id: AlarmId, service: ServiceNow, caller: _MaySee) -> wire.RaisedAlarm:
    """Note that somebody has looked at an alarm. Who was first, and when, stays."""
    with service.database.of(caller.organisation_id) as db:
        found = store(service, db, caller).see_alarm(alarm_id)
        record(db, service.vault, caller=caller, action="alarm.see", object_id=alarm_id)
    return _told(found)


@router.post(
    "/sessions/{session_id}/ratings",
    tags=["ratings"],
    operation_id="rate_session",
    summary="Put down a form's answers",
)
def rate_session(
    session_id: SessionId, new: NewRatings, service: ServiceNow, caller: MayUse
) -> wire.Ratings:
    """Put down what patient or therapist answered. Answered again, the first answer stays beside.

    A therapist's answer is marked by whether they had been shown figures of the session before.
    Values of instruments whose key is shipped are held to their range.
    """
    check_ratings(_table(session_id, new))
    with service.database.of(caller.organisation_id) as db:
        found = store(service, db, caller).rate(
            session_id, rater=new.rater, instrument=new.instrument, values=new.values
        )
        record(db, service.vault, caller=caller, action="session.rate", object_id=session_id)
    return _ratings(found)


@router.get(
    "/sessions/{session_id}/ratings",
    tags=["ratings"],
    operation_id="list_ratings",
    summary="Read a session's ratings",
)
def list_ratings(session_id: SessionId, service: ServiceNow, caller: MayUse) -> wire.Ratings:
    """Read what was answered on forms about a session."""
    with service.database.of(caller.organisation_id) as db:
        return _ratings(store(service, db, caller).ratings(session_id))


@router.get(
    "/sessions/{session_id}/comparison",
    tags=["ratings"],
    operation_id="compare_session",
    summary="Compare own rating and inferred-patient",
)
def compare_session(session_id: SessionId, service: ServiceNow, caller: MayUse) -> wire.Comparison:
    """Put the therapist's own rating beside what the patient's language suggests.

    With a model fitted on the same questionnaire: whether it lies over, under or within the
    interval of the patient's estimated rating. Otherwise nothing is subtracted; it is said where
    the session lies among this therapist's sessions by either. Of the therapist's answers the first
    counts.
    """
    with service.database.of(caller.organisation_id) as db:
        sessions = store(service, db, caller)
        this = _rated(db, sessions, session_id)
        others = (
            [
                RatedSession(other, sessions.ratings(other.id))
                for other in sessions.sessions(therapist_id=this.session.therapist_id)
                if other.id != session_id
            ]
            if this.session.therapist_id is not None
            else []
        )
        turns = sessions.spoken(session_id) if service.listener.model is not None else []
        service.listening.readings.note(db, service.vault, caller=caller, session_id=session_id)
    return compare(
        this,
        others=others,
        turns=turns,
        listener=service.listener,
        comparable=this.session.estimator == service.listening.estimator,
    )


def _rated(db: DatabaseSession, sessions: SessionStore, session_id: str) -> RatedSession:
    return RatedSession(sessions.find(session_id), sessions.ratings(session_id))


def _table(session_id: str, new: NewRatings) -> pl.DataFrame:
    values = {
        "session_id": session_id,
        "rater": new.rater,
        "instrument": new.instrument,
        "turn": None,
    }
    rows = [{**values, "scale": scale, "value": value} for scale, value in new.values.items()]
    return pl.DataFrame(rows, schema=RATINGS.schema)


def _ratings(found: list[RatingView]) -> wire.Ratings:
    return wire.Ratings(ratings=tuple(wire.Rating.model_validate(one) for one in found))


def _told(view: AlarmView) -> wire.RaisedAlarm:
    return wire.RaisedAlarm.model_validate(view)
