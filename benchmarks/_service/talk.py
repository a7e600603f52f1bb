"""Sessions to post: invented lines, every turn with an id that tells where it belongs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection

from benchmarks._service.served import ServeProcess

from attunement.sample import sample_folder
from attunement.transcripts import Corpus, ReadOptions


def lines() -> list[tuple[str, str]]:
    """Give role and words of every turn of the bundled sample, sessions one after the other."""
    with sample_folder() as folder:
        corpus = Corpus([folder], ReadOptions())
        return [(turn.role, turn.text) for session in corpus for turn in session.turns]


@dataclass
class Sender:
    """One session's sender, on one connection.

    Attributes
    ----------
    served : ServeProcess
        The service.
    spoken : list of tuple of str
        Roles and words to post, from the first again after the last.
    offset : int
        Where in them this session begins.
    session_id : str
        The session, once it is begun.
    acknowledged : list of int
        The numbers of the turns whose keeping was confirmed.
    seconds : list of float
        How long each answer took.
    """

    served: ServeProcess
    spoken: list[tuple[str, str]]
    offset: int
    session_id: str = ""
    acknowledged: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    _connection: HTTPConnection | None = None

    def begin(self) -> None:
        """Begin the session."""
        status, answer = self._ask("/api/v1/sessions", {"patient": f"P-{self.offset}"})
        assert status == 201, answer
        self.session_id = json.loads(answer)["id"]

    def post(self, number: int) -> int:
        """Post a turn; give the HTTP status.

        Raises
        ------
        OSError, HTTPException
            No answer came.
        """
        role, text = self.spoken[(self.offset + number) % len(self.spoken)]
        body = {
            "turn_id": turn_id(number),
            "number": number,
            "role": role,
            "text": text,
        }
        before = time.perf_counter()
        status, _ = self._ask(f"/api/v1/sessions/{self.session_id}/turns", body)
        self.seconds.append(time.perf_counter() - before)
        if status in (200, 201):
            self.acknowledged.append(number)
        return status

    def hang_up(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, path: str, body: object) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = self.served.connection()
        try:
            self._connection.request(
                "POST",
                path,
                json.dumps(body).encode(),
                {
                    "Authorization": f"Bearer {self.served.key}",
                    "Content-Type": "application/json",
                },
            )
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except BaseException:
            self.hang_up()
            raise


def turn_id(number: int) -> str:
    """Name a turn."""
    return f"turn-{number}"
