"""Waiting for background jobs, as a client does."""

from __future__ import annotations

import time
from typing import Any

from starlette.testclient import TestClient

PATIENCE = 120.0


def finished(client: TestClient, job_id: str) -> dict[str, Any]:
    """Ask for a job until it has ended."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        job: dict[str, Any] = client.get(f"/api/v1/jobs/{job_id}").json()
        if job["status"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.05)
    raise AssertionError("the job has not ended")
