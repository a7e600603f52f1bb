"""The API's results."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from attunement.web._service import ServiceNow
from attunement.web.accounts import Caller, CallerNow, requires
from attunement.web.results import _service as results
from attunement.wire import Conditions, Problem, SessionLanguage

router = APIRouter(prefix="/api/v1")
_May = Annotated[Caller, requires("conditions.read")]
_Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is none, or none that you may see."}
}
_FORBIDDEN: dict[int | str, dict[str, Any]] = {
    403: {"model": Problem, "description": "Supervisors and admins alone see all sessions."}
}


@router.get(
    "/sessions/{session_id}/language",
    operation_id="get_language",
    tags=["results"],
    responses=_NOT_FOUND,
)
def language(session_id: _Id, service: ServiceNow, caller: CallerNow) -> SessionLanguage:
    """Read how a session is spoken beside what is usual, and what it speaks of."""
    return results.language_of(service, caller, session_id)


@router.get("/conditions", operation_id="get_conditions", tags=["results"], responses=_FORBIDDEN)
def conditions(service: ServiceNow, caller: _May) -> Conditions:
    """Read the calibration gap over all sessions, as it was computed last."""
    return results.conditions_of(service, caller)


@router.post(
    "/conditions",
    status_code=202,
    operation_id="compute_conditions",
    tags=["results"],
    responses=_FORBIDDEN,
)
def compute(service: ServiceNow, caller: _May) -> Conditions:
    """Compute the calibration gap anew over the sessions there are."""
    return results.compute_conditions(service, caller)
