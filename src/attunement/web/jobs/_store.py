"""Jobs in the database, with everything that tells what they are about sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from attunement.web.storage import Box, Job, JobSession, Vault, new_id, now, place

HELD = "held"
"""Uploaded and looked at, not yet asked for."""

FINISHED = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who asked for a job: a user, a service key, or nobody (the service itself).

    Attributes
    ----------
    user_id, key_id : str or None
        At most one of them.
    """

    user_id: str | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it stands.

    Attributes
    ----------
    id, kind, status : str
        See `storage.Job`.
    done, total : int
        How far it is; total is 0 while that is not known.
    message : str
        What was done, or why not; without names and without words of a transcript.
    owner : Owner
        Who asked.
    created_at, started_at, finished_at : datetime
        When; None where it has not happened.
    has_result : bool
        Whether there is something to fetch.
    """

    id: str
    kind: str
    status: str
    done: int
    total: int
    message: str
    owner: Owner
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    has_result: bool

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in FINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """The key of a job that is not yet in the database: its files are sealed first."""

    job_id: str
    wrapped: bytes
    box: Box


class JobStore:
    """The jobs of one organisation.

    Parameters
    ----------
    db : Session
        From `Database.of`.
    vault : Vault
        Wraps the jobs' keys.
    """

    def __init__(self, db: Session, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    @staticmethod
    def new_key(vault: Vault) -> NewKey:
        """Make the key of a job to come."""
        job_id = new_id()
        where = place("jobs.wrapped_key", job_id)
        wrapped = vault.new_key(place=where)
        return NewKey(job_id=job_id, wrapped=wrapped, box=vault.box(wrapped, place=where))

    def add(
        self,
        key: NewKey,
        *,
        kind: str,
        request: Mapping[str, Any],
        owner: Owner,
        status: str = "waiting",
    ) -> None:
        """Put a job down; it is begun once this is committed, unless it is held."""
        self._db.add(
            Job(
                id=key.job_id,
                kind=kind,
                status=status,
                wrapped_key=key.wrapped,
                sealed_request=key.box.seal_json(
                    dict(request), place=place("jobs.request", key.job_id)
                ),
                created_by=owner.user_id,
                key_id=owner.key_id,
            )
        )

    def find(self, job_id: str) -> JobView | None:
        """Give a job; None where there is none."""
        row = self._db.get(Job, job_id, populate_existing=True)
        return _view(row) if row is not None else None

    def waiting(self, kind: str) -> str | None:
        """Give the id of a job of a kind that waits; None where none does."""
        return self._db.scalar(select(Job.id).where(Job.kind == kind, Job.status == "waiting"))

    def latest(self, kind: str) -> list[JobView]:
        """Give the jobs of a kind, the latest first."""
        rows = self._db.scalars(
            select(Job).where(Job.kind == kind).order_by(Job.created_at.desc(), Job.id)
        )
        return [_view(row) for row in rows]

    def box(self, job_id: str) -> Box | None:
        """Open a job's key; None once it is gone."""
        row = self._db.get(Job, job_id)
        if row is None or row.wrapped_key is None:
            return None
        return self._vault.box(row.wrapped_key, place=place("jobs.wrapped_key", job_id))

    def request(self, job_id: str) -> dict[str, Any] | None:
        """Open what was asked for; None once it is gone."""
        row, box = self._db.get(Job, job_id), self.box(job_id)
        if row is None or row.sealed_request is None or box is None:
            return None
        opened: dict[str, Any] = box.open_json(
            row.sealed_request, place=place("jobs.request", job_id)
        )
        return opened

    def ask(self, job_id: str, request: Mapping[str, Any], *, status: str = "waiting") -> bool:
        """Let a held job begin, with what is asked for; False if it was not held any more."""
        box = self.box(job_id)
        if box is None:
            return False
        sealed = box.seal_json(dict(request), place=place("jobs.request", job_id))
        return self._set(job_id, (HELD,), status=status, sealed_request=sealed)

    def result(self, job_id: str) -> dict[str, Any] | None:
        """Open what came of a job; None where nothing did, or it is gone."""
        row, box = self._db.get(Job, job_id), self.box(job_id)
        if row is None or row.sealed_result is None or box is None:
            return None
        opened: dict[str, Any] = box.open_json(
            row.sealed_result, place=place("jobs.result", job_id)
        )
        return opened

    def sessions(self, job_id: str) -> set[str]:
        """Give the sessions that a job's result tells of."""
        return set(
            self._db.scalars(select(JobSession.session_id).where(JobSession.job_id == job_id))
        )

    def beat(self, job_id: str, *, worker: str, done: int, total: int) -> bool:
        """Say that a worker is still at a job, and how far; False when it should not be."""
        result = self._db.execute(
            update(Job)
            .where(Job.id == job_id, Job.status == "running", Job.worker == worker)
            .values(done=done, total=total, alive_at=now())
        )
        return bool(result.rowcount)  # type: ignore[attr-defined]

    def finish(
        self,
        job_id: str,
        *,
        worker: str,
        status: str,
        message: str,
        result: Mapping[str, Any],
        sessions: Iterable[str] = (),
    ) -> bool:
        """End a job; False when it is not this worker's any more, and then nothing changes."""
        box = self.box(job_id)
        if box is None:
            return False
        sealed = box.seal_json(dict(result), place=place("jobs.result", job_id))
        ended = self._set(
            job_id,
            ("running",),
            worker=worker,
            status=status,
            message=message,
            sealed_result=sealed,
            sealed_request=None,
            finished_at=now(),
        )
        if ended:
            self.tells_of(job_id, sessions)
        return ended

    def tells_of(self, job_id: str, sessions: Iterable[str]) -> None:
        """Note that a job's result tells of sessions: it is dropped when one is erased."""
        new = set(sessions) - self.sessions(job_id)
        self._db.add_all(JobSession(job_id=job_id, session_id=one) for one in sorted(new))
        self._db.flush()

    def cancel(self, job_id: str) -> bool:
        """Stop a job that has not finished; False if it has."""
        return self._set(
            job_id,
            (HELD, "waiting", "running"),
            status="cancelled",
            message="This was cancelled.",
            finished_at=now(),
            wrapped_key=None,
            sealed_request=None,
        )

    def forget_held(self, job_id: str) -> bool:
        """Forget an upload that was never asked for; False if it was, or is gone."""
        result = self._db.execute(delete(Job).where(Job.id == job_id, Job.status == HELD))
        return bool(result.rowcount)  # type: ignore[attr-defined]

    def forget_others(self, kind: str, *, but: str) -> None:
        """Forget the finished jobs of a kind but one: its result takes their place."""
        self._db.execute(
            delete(Job).where(Job.kind == kind, Job.id != but, Job.status.in_(FINISHED))
        )

    def ahead(self, job_id: str) -> int:
        """Count the organisation's jobs that wait before one."""
        created = select(Job.created_at).where(Job.id == job_id).scalar_subquery()
        return (
            self._db.scalar(
                select(func.count())
                .select_from(Job)
                .where(Job.status == "waiting", Job.created_at < created)
            )
            or 0
        )

    def _set(
        self,
        job_id: str,
        statuses: tuple[str, ...],
        *,
        worker: str | None = None,
        **values: Any,  # noqa: ANN401 (columns of the table)
    ) -> bool:
        theirs = (Job.worker == worker,) if worker is not None else ()
        result = self._db.execute(
            update(Job).where(Job.id == job_id, Job.status.in_(statuses), *theirs).values(**values)
        )
        return bool(result.rowcount)  # type: ignore[attr-defined]


def _view(row: Job) -> JobView:
    return JobView(
        id=row.id,
        kind=row.kind,
        status=row.status,
        done=row.done,
        total=row.total,
        message=row.message,
        owner=Owner(user_id=row.created_by, key_id=row.key_id),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        has_result=row.sealed_result is not None,
    )
