"""Whether rating loses, doubles or invents a verdict, and what it costs beside the bare client.

    python benchmarks/raters.py [--windows 1000] [--faults 0.1] [--calls 500]

First, a thousand windows are rated by a scripted endpoint that fails with a tenth of the requests
(429, 500, an answer that comes too late, JSON that ends too early, a connection that ends in the
middle of the body). In the middle the rating process is killed (SIGKILL) and started again. At the
end every window must be there once, scored or unscored with a reason.

Then the same questions are put by `rate`, its store on the disk, and by the bare `openai` client,
to an endpoint without faults, in turns. What is compared is processor time a call of the asking
process; the endpoint is another process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import polars as pl
from tests.raters.scripted import verdict
from tests.raters.server import ChatServer, faulty

from attunement.raters import (
    Design,
    Judge,
    Reason,
    Store,
    load_items,
    load_protocol,
    narrowed,
    rate,
)
from attunement.transcripts import Session, Turn

TIMEOUT = 0.5
TURNS_A_WINDOW = 20
WINDOWS_A_SESSION = 10
CONCURRENCY = 8
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Robust:
    """What became of the windows of a rating that was killed once.

    Attributes
    ----------
    windows, scored, unscored : int
        In the table.
    lost, doubled, unexplained : int
        What must not be: windows without a row, with two, without score and without reason.
    kept_at_kill : int
        Verdicts that were in the store when the process was killed.
    requests_at_kill, requests : int
        That the endpoint had seen then, and saw in all.
    seconds : float
        From the first request to the end.
    """

    windows: int
    scored: int
    unscored: int
    lost: int
    doubled: int
    unexplained: int
    kept_at_kill: int
    requests_at_kill: int
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor milliseconds a call of the asking process.

    Attributes
    ----------
    ours, bare : float
        Of `rate` with its store, and of the bare client; the median of the rounds.
    """

    ours: float
    bare: float

    @property
    def overhead(self) -> float:
        """What is ours alone."""
        return self.ours - self.bare

    @property
    def ratio(self) -> float:
        """Ours beside the bare client's."""
        return self.ours / self.bare


def sessions(windows: int) -> Iterator[Session]:
    """Sessions of some windows each; no two turns are alike."""
    for number in range(-(-windows // WINDOWS_A_SESSION)):
        left = min(WINDOWS_A_SESSION, windows - number * WINDOWS_A_SESSION)
        turns = tuple(
            Turn(
                turn,
                "patient" if turn % 2 else "therapist",
                f"In week {number} it was the matter of {turn} that I could not let go of.",
            )
            for turn in range(left * TURNS_A_WINDOW)
        )
        yield Session(session_id=f"s{number}", turns=turns)


def design() -> Design:
    """One item of our inventory, a window of 20 turns at a time."""
    items = load_items()
    return Design(
        items=narrowed(items, only=(items.items[0].item,)),
        protocol=load_protocol(),
        most_turns=TURNS_A_WINDOW,
    )


def judge(url: str) -> Judge:
    return Judge.at(f"{url}#scripted", timeout=TIMEOUT, concurrency=CONCURRENCY)


def rated(url: str, path: Path, windows: int) -> pl.DataFrame:
    """Rate into a store; what the killed process runs."""
    with Store(path) as store:
        return rate(sessions(windows), design=design(), judges=[judge(url)], store=store)


def robust(windows: int, *, faults: float) -> Robust:
    """Rate among faults, with a kill in the middle."""
    script = faulty(verdict, share=faults, wait=2 * TIMEOUT)
    with tempfile.TemporaryDirectory() as folder, ChatServer(script) as server:
        path = Path(folder) / "verdicts.sqlite"
        begun = time.monotonic()
        kept = _killed_halfway(server, path, windows)
        at_kill = len(server.requests)
        found = rated(server.url, path, windows)
        seconds = time.monotonic() - begun
        requests = len(server.requests)
        final = _final(path)
    rows = found.select("session_id", "window", "item", "seed")
    unscored = found.filter(status="unscored")
    known = [str(one) for one in Reason]
    return Robust(
        windows=found.height,
        scored=found.filter(pl.col("score").is_not_null()).height,
        unscored=unscored.height,
        lost=windows - rows.unique().height,
        doubled=found.height - rows.unique().height + max(0, final - windows),
        unexplained=unscored.height - unscored.filter(pl.col("reason").is_in(known)).height,
        kept_at_kill=kept,
        requests_at_kill=at_kill,
        requests=requests,
        seconds=seconds,
    )


def cost(calls: int) -> Cost:
    """Put the same questions by `rate` and by the bare client, in turns."""
    ours, bare = [], []
    with _served() as url, tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS + 1):
            begun = time.process_time()
            found = rated(url, Path(folder) / f"{number}.sqlite", calls)
            ours.append((time.process_time() - begun) / calls)
            assert set(found["status"]) == {"scored"}
            bare.append(_bare(url, calls) / calls)
    # The first round imports and warms up.
    return Cost(ours=1000 * statistics.median(ours[1:]), bare=1000 * statistics.median(bare[1:]))


def _bare(url: str, calls: int) -> float:
    """Give the processor seconds that the bare client takes for the same questions."""
    from openai import AsyncOpenAI

    bodies = [
        [{"role": one.role, "content": one.content} for one in question.messages]
        for session in sessions(calls)
        for question in design().questions(session)
    ]

    async def asking() -> None:
        gate = asyncio.Semaphore(CONCURRENCY)
        async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

            async def one(messages: list[dict[str, str]]) -> None:
                async with gate:
                    found = await client.chat.completions.create(
                        model="scripted",
                        messages=messages,  # type: ignore[arg-type]
                        temperature=0,
                        max_tokens=1024,
                        seed=0,
                    )
                    assert found.choices[0].message.content

            await asyncio.gather(*map(one, bodies))

    begun = time.process_time()
    asyncio.run(asking())
    return time.process_time() - begun


def _killed_halfway(server: ChatServer, path: Path, windows: int) -> int:
    """Rate in a process of its own, kill it halfway, and count what it had kept."""
    child = _child("rate", server.url, str(path), str(windows))
    while len(server.requests) < windows // 2:
        if child.poll() is not None:
            raise SystemExit("the rating process ended by itself")
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    return _final(path)


def _final(path: Path) -> int:
    with sqlite3.connect(path) as database:
        (found,) = database.execute("SELECT COUNT(*) FROM verdicts WHERE final").fetchone()
    database.close()
    return int(found)


@contextmanager
def _served() -> Iterator[str]:
    """Serve without faults, in a process of its own."""
    child = _child("serve")
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _child(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[1],
    )


def _serve() -> None:
    with ChatServer(verdict) as server:
        print(server.url, flush=True)
        signal.pause()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both parts, and give 1 if something must not be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=1_000)
    parser.add_argument("--faults", type=float, default=0.1)
    parser.add_argument("--calls", type=int, default=500)
    chosen = parser.parse_args(arguments)
    held = robust(chosen.windows, faults=chosen.faults)
    print(json.dumps(asdict(held), indent=2))
    spent = cost(chosen.calls)
    print(
        f"processor time a call: ours {spent.ours:.2f} ms, the bare client {spent.bare:.2f} ms, "
        f"overhead {spent.overhead:.2f} ms, ratio {spent.ratio:.2f}"
    )
    fine = held.lost == held.doubled == held.unexplained == 0 and spent.overhead < 5
    return 0 if fine else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve()
    elif sys.argv[1:2] == ["rate"]:
        rated(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        raise SystemExit(main())
