"""How often somebody may ask."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from fastapi import FastAPI
from tests.web.clinic import Clinic

from attunement.web._limits import Limits
from attunement.web._problems import TooMany
from attunement.web._service import Service
from attunement.web._settings import Settings


def spend(limits: Limits, times: int, who: str = "a") -> list[bool]:
    got = []
    for _ in range(times):
        try:
            limits.spend("turns", who)
        except TooMany:
            got.append(False)
        else:
            got.append(True)
    return got


def test_one_too_many_is_told_when_to_come_again(settings: Settings) -> None:
    limits = Limits(replace(settings, turns_per_minute=3))
    assert spend(limits, 3) == [True] * 3
    with pytest.raises(TooMany) as refused:
        limits.spend("turns", "a")
    assert 1 <= int(dict(refused.value.headers or {})["Retry-After"]) <= 60


def test_others_are_not_kept_waiting(settings: Settings) -> None:
    limits = Limits(replace(settings, turns_per_minute=2))
    assert spend(limits, 3, "a") == [True, True, False]
    assert spend(limits, 2, "b") == [True, True]
    limits.forgive("turns", "a")
    assert spend(limits, 1, "a") == [True]


def test_a_window_moves_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    limits, begun = Limits(replace(settings, turns_per_minute=2)), time.time()
    assert spend(limits, 3) == [True, True, False]
    monkeypatch.setattr(time, "time", lambda: begun + 62)
    assert spend(limits, 3) == [True, True, False]


def test_a_clock_set_back_does_not_keep_anybody_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits, begun = Limits(replace(settings, turns_per_minute=2)), time.time()
    assert spend(limits, 3) == [True, True, False]
    monkeypatch.setattr(time, "time", lambda: begun - 86_400)
    assert spend(limits, 3) == [True, True, False]
    monkeypatch.setattr(time, "time", lambda: begun - 86_400 + 62)
    assert spend(limits, 1) == [True]


def test_turns_have_a_limit_of_their_own(app: FastAPI, clinic: Clinic) -> None:
    service: Service = app.state.service
    few = replace(service.settings, turns_per_minute=2, requests_per_minute=4)
    app.state.service = replace(service, limits=Limits(few))
    made = clinic.program.post("/api/v1/sessions", json={"patient": "P-1"}).json()
    path = f"/api/v1/sessions/{made['id']}/turns"
    posted = [
        clinic.program.post(
            path, json={"turn_id": f"t{n}", "number": n, "role": "patient", "text": "Yes."}
        )
        for n in range(3)
    ]
    assert [one.status_code for one in posted] == [201, 201, 429]
    assert int(posted[-1].headers["retry-after"]) >= 1
    assert posted[-1].headers["content-type"] == "application/problem+json"
    read = [clinic.program.get(path).status_code for _ in range(4)]
    assert read == [200, 200, 200, 429]
    assert clinic.admin.get("/api/v1/me").status_code == 200
