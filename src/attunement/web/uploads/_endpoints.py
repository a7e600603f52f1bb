"""The API's uploads and jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from attunement.web._service import ServiceNow
from attunement.web.accounts import Caller, CallerNow, requires
from attunement.web.jobs import JobView, job_told
from attunement.web.operations import Closing
from attunement.web.uploads import _service as uploads
from attunement.web.uploads._options import consistent
from attunement.wire import Job, Jobs, Problem, UploadOptions, UploadPreview

_LOOK_SECONDS = 0.5
_PING_SECONDS = 15
_MULTIPART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Transcripts (.txt, .docx, .csv, .tsv, .xlsx, .parquet, "
                            ".json, .jsonl, .vtt, .srt, .cha), or zips of them; sessions.csv and "
                            "ratings.csv in a zip describe its sessions.",
                        },
                        "patient": {"type": "array", "items": {"type": "string"}},
                        "therapist": {"type": "array", "items": {"type": "string"}},
                        "columns": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "FIELD=NAME, several times.",
                        },
                        "merge": {"type": "boolean"},
                        "patient_code": {"type": "string"},
                        "condition": {"type": "string"},
                        "therapist_id": {"type": "string"},
                        "held_at": {"type": "string", "format": "date-time"},
                    },
                }
            }
        },
    }
}
_JobId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$")]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is none, or none that you may see."}
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The form is not valid, or was cut off."},
    401: {"model": Problem, "description": "You are not logged in, or the key is not valid."},
    413: {"model": Problem, "description": "More was sent than may be."},
    415: {"model": Problem, "description": "It is no multipart form."},
    422: {"model": Problem, "description": "A field is not valid, or there is no file."},
    503: {"model": Problem, "description": "There is no room; nothing was kept of it."},
}

router = APIRouter(prefix="/api/v1")
_May = Annotated[Caller, requires("uploads.use")]


@router.post(
    "/uploads",
    status_code=202,
    operation_id="upload",
    tags=["uploads"],
    responses=_REFUSED,
    openapi_extra=_MULTIPART,
)
async def upload(request: Request, service: ServiceNow, caller: _May) -> Job:
    """Send transcripts and have them read; ask for the job to see how far it is."""
    job_id, _ = await uploads.take_in(service, caller, request, held=False)
    return job_told(await run_in_threadpool(uploads.job_of, service, caller, job_id))


@router.post(
    "/uploads/preview",
    operation_id="preview_upload",
    tags=["uploads"],
    responses=_REFUSED,
    openapi_extra=_MULTIPART,
)
async def preview(request: Request, service: ServiceNow, caller: _May) -> UploadPreview:
    """Send transcripts and see what they hold and who is taken for whom; nothing is kept yet."""
    job_id, options = await uploads.take_in(service, caller, request, held=True)
    return await run_in_threadpool(uploads.look, service, caller, job_id, options)


@router.post(
    "/uploads/sample",
    status_code=202,
    operation_id="upload_sample",
    tags=["uploads"],
)
def sample(service: ServiceNow, caller: _May) -> Job:
    """Have the bundled sample read: twenty invented sessions."""
    return job_told(uploads.submit_sample(service, caller))


@router.post(
    "/uploads/{upload_id}/preview",
    operation_id="preview_upload_again",
    tags=["uploads"],
    responses=_NOT_FOUND,
)
def preview_again(
    upload_id: _JobId, options: UploadOptions, service: ServiceNow, caller: _May
) -> UploadPreview:
    """See what the same files hold when names and columns are mapped otherwise."""
    return uploads.look(service, caller, upload_id, consistent(options))


@router.post(
    "/uploads/{upload_id}",
    status_code=202,
    operation_id="submit_upload",
    tags=["uploads"],
    responses=_NOT_FOUND,
)
def submit(upload_id: _JobId, options: UploadOptions, service: ServiceNow, caller: _May) -> Job:
    """Have previewed files read."""
    return job_told(uploads.submit(service, caller, upload_id, consistent(options)))


@router.get("/jobs", operation_id="list_jobs", tags=["jobs"])
def jobs(service: ServiceNow, caller: CallerNow) -> Jobs:
    """List the uploads that you may see, the latest first."""
    return Jobs(jobs=[job_told(one) for one in uploads.jobs_of(service, caller)])


@router.get("/jobs/{job_id}", operation_id="get_job", tags=["jobs"], responses=_NOT_FOUND)
def job(job_id: _JobId, service: ServiceNow, caller: CallerNow) -> Job:
    """See how far a job is, and what came of it."""
    return job_told(
        uploads.job_of(service, caller, job_id), uploads.result_of(service, caller, job_id)
    )


@router.post(
    "/jobs/{job_id}/cancel", operation_id="cancel_job", tags=["jobs"], responses=_NOT_FOUND
)
def cancel(job_id: _JobId, service: ServiceNow, caller: CallerNow) -> Job:
    """Cancel a job. Sessions that it has kept so far stay."""
    return job_told(uploads.cancel(service, caller, job_id))


@router.get(
    "/jobs/{job_id}/stream",
    operation_id="stream_job",
    tags=["jobs"],
    response_class=EventSourceResponse,
    responses={
        **_NOT_FOUND,
        200: {
            "description": "Server-sent events named job, each a Job without its result, whenever "
            "something changes; the stream ends with the job, or when the service starts anew.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
)
async def stream(
    job_id: _JobId, request: Request, service: ServiceNow, caller: CallerNow
) -> EventSourceResponse:
    """Follow a job."""
    closing: Closing = request.app.state.operations.closing
    first = await run_in_threadpool(uploads.job_of, service, caller, job_id)

    async def told() -> AsyncIterator[ServerSentEvent]:
        seen: JobView | None = None
        now = first
        while not closing.begun:
            if now != seen:
                yield ServerSentEvent(event="job", data=job_told(now).model_dump_json())
                seen = now
            if now.finished:
                return
            await asyncio.sleep(_LOOK_SECONDS)
            now = await run_in_threadpool(uploads.job_of, service, caller, job_id)

    return EventSourceResponse(told(), ping=_PING_SECONDS)
