"""Transcripts sent as files: looked into, kept as sessions in the background."""

from attunement.web.uploads._background import background
from attunement.web.uploads._endpoints import router
from attunement.web.uploads._options import options_of
from attunement.web.uploads._service import (
    cancel,
    job_of,
    jobs_of,
    look,
    result_of,
    submit,
    submit_sample,
    take_in,
)

__all__ = [
    "background",
    "cancel",
    "job_of",
    "jobs_of",
    "look",
    "options_of",
    "result_of",
    "router",
    "submit",
    "submit_sample",
    "take_in",
]
