"""How much there is, over all organisations: for those who run the service."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from attunement.web.storage._database import Database
from attunement.web.storage._models import Job, TherapySession


@dataclass(frozen=True, slots=True)
class Census:
    """Numbers that tell of nobody.

    Attributes
    ----------
    live_sessions : int
        Sessions that were begun and not closed.
    jobs_waiting, jobs_running : int
        What waits for a worker, and what workers are at.
    """

    live_sessions: int
    jobs_waiting: int
    jobs_running: int


def census(database: Database) -> Census:
    """Count."""
    with database.unscoped() as db:
        live = db.scalar(select(func.count()).where(TherapySession.status == "live"))
        by_status = db.execute(
            select(Job.status, func.count())
            .where(Job.status.in_(("waiting", "running")))
            .group_by(Job.status)
        )
        jobs = dict(by_status.all())
    return Census(
        live_sessions=live or 0,
        jobs_waiting=jobs.get("waiting", 0),
        jobs_running=jobs.get("running", 0),
    )
