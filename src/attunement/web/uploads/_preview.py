"""What an upload holds, told before anything of it is stored."""

from __future__ import annotations

from typing import Any

from attunement.errors import DataError
from attunement.web.uploads._reading import Upload
from attunement.wire import UploadOptions, UploadPreview

MOST_SHOWN = 200


def previewed(job_id: str, upload: Upload, options: UploadOptions) -> UploadPreview:
    """Look through an upload.

    Parameters
    ----------
    job_id : str
        What the upload is called.
    upload : Upload
        Its files.
    options : UploadOptions
        How they are to be understood.
    """
    found: dict[str, list[Any]] = {
        "preview": [],
        "table": [],
        "problem": [],
        "left_out": [],
    }
    more = 0
    try:
        for message in upload.read("preview", options):
            if "preview" in message and len(found["preview"]) >= MOST_SHOWN:
                more += 1
                continue
            for name, values in found.items():
                if name in message:
                    values.append(message[name])
    except DataError as error:
        found["problem"].append(problem_of(error))
    return UploadPreview.model_validate(
        {
            "id": job_id,
            "sessions": found["preview"],
            "more_sessions": more,
            "tables": found["table"],
            "problems": found["problem"],
            "left_out": found["left_out"],
        }
    )


def problem_of(error: DataError) -> dict[str, Any]:
    """Tell of an error as the reader tells of its own."""
    return {
        "file": str(error.path) if error.path is not None else None,
        "line": error.line,
        "field": error.field,
        "problem": error.problem,
        "mend": error.mend,
    }
