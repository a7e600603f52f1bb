"""A real HTTP server that answers like an OpenAI-compatible chat endpoint, by a script."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self, TypeAlias


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request.

    Attributes
    ----------
    status : int
        0 hangs up.
    body : str
        What is sent.
    headers : dict
        Sent with it.
    wait : float
        Seconds before it answers.
    cut : bool
        Whether the connection ends in the middle of the body.
    """

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: bool = False


Asked: TypeAlias = dict[str, Any]
"""The body of a request."""

Script: TypeAlias = Callable[[Asked, int], Reply]
"""Is given a request and how often the very same came before."""


def completion(
    text: str | None, *, finish_reason: str = "stop", refusal: str | None = None
) -> Reply:
    """An answer of the model."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return Reply(
        body=json.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": "scripted",
                "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
            }
        )
    )


def error(status: int, message: str = "", **more: object) -> Reply:
    """A refusal, in the words of OpenAI's API; asks to come back at once."""
    body = json.dumps({"error": {"message": message, **more}})
    return Reply(status=status, body=body, headers={"Retry-After": "0"})


MALFORMED = Reply(body='{"choices": [{"message": ')
HANG_UP = Reply(status=0)


def chance(asked: Asked, before: int) -> float:
    """A number from 0 to 1 that only depends on the request and how often it came before."""
    seen = json.dumps([asked, before], sort_keys=True).encode()
    return int.from_bytes(hashlib.sha256(seen).digest()[:8]) / 2**64


def faulty(answer: Script, *, share: float, wait: float) -> Script:
    """Answer, but fail with `share` of the requests: in one of five ways, by the request alone.

    The five are 429, 500, an answer that comes `wait` seconds late, JSON that ends too early, and a
    connection that ends in the middle of the body.
    """

    def script(asked: Asked, before: int) -> Reply:
        drawn = chance(asked, before)
        good = answer(asked, before)
        if drawn >= share:
            return good
        return (
            error(429, "slow down"),
            error(500, "something broke"),
            Reply(body=good.body, wait=wait),
            MALFORMED,
            Reply(body=good.body, cut=True),
        )[int(drawn / share * 5)]

    return script


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Say nothing of callers that hung up."""


class ChatServer:
    """Serves on a free port of 127.0.0.1 until the block ends.

    Attributes
    ----------
    requests, headers, paths, times : list
        What came in, in order: bodies, their headers, their paths, and when.
    most_at_once : int
        The most requests that were being answered at one time.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Asked] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.times: list[float] = []
        self.most_at_once = 0
        self._now = 0
        self._seen: Counter[str] = Counter()
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def begin(self, asked: Asked, headers: dict[str, str], path: str) -> Reply:
        """Note a request, and give what the script says."""
        with self._lock:
            self.requests.append(asked)
            self.headers.append(headers)
            self.paths.append(path)
            self.times.append(time.monotonic())
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            key = json.dumps(asked, sort_keys=True)
            before = self._seen[key]
            self._seen[key] += 1
        return self.script(asked, before)

    def end(self) -> None:
        """Note that a request was answered."""
        with self._lock:
            self._now -= 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = server.begin(asked, dict(self.headers), self.path)
            try:
                self._send(reply)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                server.end()

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.wait)
            if reply.status == 0:
                self.close_connection = True
                return
            body = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if reply.cut else body)
            if reply.cut:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
