"""A patient over the sessions, and their erasure with its receipt."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from sqlalchemy import select

from attunement.web._service import ServiceNow
from attunement.web.accounts import Caller, may, requires
from attunement.web.dashboard._addresses import SEE_OTHER
from attunement.web.dashboard._caseload import rows, units
from attunement.web.dashboard._course import Ending, course
from attunement.web.dashboard._rating import waiting_for_rating
from attunement.web.dashboard._words import count, short_unit, signed
from attunement.web.pages import page
from attunement.web.sessions import SessionStore, SessionView, count_open_alarms
from attunement.web.storage import Erasure, forget_patient

router = APIRouter()

_Reader = Annotated[Caller, requires("patients.read")]
_Eraser = Annotated[Caller, requires("patients.erase")]


@router.get("/patients/{patient_id}")
def read_patient(
    request: Request,
    patient_id: str,
    caller: _Reader,
    service: ServiceNow,
) -> Response:
    """Show a patient's course."""
    return _patient_page(request, patient_id, caller, service)


@router.post("/patients/{patient_id}/erase")
def erase(
    request: Request,
    patient_id: str,
    caller: _Eraser,
    service: ServiceNow,
    typed: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Erase a patient whose code was typed once more."""
    with service.database.of(caller.organisation_id) as db:
        patient = SessionStore(db, service.vault, caller).find_patient(patient_id)
    if typed.strip() != patient.code.strip():
        return _patient_page(request, patient_id, caller, service, wrong=True)
    receipt = forget_patient(
        service.database,
        service.vault,
        organisation_id=caller.organisation_id,
        patient_id=patient_id,
        user_id=caller.user_id,
        key_id=caller.key_id,
    )
    for session_id in receipt.session_ids:
        service.listening.forget(session_id)
    return RedirectResponse(f"/erasures?new={receipt.erasure_id}", SEE_OTHER)


@router.get("/erasures")
def erasures(
    request: Request,
    caller: _Eraser,
    service: ServiceNow,
    new: Annotated[str, Query(max_length=32)] = "",
) -> Response:
    """Show the receipts of all erasures."""
    with service.database.of(caller.organisation_id) as db:
        receipts = db.scalars(select(Erasure).order_by(Erasure.erased_at.desc())).all()
    return page(request, "erasures.html", caller=caller, receipts=receipts, new=new)


def _patient_page(
    request: Request,
    patient_id: str,
    caller: Caller,
    service: ServiceNow,
    *,
    wrong: bool = False,
) -> Response:
    with service.database.of(caller.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        patient = store.find_patient(patient_id)
        sessions = _in_order(store.sessions(patient_id=patient_id))
        hidden = {session.id for session in waiting_for_rating(store, caller)}
        own = {session.id for session in sessions} - hidden
        alarms = {
            session_id: kinds
            for session_id, kinds in count_open_alarms(db, caller).items()
            if session_id in own
        }
    n_alarms = sum(kinds.total() for kinds in alarms.values())
    return page(
        request,
        "patient.html",
        caller=caller,
        status=422 if wrong else 200,
        patient=patient,
        rows=rows(sessions, alarms, hidden=hidden),
        courses=_courses([one for one in sessions if one.id not in hidden]),
        undated=not _numbered(sessions) and not all(one.dated for one in sessions),
        lead=f"{count(len(sessions), 'session', 'sessions')}, "
        f"{count(n_alarms, 'open alarm', 'open alarms')}.",
        units=units(sessions),
        may_erase=may(caller, "patients.erase"),
        wrong=wrong,
    )


def _in_order(sessions: list[SessionView]) -> list[SessionView]:
    """Set sessions in the treatment's order, or else in that of their days."""
    if _numbered(sessions):
        return sorted(sessions, key=lambda one: (one.number or 0, one.held_at))
    return sorted(sessions, key=lambda one: (one.held_at, one.id))


def _numbered(sessions: list[SessionView]) -> bool:
    return all(one.number is not None for one in sessions)


def _courses(sessions: list[SessionView]) -> list[tuple[str, Markup]]:
    """Draw what was heard alike together: what it is in, and the drawing."""
    alike: dict[str, list[SessionView]] = {}
    for session in sessions:
        alike.setdefault(session.estimator, []).append(session)
    return [
        (short_unit(group[-1].last), drawn)
        for estimator, group in alike.items()
        if (drawn := course([_ending(one) for one in group], signed=signed(estimator))) is not None
    ]


def _ending(session: SessionView) -> Ending:
    last = session.last
    return Ending(
        label=session.label,
        patient=last.patient.alliance if last else None,
        therapist=last.therapist.alliance if last else None,
    )
