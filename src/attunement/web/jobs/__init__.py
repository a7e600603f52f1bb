"""Background work: a queue in the database, its workers, and the sealed files they read."""

from attunement.web.jobs._jobs import Jobs, Outcome, Running, Work
from attunement.web.jobs._sealed_files import SealedFile, unsealed
from attunement.web.jobs._store import HELD, JobStore, JobView, NewKey, Owner
from attunement.web.jobs._told import job_told

__all__ = [
    "HELD",
    "JobStore",
    "JobView",
    "Jobs",
    "NewKey",
    "Outcome",
    "Owner",
    "Running",
    "SealedFile",
    "Work",
    "job_told",
    "unsealed",
]
