"""Streams: in order, taken up where they broke off, and nobody waits for the slow."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.web.serving import Program, Served, serving
from tests.web.sessions.talk import begin, post, turn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from attunement.live import Listener
from attunement.web._settings import Settings
from attunement.web.sessions import _following, _stream_endpoints
from attunement.wire import MESSAGE


@pytest.fixture
def http(served: Served, program: Program) -> Iterator[httpx.Client]:
    with program.http(served.address) as client:
        yield client


def events(
    client: httpx.Client, session_id: str, *, until: int, **headers: str
) -> list[dict[str, str]]:
    """Read the stream until it ends, or has told so many events."""
    found: list[dict[str, str]] = []
    url = f"/api/v1/sessions/{session_id}/stream"
    with client.stream("GET", url, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        one: dict[str, str] = {}
        for line in answer.iter_lines():
            if not line and "data" in one:
                MESSAGE.validate_json(one["data"])
                found.append(one)
                if len(found) == until:
                    break
            if not line:
                one = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(": ")
                one[name] = value
    return found


def test_a_stream_tells_what_was_heard_and_then_each_turn_as_it_comes(
    http: httpx.Client, served: Served, program: Program
) -> None:
    session = begin(http)
    posted = [post(http, session, turn(0)).json()]
    with ThreadPoolExecutor(1) as pool, program.http(served.address) as other:
        told = pool.submit(events, other, session, until=10)
        for number in (1, 2):
            time.sleep(0.05)
            posted.append(post(http, session, turn(number)).json())
        http.post(f"/api/v1/sessions/{session}/close")
        found = told.result(timeout=20)
    assert [one["event"] for one in found] == ["turn", "turn", "turn", "closed"]
    assert [one.get("id") for one in found] == ["0", "1", "2", None]
    assert [json.loads(one["data"])["turn"]["state"] for one in found[:3]] == posted
    assert json.loads(found[3]["data"])["n_turns"] == 3


def test_a_stream_is_taken_up_after_the_last_turn_that_was_told(http: httpx.Client) -> None:
    session = begin(http)
    for number in range(4):
        post(http, session, turn(number))
    http.post(f"/api/v1/sessions/{session}/close")
    found = events(http, session, until=10, **{"Last-Event-ID": "1"})
    assert [one.get("id") for one in found] == ["2", "3", None]
    answer = http.get(f"/api/v1/sessions/{session}/stream", params={"after": 2})
    assert '"number":2' not in answer.text
    assert '"number":3' in answer.text


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "99999999", "²"])
def test_an_id_that_is_no_turn_is_refused(http: httpx.Client, last: str) -> None:
    session = begin(http)
    answer = http.get(
        f"/api/v1/sessions/{session}/stream", headers=[(b"Last-Event-ID", last.encode())]
    )
    assert answer.status_code == 422


def test_nobody_follows_what_they_may_not_see(http: httpx.Client, served: Served) -> None:
    session = begin(http)
    stranger = served.program()
    with stranger.http(served.address) as other:
        assert other.get(f"/api/v1/sessions/{session}/stream").status_code == 404
        with pytest.raises(InvalidStatus) as refused, line(served, stranger, session):
            pass
        assert refused.value.response.status_code == 404
    with pytest.raises(InvalidStatus) as refused, line(served, None, session):
        pass
    assert refused.value.response.status_code == 401
    with pytest.raises(InvalidStatus) as refused, line(served, None, "0" * 31):
        pass
    assert refused.value.response.status_code in (401, 403, 422)


def test_what_another_service_hears_is_told_soon(
    anywhere: Settings, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_following, "LOOK_SECONDS", 0.2)
    with (
        serving(anywhere, listener=listener) as first,
        serving(anywhere, listener=listener) as second,
    ):
        program = first.program()
        with program.http(first.address) as one, program.http(second.address) as other:
            session = begin(one)
            with ThreadPoolExecutor(1) as pool:
                told = pool.submit(events, other, session, until=1)
                time.sleep(0.3)
                post(one, session, turn(0))
                (found,) = told.result(timeout=10)
            assert found["id"] == "0"


def test_streams_end_when_the_service_stops(anywhere: Settings, listener: Listener) -> None:
    with ThreadPoolExecutor(1) as pool:
        with serving(anywhere, listener=listener) as running:
            program = running.program()
            with program.http(running.address) as http:
                session = begin(http)
            client = program.http(running.address)
            told = pool.submit(events, client, session, until=1)
            time.sleep(0.3)
            before = time.monotonic()
        assert [one["event"] for one in told.result(timeout=5)] == ["stopping"]
        assert time.monotonic() - before < 4
        client.close()


def line(
    served: Served, program: Program | None, session_id: str, *, after: int = -1, **more: Any
) -> ClientConnection:
    """Open the session's socket."""
    found: ClientConnection = connect(
        f"{served.address.replace('http', 'ws', 1)}/api/v1/sessions/{session_id}/ws?after={after}",
        additional_headers={} if program is None else {"Authorization": f"Bearer {program.key}"},
        proxy=None,
        legacy=True,
        **more,
    )
    return found


def say(to: ClientConnection, body: object) -> None:
    to.send(body if isinstance(body, str) else json.dumps({"type": "turn", "turn": body}))


def until(to: ClientConnection, kind: str) -> dict[str, Any]:
    """Receive until a message of a kind comes."""
    while True:
        message: dict[str, Any] = json.loads(to.recv(timeout=10))
        MESSAGE.validate_python(message)
        if message["type"] == kind:
            return message


def test_a_socket_takes_turns_and_tells_them(
    http: httpx.Client, served: Served, program: Program
) -> None:
    session = begin(http)
    with line(served, program, session) as socket_, line(served, program, session) as other:
        say(socket_, turn(0))
        accepted = until(socket_, "accepted")
        assert (accepted["number"], accepted["created"]) == (0, True)
        assert until(other, "turn")["turn"]["number"] == 0
        say(socket_, turn(0))
        assert until(socket_, "accepted")["created"] is False
        post(http, session, turn(1))
        assert until(other, "turn")["turn"]["number"] == 1
        http.post(f"/api/v1/sessions/{session}/close")
        assert until(other, "closed")["n_turns"] == 2
        with pytest.raises(ConnectionClosed) as ended:
            other.recv(timeout=10)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1000


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("nope", 422),
        ("{}", 422),
        ('{"type":"turn"}', 422),
        ('{"type":"turn","turn":{"turn_id":"a","number":0,"role":"nurse","text":"secret"}}', 422),
        (turn(5), 409),
        (turn(0, text="x" * 20_001), 422),
        ("[" * 100_000, 422),
        ('{"type":"turn","turn":{"turn_id":"a","number":0,"role":"other","text":"\\ud800"}}', 422),
    ],
)
def test_what_is_no_turn_is_refused_and_the_next_is_taken(
    http: httpx.Client, served: Served, program: Program, sent: object, status: int
) -> None:
    session = begin(http)
    with line(served, program, session) as socket_:
        say(socket_, sent)
        refused = until(socket_, "refused")
        assert refused["problem"]["status"] == status
        assert "secret" not in json.dumps(refused)
        say(socket_, turn(0))
        assert until(socket_, "accepted")["number"] == 0


def test_bytes_are_no_message(http: httpx.Client, served: Served, program: Program) -> None:
    session = begin(http)
    with line(served, program, session) as socket_:
        socket_.send(b"\x00\xff")
        with pytest.raises(ConnectionClosed) as ended:
            socket_.recv(timeout=10)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1003


def test_a_socket_that_breaks_off_in_the_middle_hurts_nobody(
    http: httpx.Client, served: Served, program: Program
) -> None:
    session = begin(http)
    for number in range(4):
        socket_ = line(served, program, session)
        say(socket_, turn(number))
        # Without a closing handshake, and with what was sent unread: a reset.
        raw = socket_.socket
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        raw.close()
        # Whether the turn arrived or not, it can be posted again.
        assert post(http, session, turn(number)).status_code in (200, 201)
    assert http.get(f"/api/v1/sessions/{session}").json()["n_turns"] == 4
    deadline = time.monotonic() + 10
    while served.service.listening.bells.waiting(session) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert served.service.listening.bells.waiting(session) == 0


@pytest.mark.parametrize("kind", ["stream", "socket"])
def test_one_who_takes_nothing_is_dropped_and_keeps_nobody_waiting(
    http: httpx.Client,
    served: Served,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    monkeypatch.setattr(_stream_endpoints, "SEND_SECONDS", 0.5)
    session = begin(http)
    # Turns of others are not scored, so that long ones cost nothing.
    number = 0
    with socket.create_connection(("127.0.0.1", int(served.address.rpartition(":")[2]))) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        upgrade = (
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        )
        deaf.sendall(
            f"GET /api/v1/sessions/{session}/{'ws' if kind == 'socket' else 'stream'} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nAuthorization: Bearer {program.key}\r\n"
            f"{upgrade if kind == 'socket' else ''}\r\n".encode()
        )
        bells = served.service.listening.bells
        heard = threading.Event()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert post(http, session, turn(number, role="other", text="🫶" * 20_000)).is_success
            number += 1
            if bells.waiting(session):
                heard.set()
            elif heard.is_set():
                break
        assert heard.is_set()
        assert bells.waiting(session) == 0, "it was not dropped"
