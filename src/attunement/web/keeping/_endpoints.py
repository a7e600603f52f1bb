"""Handing out everything of an organisation, and erasing a patient, over the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from attunement import wire
from attunement.errors import DataError
from attunement.web._openapi import conflicting
from attunement.web._problems import NotFound, Problem
from attunement.web._service import ServiceNow
from attunement.web.accounts import Caller, requires
from attunement.web.sessions import SessionStore
from attunement.web.storage import export_chunks, forget_patient, verify_erasure

router = APIRouter(prefix="/api/v1", tags=["keeping"])

_Exporter = Annotated[Caller, requires("export")]
_Eraser = Annotated[Caller, requires("patients.erase")]
_PatientId = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{32}$",
        description="The patient, as their sessions name them.",
        examples=["7c9e6679742540de944be07fc1f90ae7"],
    ),
]


@router.get(
    "/export",
    operation_id="export_everything",
    summary="Hand out everything of your organisation",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A zip of transcripts, ratings, scores, states, alarms, users, "
            "receipts and audit, as open text (docs/data-at-rest.md).",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
def export(caller: _Exporter, service: ServiceNow) -> StreamingResponse:
    """Hand out everything of your organisation as one zip, made while it is sent; admins only."""
    pieces = export_chunks(
        service.database,
        service.vault,
        organisation_id=caller.organisation_id,
        user_id=caller.user_id,
        key_id=caller.key_id,
    )
    return StreamingResponse(
        pieces,
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="attunement.zip"'},
    )


@router.delete(
    "/patients/{patient_id}",
    operation_id="erase_patient",
    summary="Erase a patient",
    responses=conflicting("An upload is being read that may hold the patient's words."),
)
def erase(patient_id: _PatientId, caller: _Eraser, service: ServiceNow) -> wire.Erased:
    """Forget a patient: every session, every word and the key; it cannot be undone."""
    with service.database.of(caller.organisation_id) as db:
        SessionStore(db, service.vault, caller).find_patient(patient_id)
    try:
        receipt = forget_patient(
            service.database,
            service.vault,
            organisation_id=caller.organisation_id,
            patient_id=patient_id,
            user_id=caller.user_id,
            key_id=caller.key_id,
        )
    except DataError as error:
        raise Problem(409, f"{error.problem}.", mend=f"{error.mend}.") from None
    for session_id in receipt.session_ids:
        service.listening.forget(session_id)
    return wire.Erased(
        erasure_id=receipt.erasure_id, patient_id=patient_id, rows=dict(receipt.rows)
    )


@router.get(
    "/erasures/{patient_id}",
    operation_id="verify_erasure",
    summary="Prove an erasure",
)
def prove(patient_id: _PatientId, caller: _Eraser, service: ServiceNow) -> wire.ErasureProof:
    """Look for what is left of a patient who was erased."""
    try:
        checks = verify_erasure(
            service.database,
            service.vault,
            organisation_id=caller.organisation_id,
            patient_id=patient_id,
        )
    except DataError:
        raise NotFound("erasure") from None
    return wire.ErasureProof(
        holds=all(check.holds is not False for check in checks),
        checks=tuple(
            wire.ErasureCheck(what=check.what, holds=check.holds, detail=check.detail)
            for check in checks
        ),
    )
