"""The jobs table as a queue that several processes may work at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from attunement.web.storage._database import Database
from attunement.web.storage._models import Job, JobSession, TherapySession

MOST_ATTEMPTS = 2
"""A job that ended its worker so often is not begun again."""

LASTING = ("language", "conditions")
"""Kinds of jobs whose last result stays until a newer one, or an erasure, takes its place."""

_INTERRUPTED = (
    "This was interrupted twice, and is not tried again. Start it once more; if it fails again, "
    "give less at once."
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker has taken.

    Attributes
    ----------
    job_id, organisation_id, kind : str
        Which, whose and what.
    """

    job_id: str
    organisation_id: str
    kind: str


def claim(database: Database, *, worker: str, at: datetime) -> Claim | None:
    """Take the job that has waited longest, uploads first, as somebody waits for them.

    None when none waits. Two workers never take the same one, in one process or several.
    """
    with database.unscoped() as db:
        waiting = db.execute(
            select(Job.id, Job.organisation_id, Job.kind)
            .where(Job.status == "waiting")
            .order_by(Job.kind != "upload", Job.created_at, Job.id)
        ).all()
    for job_id, organisation_id, kind in waiting:
        with database.unscoped() as db:
            taken = _changed(
                db,
                update(Job)
                .where(Job.id == job_id, Job.status == "waiting")
                .values(
                    status="running",
                    worker=worker,
                    started_at=at,
                    alive_at=at,
                    attempts=Job.attempts + 1,
                ),
            )
        if taken:
            return Claim(job_id=job_id, organisation_id=organisation_id, kind=kind)
    return None


def running(database: Database) -> list[tuple[str, str, datetime | None]]:
    """Give the running jobs: id, worker, and when the worker was last heard of."""
    with database.unscoped() as db:
        rows = db.execute(select(Job.id, Job.worker, Job.alive_at).where(Job.status == "running"))
        return [(job_id, worker or "", alive_at) for job_id, worker, alive_at in rows]


def release(database: Database, job_id: str, *, worker: str, at: datetime) -> None:
    """Put a job back whose worker is gone, or fail it if that happened before."""
    with database.unscoped() as db:
        lost = (Job.id == job_id, Job.status == "running", Job.worker == worker)
        db.execute(
            update(Job)
            .where(*lost, Job.attempts >= MOST_ATTEMPTS)
            .values(status="failed", message=_INTERRUPTED, finished_at=at, sealed_request=None)
        )
        db.execute(
            update(Job)
            .where(*lost, Job.attempts < MOST_ATTEMPTS)
            .values(status="waiting", worker=None)
        )


def hand_back(database: Database, job_id: str, *, worker: str) -> None:
    """Put a job back that its own worker leaves undone: that is no failed attempt."""
    with database.unscoped() as db:
        db.execute(
            update(Job)
            .where(Job.id == job_id, Job.status == "running", Job.worker == worker)
            .values(status="waiting", worker=None, attempts=Job.attempts - 1)
        )


def expire(database: Database, *, finished: datetime, held: datetime) -> int:
    """Forget old jobs with what came of them.

    Parameters
    ----------
    database : Database
        Whose.
    finished : datetime
        Jobs that finished before go, but for results that last.
    held : datetime
        Uploads put down before, and never asked for, go.

    Returns
    -------
    int
        How many went.
    """
    with database.unscoped() as db:
        return _changed(
            db,
            delete(Job).where(
                or_(
                    and_(
                        Job.finished_at < finished,
                        or_(Job.kind.not_in(LASTING), Job.status != "done"),
                    ),
                    and_(Job.status == "held", Job.created_at < held),
                )
            ),
        )


def unfinished(database: Database) -> set[str]:
    """Give the ids of jobs that are held, wait or run."""
    with database.unscoped() as db:
        return set(db.scalars(select(Job.id).where(Job.status.in_(("held", "waiting", "running")))))


def drop_results_of(db: Session, *, patient_id: str) -> int:
    """Forget every job whose result tells of a patient's sessions; part of erasing the patient.

    The job's row goes with its key and its result. Figures over many sessions are made anew, from
    those that are left, when they are asked for.

    Parameters
    ----------
    db : Session
        Of the patient's organisation, with the patient's sessions still in it.
    patient_id : str
        Who is forgotten.

    Returns
    -------
    int
        How many jobs went.
    """
    jobs = list(
        db.scalars(
            select(JobSession.job_id)
            .join(TherapySession, TherapySession.id == JobSession.session_id)
            .where(TherapySession.patient_id == patient_id)
            .distinct()
        )
    )
    return _changed(db, delete(Job).where(Job.id.in_(jobs))) if jobs else 0


def _changed(db: Session, statement: object) -> int:
    result = db.execute(statement)  # type: ignore[call-overload]
    assert isinstance(result, CursorResult)
    return result.rowcount
