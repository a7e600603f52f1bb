"""What an upload holds, told before anything of it is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from attunement.errors import DataError
from attunement.web.apart import session_from
from attunement.web.storage import now
from attunement.web.uploads._admission import Admission
from attunement.web.uploads._held import held_at
from attunement.web.uploads._reading import Upload
from attunement.wire import UploadOptions, UploadPreview

MOST_SHOWN = 200


def previewed(
    job_id: str, upload: Upload, options: UploadOptions, *, admission: Admission
) -> UploadPreview:
    """Look through an upload.

    Parameters
    ----------
    job_id : str
        What the upload is called.
    upload : Upload
        Its files.
    options : UploadOptions
        How they are to be understood.
    admission : Admission
        What would become of its sessions.
    """
    found: dict[str, list[Any]] = {
        "preview": [],
        "table": [],
        "problem": [],
        "note": [],
        "left_out": [],
    }
    more = not_kept = 0
    try:
        for message in upload.read("preview", options):
            for name, values in found.items():
                if name not in message:
                    continue
                one = _judged(message, admission) if name == "preview" else message[name]
                if name == "preview" and len(values) >= MOST_SHOWN:
                    more += 1
                    not_kept += one["known"] or one["problem"] is not None
                else:
                    values.append(one)
    except DataError as error:
        found["problem"].append(problem_of(error))
    return UploadPreview.model_validate(
        {
            "id": job_id,
            "sessions": found["preview"],
            "more_sessions": more,
            "more_not_kept": not_kept,
            "tables": found["table"],
            "problems": found["problem"],
            "notes": found["note"],
            "left_out": found["left_out"],
        }
    )


def _judged(message: dict[str, Any], admission: Admission) -> dict[str, Any]:
    """Add to what the reader says of a session what would become of it here."""
    told = {**message["preview"], "known": False, "held_at": None}
    if "session" not in message:
        return told
    session = replace(session_from(message["session"]), path=Path(told["file"]), line=told["line"])
    try:
        told["known"] = admission.knows(session)
    except DataError as error:
        told["problem"] = problem_of(error)
    try:
        told["held_at"] = held_at(session, now=now())
    except ValueError:
        told["notes"] = [*told["notes"], _no_date(told)]
    return told


def _no_date(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "file": told["file"],
        "line": told["line"],
        "issue": "no date",
        "detail": "its date is not taken: expected one like 2026-03-02, and none to come",
    }


def problem_of(error: DataError) -> dict[str, Any]:
    """Tell of an error as the reader tells of its own."""
    return {
        "file": str(error.path) if error.path is not None else None,
        "line": error.line,
        "field": error.field,
        "problem": error.problem,
        "mend": error.mend,
    }
