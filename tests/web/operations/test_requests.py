"""Every request is told by its route's template, counted, timed and named; nothing else of it."""

import io
import json
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from prometheus_client import generate_latest
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from attunement.web.operations import REQUEST_HEADER, Measures, Requests

MARK = "Quizzaciously"
TURNS = "/api/v1/sessions/{session_id}/turns"


class Who:
    """What the rooms know of a caller."""

    def __init__(self, role: str, key_id: str | None) -> None:
        self.role, self.key_id = role, key_id


def caller(request: Request) -> None:
    role = request.headers.get("x-role")
    if role is not None:
        request.state.caller = Who(role, "1" if role == "service" else None)


@pytest.fixture
def measures() -> Measures:
    return Measures()


@pytest.fixture
def web(measures: Measures, tmp_path: Path) -> TestClient:
    router = APIRouter(prefix="/api/v1")

    @router.post("/sessions/{session_id}/turns", status_code=201)
    def post(session_id: str, body: dict[str, str], _: Annotated[None, Depends(caller)]) -> str:
        return session_id + body["text"]

    @router.get("/fault/{name}")
    def fault(name: str) -> None:
        raise ValueError(name)

    @router.websocket("/socket/{name}")
    async def socket(socket: WebSocket, name: str) -> None:
        if name == "refused":
            await socket.close()
            return
        await socket.accept()
        await socket.receive_text()
        await socket.close(code=4000, reason=name)

    app = FastAPI()
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=tmp_path))
    app.add_middleware(Requests, measures=measures)
    return TestClient(app, raise_server_exceptions=False)


def told(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_names_template_status_and_kind_of_caller_and_nothing_else(
    web: TestClient, written: io.StringIO
) -> None:
    answer = web.post(
        f"/api/v1/sessions/{MARK}/turns?name={MARK}",
        json={"text": MARK},
        headers={"x-role": "therapist", "user-agent": MARK, "cookie": f"a={MARK}"},
    )
    assert answer.status_code == 201
    (line,) = told(written)
    assert MARK not in written.getvalue()
    assert line["route"] == TURNS
    assert (line["status"], line["method"], line["caller"]) == (201, "POST", "therapist")
    assert line["request"] == answer.headers[REQUEST_HEADER]
    assert line["ms"] >= 0  # type: ignore[operator]


def test_callers_are_told_apart_by_kind(web: TestClient, written: io.StringIO) -> None:
    for headers in ({}, {"x-role": "service"}, {"x-role": "admin"}):
        web.post("/api/v1/sessions/a/turns", json={"text": "a"}, headers=headers)
    assert [line["caller"] for line in told(written)] == ["nobody", "key", "admin"]


def test_addresses_that_lead_nowhere_are_not_written(web: TestClient, written: io.StringIO) -> None:
    web.get(f"/{MARK}")
    web.get(f"/static/{MARK}")
    web.request(MARK.upper(), "/")
    web.post(TURNS, content=f'{{"{MARK}')
    assert MARK.lower() not in written.getvalue().lower()
    assert [(line["route"], line["status"]) for line in told(written)] == [
        ("(none)", 404),
        ("/static/", 404),
        ("(none)", 404),
        (TURNS, 422),
    ]
    assert told(written)[2]["method"] == "(other)"


def test_a_fault_is_told_once_with_its_place(
    web: TestClient, written: io.StringIO, measures: Measures
) -> None:
    assert web.get(f"/api/v1/fault/{MARK}").status_code == 500
    failed, answered = told(written)
    assert MARK not in written.getvalue()
    assert failed["event"] == "request.failed"
    assert failed["error"] == ["builtins.ValueError"]
    assert failed["request"] == answered["request"]
    assert answered["status"] == 500


def test_sockets_are_told_with_how_they_ended(
    web: TestClient, written: io.StringIO, measures: Measures
) -> None:
    with web.websocket_connect(f"/api/v1/socket/{MARK}") as socket:
        assert measures.registry.get_sample_value("attunement_streams") == 1
        socket.send_text(MARK)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    with (
        pytest.raises(WebSocketDisconnect),
        web.websocket_connect("/api/v1/socket/refused"),
    ):
        pass
    assert MARK not in written.getvalue()
    assert [(line["method"], line["status"]) for line in told(written)] == [
        ("SOCKET", 4000),
        ("SOCKET", 403),
    ]
    assert measures.registry.get_sample_value("attunement_streams") == 0


def test_counts_have_no_label_that_tells_of_anybody(
    web: TestClient, measures: Measures, written: io.StringIO
) -> None:
    for _ in range(3):
        web.post(f"/api/v1/sessions/{MARK}/turns", json={"text": MARK})
    web.get(f"/{MARK}")
    shown = generate_latest(measures.registry).decode()
    assert MARK not in shown
    labels = f'route="{TURNS}",status="201"'
    assert f'attunement_requests_total{{method="POST",{labels}}} 3.0' in shown
    assert "attunement_turn_seconds_count 3.0" in shown
