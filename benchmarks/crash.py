"""Whether a service that is killed loses what it has acknowledged.

    python benchmarks/crash.py [--database sqlite] [--database postgresql] [--kills 20]

While 20 sessions post turns as fast as they are answered, `attunement serve` is killed (SIGKILL) at
a random moment, started again, and the senders go on: each posts the turn again whose answer did
not come, under the same id. After every kill and at the end, the database holds every acknowledged
turn once, in order. Needs Linux; PostgreSQL where that is asked for.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._service.kept import Kept, compare
from benchmarks._service.served import ServeProcess, prepared
from benchmarks._service.talk import Sender, lines

_AGAIN_SECONDS = 0.05
_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Crashes:
    """What became of the turns of a service that was killed again and again.

    Attributes
    ----------
    kills : int
        How often.
    unanswered : int
        Turns whose answer did not come, and which were posted again.
    repeated : int
        Those of them that the service had kept all the same.
    after_kill : tuple of Kept
        What the database held after each kill, before the service was started again.
    kept : Kept
        And at the end.
    """

    kills: int
    unanswered: int
    repeated: int
    after_kill: tuple[Kept, ...]
    kept: Kept

    @property
    def lost(self) -> int:
        """Turns that were acknowledged and not kept, at any time."""
        return self.kept.lost + sum(one.lost for one in self.after_kill)

    @property
    def doubled(self) -> int:
        """Turns that were kept twice or out of order, at any time."""
        return self.kept.doubled + sum(one.doubled for one in self.after_kill)


class Persistent:
    """Posts a session's turns one after the other, whatever becomes of the service."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.unanswered = 0
        self.repeated = 0
        self.failure: BaseException | None = None
        self._enough = threading.Event()
        self._going = threading.Event()
        self._still = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._going.set()
        self._thread.start()

    def rest(self) -> None:
        """Have it post nothing, and wait until nothing is under way."""
        self._still.clear()
        self._going.clear()
        self._still.wait(timeout=60)

    def go_on(self) -> None:
        self._going.set()

    def end(self) -> None:
        self._enough.set()
        self._going.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        try:
            number, asked = 0, False
            while not self._enough.is_set():
                if not self._going.is_set():
                    self._still.set()
                    self._going.wait()
                    continue
                try:
                    status = self.sender.post(number)
                except (OSError, HTTPException):
                    self.unanswered += not asked
                    asked = True
                    time.sleep(_AGAIN_SECONDS)
                    continue
                if status not in (200, 201):
                    raise RuntimeError(f"turn {number} was answered with {status}")
                self.repeated += status == 200
                number, asked = number + 1, False
        except BaseException as error:
            self.failure = error
        finally:
            self.sender.hang_up()
            self._still.set()


def crash(served: ServeProcess, *, kills: int, sessions: int, seed: int = 0) -> Crashes:
    """Kill the service while it is under load, start it again, and so on.

    Parameters
    ----------
    served : ServeProcess
        The service, not started.
    kills : int
        How often.
    sessions : int
        How many are posted to.
    seed : int
        Of the moments at which it is killed.
    """
    spoken = lines()
    served.start()
    senders = [Sender(served, spoken, offset=11 * which) for which in range(sessions)]
    for sender in senders:
        sender.begin()
    posting = [Persistent(sender) for sender in senders]
    for one in posting:
        one.start()
    moments = random.Random(seed)
    after_kill = []
    for _ in range(kills):
        _wait_for_turns(senders, moments.randint(2, 8) * sessions)
        time.sleep(moments.uniform(0.0, 0.05))
        served.kill()
        for one in posting:
            one.rest()
        after_kill.append(compare(served, senders))
        served.start()
        for one in posting:
            one.go_on()
    _wait_for_turns(senders, 2 * sessions)
    for one in posting:
        one.end()
    served.stop()
    _raise(posting)
    return Crashes(
        kills=kills,
        unanswered=sum(one.unanswered for one in posting),
        repeated=sum(one.repeated for one in posting),
        after_kill=tuple(after_kill),
        kept=compare(served, senders),
    )


def _wait_for_turns(senders: Sequence[Sender], count: int) -> None:
    """Wait until so many more turns were acknowledged."""
    before = sum(len(one.acknowledged) for one in senders)
    end = time.monotonic() + _PATIENCE_SECONDS
    while sum(len(one.acknowledged) for one in senders) < before + count:
        if time.monotonic() > end:
            raise RuntimeError("the service answers no more")
        time.sleep(0.005)


def _raise(posting: Sequence[Persistent]) -> None:
    for one in posting:
        if one.failure is not None:
            raise one.failure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--database", action="append", choices=("sqlite", "postgresql"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for kind in options.database or ("sqlite", "postgresql"):
        with prepared(kind) as served:
            found = crash(served, kills=options.kills, sessions=options.sessions, seed=options.seed)
        print(
            f"{kind}: killed {found.kills} times; {found.kept.acknowledged} turns acknowledged, "
            f"{found.lost} lost, {found.doubled} doubled; {found.unanswered} were not answered and "
            f"posted again, {found.repeated} of them had been kept"
        )


if __name__ == "__main__":
    main()
