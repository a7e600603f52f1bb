"""The caseload, and alarms looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from attunement.web._service import Service, ServiceNow
from attunement.web.accounts import Caller, may, requires
from attunement.web.dashboard._addresses import SEE_OTHER, back_to
from attunement.web.dashboard._caseload import (
    PER_PAGE,
    STATUSES,
    Filters,
    OpenAlarms,
    rows,
    units,
)
from attunement.web.dashboard._rating import waiting_for_rating
from attunement.web.pages import page
from attunement.web.sessions import (
    SessionStore,
    SessionView,
    count_open_alarms,
    count_sessions,
    mark_of,
    place_of,
    see_alarm,
)

router = APIRouter()

_MOST_ALARMS = 12
_MOST_LIVE = 20
_MOST_WAITING = 5
_Reader = Annotated[Caller, requires("sessions.use")]
_Seer = Annotated[Caller, requires("alarms.see")]
_Place: TypeAlias = Annotated[int, Form(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The sessions of one page of the list.

    Attributes
    ----------
    sessions : list of SessionView
        They.
    found : int
        How many there are on all pages.
    before : str or None
        Where the next page begins, where nothing is asked for.
    first : int or None
        And where something is.
    """

    sessions: list[SessionView]
    found: int
    before: str | None = None
    first: int | None = None


@router.get("/")
def caseload(
    request: Request,
    caller: _Reader,
    service: ServiceNow,
    before: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Show the sessions that the caller may see, open alarms first."""
    return _caseload(request, caller, service, Filters(), before=before)


@router.post("/")
def find(
    request: Request,
    caller: _Reader,
    service: ServiceNow,
    find: Annotated[str, Form(max_length=200)] = "",
    status: Annotated[str, Form(max_length=20)] = "",
    first: _Place = 0,
) -> Response:
    """Show those that fit. What is looked for names patients, and is kept out of addresses."""
    return _caseload(request, caller, service, Filters(find=find, status=status), first=first)


@router.post("/alarms/{alarm_id}/seen")
def see(
    alarm_id: str,
    caller: _Seer,
    service: ServiceNow,
    back: Annotated[str, Form(max_length=300)] = "/",
) -> RedirectResponse:
    """Note that the caller has looked at an alarm."""
    see_alarm(alarm_id, service, caller)
    return RedirectResponse(back_to(back), SEE_OTHER)


def _caseload(
    request: Request,
    caller: Caller,
    service: Service,
    filters: Filters,
    *,
    before: str | None = None,
    first: int = 0,
) -> Response:
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        waiting = waiting_for_rating(store, caller)
        hidden = {session.id for session in waiting}
        to_rate = [session for session in waiting if session.status == "closed"]
        still_open = {
            session_id: kinds
            for session_id, kinds in count_open_alarms(db, caller).items()
            if session_id not in hidden
        }
        total = count_sessions(db, caller)
        if filters.any:
            part = _fitting(store, filters, still_open, hidden=hidden, first=first)
        else:
            part = _latest(store, before=before, total=total)
        live = store.sessions(status="live", limit=_MOST_LIVE)
        # What waits for a rating may fill a page of alarms: therapists have few, and read all.
        alarms = [
            alarm
            for alarm in store.alarms(open_only=True, limit=None if hidden else _MOST_ALARMS)
            if alarm.session_id not in hidden
        ][:_MOST_ALARMS]
        for one in dict.fromkeys(alarm.session_id for alarm in alarms):
            service.listening.readings.note(db, service.vault, caller=caller, session_id=one)
    n_alarms = sum(kinds.total() for kinds in still_open.values())
    return page(
        request,
        "caseload.html",
        caller=caller,
        total=total,
        found=part.found,
        shown=rows(part.sessions, still_open, hidden=hidden),
        live=rows(live, still_open, hidden=hidden),
        alarms=alarms,
        more_alarms=n_alarms > len(alarms),
        n_alarms=n_alarms,
        waiting=to_rate[:_MOST_WAITING],
        n_waiting=len(to_rate),
        statuses=STATUSES,
        filters=filters,
        may_see=may(caller, "alarms.see"),
        units=units(part.sessions),
        part=part,
    )


def _latest(store: SessionStore, *, before: str | None, total: int) -> _Part:
    found = store.sessions(before=place_of(before), limit=PER_PAGE + 1)
    shown = found[:PER_PAGE]
    more = len(found) > PER_PAGE
    return _Part(
        sessions=shown,
        found=total,
        before=mark_of(shown[-1].held_at, shown[-1].id) if more else None,
    )


def _fitting(
    store: SessionStore,
    filters: Filters,
    alarms: OpenAlarms,
    *,
    hidden: Set[str],
    first: int,
) -> _Part:
    """Look through all sessions: what is looked for is sealed, and not known to the database."""
    fitting = [
        session
        for session in store.sessions()
        if filters.admit(
            session, alarms=alarms.get(session.id, Counter()), hidden=session.id in hidden
        )
    ]
    last = first + PER_PAGE
    return _Part(
        sessions=fitting[first:last],
        found=len(fitting),
        first=last if len(fitting) > last else None,
    )
