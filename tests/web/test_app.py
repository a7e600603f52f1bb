"""The application starts, and tells of what is not there."""

from __future__ import annotations

from starlette.testclient import TestClient


def test_what_is_not_there_is_told_as_a_problem_to_programs_and_as_a_page_to_people(
    client: TestClient,
) -> None:
    told = client.get("/api/v1/nothing")
    assert told.status_code == 404
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["status"] == 404
    shown = client.get("/nothing")
    assert shown.status_code == 404
    assert "<h1>Not Found</h1>" in shown.text
