"""A service that is told to stop, under load, loses nothing that it has acknowledged."""

import http.client
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.web.operations.running import Running, new_program, serving

from attunement.web._service import open_storage
from attunement.web._settings import Settings
from attunement.web.storage import RaisedAlarm, SpokenTurn, TherapySession

SESSIONS = 6
MARK = "Quizzaciously"
LINES = (
    f"I did the {MARK} exercise and it helped.",
    "What did you notice?",
    "Nothing much. I am not sure this is any use to me.",
    "Shall we look at that together?",
)


@dataclass
class Sender:
    """Posts turns to one session as fast as they are acknowledged, until the service is gone."""

    address: str
    headers: dict[str, str]
    session_id: str
    acknowledged: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    def send(self, *, until: threading.Event) -> None:
        with httpx.Client(base_url=self.address, headers=self.headers, timeout=30) as web:
            while not until.is_set():
                number = len(self.acknowledged)
                try:
                    answer = web.post(
                        f"/api/v1/sessions/{self.session_id}/turns", json=turn(number)
                    )
                except httpx.TransportError:
                    return
                if answer.status_code != 201:
                    self.refused.append(answer.status_code)
                    return
                self.acknowledged.append(number)


def turn(number: int) -> dict[str, object]:
    return {
        "turn_id": f"t{number}",
        "number": number,
        "role": ("patient", "therapist")[number % 2],
        "text": LINES[number % len(LINES)],
    }


def new_session(web: httpx.Client) -> str:
    answer = web.post("/api/v1/sessions", json={"patient": f"{MARK}-1"})
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


@pytest.fixture
def headers(tmp_path: Path) -> dict[str, str]:
    return {"authorization": f"Bearer {new_program(tmp_path)}"}


def follow(running: Running, session_id: str, headers: dict[str, str]) -> Iterator[str]:
    """Give the lines of a session's stream."""
    with (
        httpx.Client(base_url=running.address, headers=headers, timeout=30) as web,
        web.stream("GET", f"/api/v1/sessions/{session_id}/stream") as stream,
    ):
        assert stream.status_code == 200
        yield from stream.iter_lines()


def kept(folder: Path) -> dict[str, list[str]]:
    """Give the turns of every session, as they stand in the database."""
    database, _ = open_storage(Settings(data_folder=folder))
    with database.unscoped() as db:
        found: dict[str, list[str]] = {one.id: [] for one in db.query(TherapySession)}
        for one in db.query(SpokenTurn).order_by(SpokenTurn.number):
            assert one.number == len(found[one.session_id])
            found[one.session_id].append(one.turn_id)
        assert db.query(RaisedAlarm).count() >= 0
    database.close()
    return found


def test_told_to_stop_under_load_it_loses_nothing_and_the_next_process_goes_on(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    stop = threading.Event()
    with serving(tmp_path) as running, ThreadPoolExecutor(SESSIONS + 1) as pool:
        with httpx.Client(base_url=running.address, headers=headers) as web:
            ids = [new_session(web) for _ in range(SESSIONS)]
            be_rude(web, ids[0])
        heard = pool.submit(lambda: list(follow(running, ids[0], headers)))
        senders = [Sender(running.address, headers, one) for one in ids]
        sending = [pool.submit(sender.send, until=stop) for sender in senders]
        while min(len(sender.acknowledged) for sender in senders) < 5:
            time.sleep(0.02)
            assert running.process.poll() is None
        told = time.monotonic()
        code = running.stop()
        took = time.monotonic() - told
        for one in sending:
            one.result()
        lines = heard.result()
    assert code in (0, -signal.SIGTERM)
    assert took < 8
    assert not any(sender.refused for sender in senders)
    after = kept(tmp_path)
    for sender in senders:
        there = after[sender.session_id]
        assert there[: len(sender.acknowledged)] == [f"t{n}" for n in sender.acknowledged]
        # What was kept without its answer being heard is at most the one turn that was in flight.
        assert len(there) - len(sender.acknowledged) in (0, 1)

    assert "event: stopping" in lines
    assert "retry: 1000" in lines
    events = [line for line in lines if line.startswith("event: ")]
    assert events[-1] == "event: stopping"
    assert events.count("event: turn") <= len(after[ids[0]])
    said = "".join(running.told)
    assert "service.stopping" in said
    assert "service.stopped" in said
    assert MARK not in said
    assert "request.failed" not in said

    with (
        serving(tmp_path) as running,
        httpx.Client(base_url=running.address, headers=headers) as web,
    ):
        for sender in senders:
            next_one = len(sender.acknowledged)
            again = web.post(f"/api/v1/sessions/{sender.session_id}/turns", json=turn(next_one))
            in_flight = len(after[sender.session_id]) > next_one
            assert again.status_code == (200 if in_flight else 201)
            assert again.json()["turn"] == next_one


def begin(running: Running, headers: dict[str, str], body: bytes) -> http.client.HTTPConnection:
    """Send a request's head and the first bytes of its body."""
    host, port = running.address.removeprefix("http://").split(":")
    begun = http.client.HTTPConnection(host, int(port), timeout=20)
    begun.putrequest("POST", "/api/v1/sessions")
    for name, value in {**headers, "content-type": "application/json"}.items():
        begun.putheader(name, value)
    begun.putheader("content-length", str(len(body)))
    begun.endheaders(body[:5])
    return begun


def test_what_was_begun_is_answered_nothing_new_is_taken_and_nobody_is_waited_for_long(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    body = f'{{"patient": "{MARK}"}}'.encode()
    with serving(tmp_path, {"ATTUNEMENT_SHUTDOWN_SECONDS": "3"}) as running:
        begun, never_ends = begin(running, headers, body), begin(running, headers, body)
        time.sleep(0.3)
        told = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{running.address}/health")
        begun.send(body[5:])
        assert begun.getresponse().status == 201
        assert running.process.wait(timeout=20) in (0, -signal.SIGTERM)
        assert 2 < time.monotonic() - told < 10
        begun.close()
        never_ends.close()
    assert MARK not in "".join(running.told)


def be_rude(web: httpx.Client, session_id: str) -> None:
    """Send marked words in every way that a server or its libraries might repeat."""
    turns = f"/api/v1/sessions/{session_id}/turns"
    as_json = {"content-type": "application/json"}
    for content in (f'{{"text": "{MARK}', f'["{MARK}"]', f'{{"{MARK}": 1}}', MARK, f'"{MARK}"' * 9):
        assert web.post(turns, content=content, headers=as_json).status_code == 422
    assert web.post(turns, json={**turn(0), "text": [MARK], "role": MARK}).status_code == 422
    broken = f'{{"turn_id": "t0", "number": 0, "role": "patient", "text": "{MARK}\\ud83d"}}'
    assert web.post(turns, content=broken, headers=as_json).status_code < 500
    assert web.get(f"/{MARK}?{MARK}={MARK}").status_code == 404
    assert web.get(f"/api/v1/sessions/{MARK}/turns").status_code == 422
    assert web.request(MARK.upper(), "/").status_code in (400, 404, 405)
    assert (
        web.get("/", headers={"cookie": f"a={MARK}", "host": f"{MARK}.example"}).status_code < 500
    )
    raw = httpx.URL(str(web.base_url))
    with socket.create_connection((raw.host, raw.port or 80), timeout=10) as line:
        line.sendall(f"GET /{MARK} {MARK} HTTP/1.1\r\n{MARK}\r\n\r\n".encode())
        line.recv(1000)
    with socket.create_connection((raw.host, raw.port or 80), timeout=10) as line:
        key = web.headers["authorization"]
        line.sendall(
            f"GET /api/v1/sessions/{session_id}/ws?{MARK} HTTP/1.1\r\n"
            f"Host: {raw.netloc.decode()}\r\n"
            f"Authorization: {key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {MARK}\r\nSec-WebSocket-Version: 13\r\n\r\n{MARK}".encode()
        )
        line.recv(1000)
