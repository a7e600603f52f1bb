"""Uploads: files sent, looked into, mapped and read, and how far that is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from attunement.web._problems import Problem
from attunement.web._service import Service, ServiceNow
from attunement.web.accounts import Caller, requires
from attunement.web.dashboard._addresses import SEE_OTHER
from attunement.web.dashboard._uploading import (
    FIELDS,
    for_page,
    mapping_mark,
    named_sides,
    one_sided,
    progress,
    readable,
    speakers,
)
from attunement.web.pages import fragment, page
from attunement.web.uploads import (
    cancel,
    job_of,
    jobs_of,
    look,
    options_of,
    result_of,
    submit,
    submit_sample,
    take_in,
)
from attunement.wire import UploadOptions

router = APIRouter()

_Uploader = Annotated[Caller, requires("uploads.use")]


@router.get("/upload")
def ask_upload(request: Request, caller: _Uploader, service: ServiceNow) -> Response:
    """Show the form to choose files with, and what was uploaded of late."""
    return page(
        request,
        "upload.html",
        caller=caller,
        jobs=[progress(job) for job in jobs_of(service, caller)[:10]],
        most_bytes=service.settings.max_upload_bytes,
    )


@router.post("/upload")
async def upload(request: Request, caller: _Uploader, service: ServiceNow) -> Response:
    """Take files in and show what they hold; nothing is read into the caseload yet."""
    try:
        upload_id, options = await take_in(service, caller, request, held=True)
    except Problem as problem:
        return _refused(caller, problem)
    return await run_in_threadpool(_preview, service, caller, upload_id, options)


@router.post("/upload/{upload_id}/preview")
async def preview(
    request: Request, upload_id: str, caller: _Uploader, service: ServiceNow
) -> Response:
    """Show what the files hold with speakers and columns mapped as the form says."""
    try:
        options = await _options(request)
    except Problem as problem:
        return _refused(caller, problem)
    return await run_in_threadpool(_preview, service, caller, upload_id, options)


@router.post("/upload/{upload_id}")
async def read(
    request: Request, upload_id: str, caller: _Uploader, service: ServiceNow
) -> Response:
    """Have the files read; look again first where names or columns are mapped otherwise by now."""
    try:
        options = await _options(request)
        if (await request.form()).get("seen") != mapping_mark(options):
            return await run_in_threadpool(
                _preview, service, caller, upload_id, options, changed=True
            )
        job = await run_in_threadpool(submit, service, caller, upload_id, options)
    except Problem as problem:
        return _refused(caller, problem)
    address = f"/jobs/{job.id}"
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, SEE_OTHER)


@router.post("/sample")
def load_sample(caller: _Uploader, service: ServiceNow) -> Response:
    """Have the bundled sample read."""
    return RedirectResponse(f"/jobs/{submit_sample(service, caller).id}", SEE_OTHER)


@router.get("/jobs/{job_id}")
def job(request: Request, job_id: str, caller: _Uploader, service: ServiceNow) -> Response:
    """Show how far a job is, and what came of it; in its place alone if it is looked at again."""
    found = job_of(service, caller, job_id)
    shown = {**progress(found), "result": result_of(service, caller, job_id), "for_page": for_page}
    if "hx-request" in request.headers:
        return fragment("job_state.html", caller=caller, **shown)
    return page(request, "job.html", caller=caller, **shown)


@router.post("/jobs/{job_id}/cancel")
def stop(job_id: str, caller: _Uploader, service: ServiceNow) -> Response:
    """Cancel a job."""
    cancel(service, caller, job_id)
    return RedirectResponse(f"/jobs/{job_id}", SEE_OTHER)


async def _options(request: Request) -> UploadOptions:
    form = await request.form()
    fields = {
        name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form
    }
    fields.pop("seen", None)
    sides = named_sides(fields.pop("speaker", []))
    # A form gives a day; at noon it is the same one in most places.
    held = [f"{day.strip()}T12:00:00Z" for day in fields.pop("held_on", []) if day.strip()]
    return options_of({**fields, **sides, "held_at": held})


def _preview(
    service: Service,
    caller: Caller,
    upload_id: str,
    options: UploadOptions,
    *,
    changed: bool = False,
) -> Response:
    try:
        found = look(service, caller, upload_id, options)
    except Problem as problem:
        return _refused(caller, problem)
    return fragment(
        "upload_preview.html",
        caller=caller,
        preview=found,
        options=options,
        speakers=speakers(found, options),
        readable=readable(found),
        one_sided=one_sided(found),
        seen=mapping_mark(options),
        changed=changed,
        for_page=for_page,
        fields=FIELDS,
    )


def _refused(caller: Caller, problem: Problem) -> Response:
    """Say in the place of the preview what is wrong; scripts put only good answers there."""
    return fragment(
        "upload_refused.html",
        caller=caller,
        detail=problem.detail,
        mend=problem.mend,
    )
