"""Putting uploads down, looking into them, and having them read: for the API and the pages."""

from __future__ import annotations

import threading
import zipfile
from dataclasses import asdict
from tempfile import TemporaryFile
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from attunement.sample import sample_folder
from attunement.web._problems import NotFound, Problem
from attunement.web._service import Service
from attunement.web.accounts import Caller, may
from attunement.web.jobs import HELD, JobStore, JobView, NewKey, Owner, SealedFile
from attunement.web.uploads._admission import Admission
from attunement.web.uploads._options import options_of
from attunement.web.uploads._preview import previewed
from attunement.web.uploads._reading import Upload
from attunement.web.uploads._receiving import UploadedFile, receive
from attunement.web.uploads._work import files_of
from attunement.wire import UploadOptions, UploadPreview

_CHUNK = 2**20
_HELD_AT_ONCE = 20
_WAITING_AT_ONCE = 20
_READ_SECONDS = 60
_WAIT_SECONDS = 10
_LOOKING = threading.BoundedSemaphore(2)
"""Each look is a process: the machine is left to the sessions that are live."""


def owner_of(caller: Caller) -> Owner:
    """Give who a job is put down for."""
    return Owner(user_id=caller.user_id, key_id=caller.key_id)


def job_of(service: Service, caller: Caller, job_id: str) -> JobView:
    """Find a job that the caller may see: their own, or any if they see every session.

    Raises
    ------
    NotFound
        There is none.
    """
    with service.database.of(caller.organisation_id) as db:
        job = JobStore(db, service.vault).find(job_id)
    if job is None or not _theirs(caller, job):
        raise NotFound("job")
    return job


def jobs_of(service: Service, caller: Caller, *, kind: str = "upload") -> list[JobView]:
    """Give the jobs of a kind that the caller may see, the latest first."""
    with service.database.of(caller.organisation_id) as db:
        jobs = JobStore(db, service.vault).latest(kind)
    return [job for job in jobs if _theirs(caller, job) and job.status != HELD]


def result_of(service: Service, caller: Caller, job_id: str) -> dict[str, Any] | None:
    """Open what came of a job that the caller may see."""
    job_of(service, caller, job_id)
    with service.database.of(caller.organisation_id) as db:
        return JobStore(db, service.vault).result(job_id)


def cancel(service: Service, caller: Caller, job_id: str) -> JobView:
    """Cancel a job; one that has finished stays as it is.

    Raises
    ------
    NotFound
        There is none that the caller may see.
    """
    job_of(service, caller, job_id)
    service.jobs.cancel(caller.organisation_id, job_id)
    return job_of(service, caller, job_id)


async def take_in(
    service: Service, caller: Caller, request: Request, *, held: bool
) -> tuple[str, UploadOptions]:
    """Take in a multipart upload and put its job down.

    Parameters
    ----------
    service, caller
        Whose.
    request : Request
        Its body is read as it comes.
    held : bool
        Whether the job waits to be submitted.

    Raises
    ------
    Problem
        There is no file, or the form is not valid; nothing is left of it then.
    StorageError
        The disk is full; as above.
    """
    if held:
        await run_in_threadpool(_check_held, service, caller)
    else:
        await run_in_threadpool(_check_waiting, service, caller)
    key = JobStore.new_key(service.vault)
    folder = service.jobs.place(key.job_id)
    received = await receive(request, folder=folder, box=key.box)
    try:
        options = options_of(received.fields)
        if not received.files:
            raise Problem(
                422,
                "There is no file in the upload.",
                mend="Send at least one, as a field named files.",
                more={"field": "files"},
            )
        await run_in_threadpool(
            _put, service, caller, key, tuple(received.files), options, held=held
        )
    except BaseException:
        service.jobs.discard(key.job_id)
        raise
    return key.job_id, options


def look(service: Service, caller: Caller, upload_id: str, options: UploadOptions) -> UploadPreview:
    """Look into an upload that is held.

    Raises
    ------
    NotFound
        There is none of the caller's.
    Problem
        503: too many are being looked into.
    """
    upload, _ = _held(service, caller, upload_id)
    if not _LOOKING.acquire(timeout=_WAIT_SECONDS):
        raise Problem(
            503,
            "Other uploads are being looked into just now.",
            mend="Try again in a moment.",
            headers={"Retry-After": str(_WAIT_SECONDS)},
        )
    try:
        return previewed(
            upload_id,
            upload,
            options,
            admission=Admission(database=service.database, vault=service.vault, caller=caller),
        )
    finally:
        _LOOKING.release()


def submit(service: Service, caller: Caller, upload_id: str, options: UploadOptions) -> JobView:
    """Have a held upload read.

    Raises
    ------
    NotFound
        There is none of the caller's, or it was submitted already.
    """
    _check_therapist(caller, options)
    _check_waiting(service, caller)
    _, request = _held(service, caller, upload_id)
    asked = {"files": request["files"], "options": options.model_dump(mode="json")}
    if not service.jobs.begin(caller.organisation_id, upload_id, asked):
        raise NotFound("upload")
    return job_of(service, caller, upload_id)


def submit_sample(service: Service, caller: Caller) -> JobView:
    """Have the bundled sample read, as if it had been uploaded."""
    _check_waiting(service, caller)
    key = JobStore.new_key(service.vault)
    folder = service.jobs.place(key.job_id)
    folder.mkdir(parents=True, mode=0o700)
    try:
        with sample_folder() as sample, TemporaryFile() as packed:
            with zipfile.ZipFile(packed, "w") as archive:
                for path in sorted(sample.rglob("*")):
                    if path.is_file() and path.suffix != ".md":
                        archive.write(path, path.relative_to(sample).as_posix())
            packed.seek(0)
            with SealedFile(folder / "00000", key.box, name="00000") as sealed:
                while chunk := packed.read(_CHUNK):
                    sealed.write(chunk)
        file = UploadedFile(name="sample.zip", stored="00000", size=sealed.size)
        _put(service, caller, key, (file,), UploadOptions(), held=False, fictional=True)
    except BaseException:
        service.jobs.discard(key.job_id)
        raise
    return job_of(service, caller, key.job_id)


def _put(
    service: Service,
    caller: Caller,
    key: NewKey,
    files: tuple[UploadedFile, ...],
    options: UploadOptions,
    *,
    held: bool,
    fictional: bool = False,
) -> None:
    _check_therapist(caller, options)
    service.jobs.submit(
        caller.organisation_id,
        kind="upload",
        request={
            "files": [asdict(file) for file in files],
            "options": options.model_dump(mode="json"),
            "fictional": fictional,
        },
        owner=owner_of(caller),
        key=key,
        held=held,
    )


def _held(service: Service, caller: Caller, upload_id: str) -> tuple[Upload, dict[str, Any]]:
    job = job_of(service, caller, upload_id)
    with service.database.of(caller.organisation_id) as db:
        store = JobStore(db, service.vault)
        box, request = store.box(upload_id), store.request(upload_id)
    # Not even a supervisor looks into what another has uploaded and not yet submitted.
    if job.status != HELD or job.owner != owner_of(caller) or box is None or request is None:
        raise NotFound("upload")
    upload = Upload(
        files=files_of(request),
        folder=service.jobs.place(upload_id),
        box=box,
        most_bytes=service.settings.max_upload_bytes,
    )
    return upload, request


def _theirs(caller: Caller, job: JobView) -> bool:
    return job.owner == owner_of(caller) or may(caller, "sessions.all")


def _check_therapist(caller: Caller, options: UploadOptions) -> None:
    if options.therapist_id in (None, caller.user_id) or caller.role != "therapist":
        return
    raise Problem(
        422,
        "A therapist's sessions are their own.",
        mend="Leave therapist_id out.",
        more={"field": "therapist_id"},
    )


def _check_held(service: Service, caller: Caller) -> None:
    """Keep anybody from filling the disk with uploads that they never submit."""
    held = _own(service, caller, HELD)
    if len(held) >= _HELD_AT_ONCE:
        service.jobs.forget(caller.organisation_id, held[-1].id)


def _check_waiting(service: Service, caller: Caller) -> None:
    """Keep anybody from filling the disk faster than it can be read."""
    if len(_own(service, caller, "waiting")) >= _WAITING_AT_ONCE:
        raise Problem(
            429,
            f"{_WAITING_AT_ONCE} of your uploads wait to be read already.",
            mend="Send more once they have been, or several files in one upload.",
            headers={"Retry-After": str(_READ_SECONDS)},
        )


def _own(service: Service, caller: Caller, status: str) -> list[JobView]:
    with service.database.of(caller.organisation_id) as db:
        jobs = JobStore(db, service.vault).latest("upload")
    return [job for job in jobs if job.status == status and job.owner == owner_of(caller)]
