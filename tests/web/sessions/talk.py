"""Turns to post, invented."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.testclient import TestClient

LINES = (
    "Where would you like to begin today?",
    "I tried the walk we talked about. It was easier than I thought.",
    "You went on your own?",
    "Yes. You remembered, that means something to me.",
    "What would you want to work on next?",
    "The mornings. I want to get up without dreading the day.",
    "So that is what we hold on to.",
    "I don't know. It feels as if you are reading from a list.",
    "I hear that. What would be more useful?",
    "You are not listening to me. This is not helping me at all.",
)


def turn(number: int, /, **changes: Any) -> dict[str, Any]:
    """The body of a turn of a conversation; therapist first."""
    body = {
        "turn_id": f"turn-{number}",
        "number": number,
        "role": ("therapist", "patient")[number % 2],
        "text": LINES[number % len(LINES)],
    }
    return {**body, **changes}


def begin(client: httpx.Client | TestClient, patient: str = "P-017", **more: Any) -> str:
    """Begin a session and give its id."""
    answer = client.post("/api/v1/sessions", json={"patient": patient, **more})
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["id"]
    return name


def post(client: httpx.Client, session_id: str, body: dict[str, Any]) -> httpx.Response:
    return client.post(f"/api/v1/sessions/{session_id}/turns", json=body)
