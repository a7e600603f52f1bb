"""The pages: caseload, sessions, live, patients, conditions, uploads, erasures."""

from fastapi import APIRouter

from attunement.web.dashboard import (
    _caseload_endpoints,
    _conditions_endpoints,
    _live_endpoints,
    _patient_endpoints,
    _session_endpoints,
    _upload_endpoints,
)
from attunement.web.dashboard._vocabulary import tell

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
for _part in (
    _caseload_endpoints,
    _live_endpoints,
    _session_endpoints,
    _patient_endpoints,
    _conditions_endpoints,
    _upload_endpoints,
):
    router.include_router(_part.router)
tell()
