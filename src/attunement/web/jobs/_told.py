"""Jobs as the API tells of them."""

from __future__ import annotations

from typing import Any

from attunement.web.jobs._store import JobView
from attunement.wire import Job


def job_told(view: JobView, result: dict[str, Any] | None = None) -> Job:
    """Tell of a job, with what came of it if that is given."""
    return Job(
        id=view.id,
        kind=view.kind,
        status=view.status,
        done=view.done,
        total=view.total,
        message=view.message,
        created_at=view.created_at,
        started_at=view.started_at,
        finished_at=view.finished_at,
        result=result,
    )
