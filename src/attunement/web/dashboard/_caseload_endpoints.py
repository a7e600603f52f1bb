"""The caseload, and alarms looked at."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from attunement.web._service import ServiceNow
from attunement.web.accounts import Caller, may, requires
from attunement.web.dashboard._addresses import SEE_OTHER, back_to
from attunement.web.dashboard._caseload import PER_PAGE, Filters, conditions, rows
from attunement.web.dashboard._words import unit_words
from attunement.web.pages import page
from attunement.web.sessions import SessionStore, see_alarm

router = APIRouter()

_MOST_ALARMS = 12
_Reader = Annotated[Caller, requires("sessions.use")]
_Seer = Annotated[Caller, requires("alarms.see")]


@router.get("/")
def caseload(
    request: Request,
    caller: _Reader,
    service: ServiceNow,
    find: Annotated[str, Query(max_length=200)] = "",
    condition: Annotated[str, Query(max_length=200)] = "",
    status: Annotated[str, Query(max_length=20)] = "",
    first: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Show the sessions that the caller may see, open alarms first."""
    filters = Filters(find=find, condition=condition, status=status)
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        sessions = store.sessions()
        alarms = store.alarms(open_only=True)
        for one in dict.fromkeys(alarm.session_id for alarm in alarms[:_MOST_ALARMS]):
            service.listening.readings.note(db, service.vault, caller=caller, session_id=one)
    every = rows(sessions, alarms)
    fitting = [row for row in every if filters.admit(row.session, open_alarms=row.open_alarms)]
    last = first + PER_PAGE
    return page(
        request,
        "caseload.html",
        caller=caller,
        total=len(sessions),
        found=len(fitting),
        shown=fitting[first:last],
        live=[row for row in every if row.session.status == "live"],
        alarms=alarms[:_MOST_ALARMS],
        more_alarms=len(alarms) > _MOST_ALARMS,
        n_alarms=len(alarms),
        conditions=conditions(sessions),
        filters=filters,
        may_see=may(caller, "alarms.see"),
        unit_words=unit_words(next((s.last for s in sessions if s.last is not None), None)),
        next_page=_address(filters, first=last) if len(fitting) > last else None,
    )


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


def _address(filters: Filters, *, first: int) -> str:
    asked = {
        "find": filters.find,
        "condition": filters.condition,
        "status": filters.status,
        "first": first,
    }
    return f"/?{urlencode({name: value for name, value in asked.items() if value})}"
