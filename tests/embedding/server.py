"""A real HTTP server that answers like an OpenAI-compatible embeddings endpoint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any

import numpy as np

DIMENSION = 12


def vector(text: str) -> list[float]:
    """A vector that only depends on the text; its norm is not 1."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    return [float(number) for number in np.random.default_rng(seed).normal(size=DIMENSION)]


@dataclass
class Answers:
    """What the server does, and what it was asked.

    Attributes
    ----------
    failures : list
        Statuses to answer with before all is well; 0 hangs up.
    body : bytes, optional
        Sent instead of vectors.
    location : str, optional
        Where a 3xx status points.
    requests : list
        Every body that came in, decoded.
    headers : list
        The headers that came with it.
    """

    failures: list[int] = field(default_factory=list)
    body: bytes | None = None
    location: str | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """Every text that came in, without the ones that ask for the dimension."""
        asked = [text for request in self.requests for text in request["input"]]
        return [text for text in asked if text != "dimension"]


class EmbeddingServer:
    """Serves on a free port of 127.0.0.1 until the block ends."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answers))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> EmbeddingServer:
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


def _handler(answers: Answers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answers.requests.append(asked)
            answers.headers.append(dict(self.headers))
            answers.paths.append(self.path)
            status = answers.failures.pop(0) if answers.failures else 200
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            if answers.location is not None:
                self.send_header("Location", answers.location)
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(self._content(asked["input"]) if status == 200 else b"{}")

        def _content(self, texts: list[str]) -> bytes:
            if answers.body is not None:
                return answers.body
            data = [{"index": i, "embedding": vector(text)} for i, text in enumerate(texts)]
            # The order of the list is not promised; the index is.
            return json.dumps({"data": data[::-1], "model": "m"}).encode()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
