"""How quickly the service answers a posted turn, and whether an hour of load loses anything.

    python benchmarks/live_service.py [--database sqlite] [--database postgresql] [--json FILE]

`attunement serve` runs in a process of its own and the load in this one; they share the cores
(two are asked for: `taskset -c 0,1`). First, 100 sessions post one turn every 4 seconds each, 25 a
second in all, as live conversations do: p50 and p99 of the answer, measured by the sender. Then the
same 100 sessions post on as fast as they are answered, up to 900 turns each, which is an hour of
such conversations: turns a second, lost and doubled turns by looking into the database, and the
server's memory at every quarter. Needs Linux; PostgreSQL where that is asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Barrier, BrokenBarrierError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks._service.kept import Kept, compare
from benchmarks._service.served import ServeProcess, prepared
from benchmarks._service.talk import Sender, lines

EVERY_SECONDS = 4.0
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured on one database.

    Attributes
    ----------
    database : str
        Which.
    sessions, steady_turns : int
        How many sessions, and turns that they posted at the pace of conversations.
    p50_ms, p99_ms, highest_ms : float
        Of the answers to those.
    turns_a_second : float
        As fast as it goes.
    memory_mib : list of float
        The server's resident memory before that, and after each quarter of it.
    kept : Kept
        What became of all turns.
    """

    database: str
    sessions: int
    steady_turns: int
    p50_ms: float
    p99_ms: float
    highest_ms: float
    turns_a_second: float
    memory_mib: list[float]
    kept: Kept


def main() -> None:
    options = arguments()
    cores = len(os.sched_getaffinity(0))
    print(f"{platform.processor() or platform.machine()}, {cores} cores for server and load alike")
    reports = []
    for kind in options.database or ("sqlite", "postgresql"):
        with prepared(kind) as served:
            served.start()
            reports.append(measure(kind, served, options))
        show(reports[-1])
    if options.json:
        options.json.write_text(
            json.dumps({"cores": cores, "reports": [asdict(one) for one in reports]}, indent=1)
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--database", action="append", choices=("sqlite", "postgresql"))
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60, help="of the steady load")
    parser.add_argument("--turns", type=int, default=900, help="a session, in all")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def measure(kind: str, served: ServeProcess, options: argparse.Namespace) -> Report:
    spoken = lines()
    senders = [Sender(served, spoken, offset=7 * which) for which in range(options.sessions)]
    for sender in senders:
        sender.begin()
    with ThreadPoolExecutor(len(senders)) as pool:
        steady = max(1, round(options.seconds / EVERY_SECONDS))
        list(pool.map(lambda sender: sender.post(0), senders))
        start = time.perf_counter() + 0.5
        list(
            pool.map(
                lambda place: converse(
                    senders[place],
                    turns=range(1, 1 + steady),
                    start=start + EVERY_SECONDS * place / len(senders),
                ),
                range(len(senders)),
            )
        )
        answers = 1000 * np.concatenate([sender.seconds[1:] for sender in senders])
        memory, rate = hour(pool, served, senders, first=1 + steady, end=options.turns)
    return Report(
        database=kind,
        sessions=len(senders),
        steady_turns=len(answers),
        p50_ms=float(np.percentile(answers, 50)),
        p99_ms=float(np.percentile(answers, 99)),
        highest_ms=float(answers.max()),
        turns_a_second=rate,
        memory_mib=memory,
        kept=compare(served, senders),
    )


def converse(sender: Sender, *, turns: range, start: float) -> None:
    """Post a turn every few seconds, on time whatever the last answer took."""
    for place, number in enumerate(turns):
        time.sleep(max(0.0, start + EVERY_SECONDS * place - time.perf_counter()))
        expect(sender.post(number))


def hour(
    pool: ThreadPoolExecutor,
    served: ServeProcess,
    senders: Sequence[Sender],
    *,
    first: int,
    end: int,
) -> tuple[list[float], float]:
    """Post all other turns as fast as they are answered; give memory, and turns a second."""
    ends = [first + (end - first) * quarter // QUARTERS for quarter in range(QUARTERS + 1)]
    memory = [served.memory]

    def quarter_done() -> None:
        memory.append(served.memory)
        posted = sum(len(sender.acknowledged) for sender in senders)
        print(f"  {posted} turns posted, {memory[-1]:.0f} MiB", flush=True)

    waiting = Barrier(len(senders), action=quarter_done)

    def post_all(sender: Sender) -> None:
        try:
            for quarter in range(QUARTERS):
                for number in range(ends[quarter], ends[quarter + 1]):
                    expect(sender.post(number))
                waiting.wait()
        except BrokenBarrierError:
            return
        except BaseException:
            waiting.abort()
            raise

    before = time.perf_counter()
    list(pool.map(post_all, senders))
    return memory, len(senders) * (end - first) / (time.perf_counter() - before)


def expect(status: int) -> None:
    if status != 201:
        raise RuntimeError(f"a turn was answered with {status}")


def show(report: Report) -> None:
    print(f"\n{report.database}: {report.sessions} sessions")
    print(
        f"  25 turns a second ({report.steady_turns} turns): p50 {report.p50_ms:.1f} ms, "
        f"p99 {report.p99_ms:.1f} ms, highest {report.highest_ms:.0f} ms"
        if report.sessions == 100
        else f"  {report.steady_turns} turns: p50 {report.p50_ms:.1f}, p99 {report.p99_ms:.1f} ms"
    )
    print(f"  as fast as it goes: {report.turns_a_second:.0f} turns a second")
    print("  memory: " + ", ".join(f"{one:.0f}" for one in report.memory_mib) + " MiB")
    kept = report.kept
    print(
        f"  {kept.acknowledged} turns acknowledged, {kept.kept} kept, {kept.lost} lost, "
        f"{kept.doubled} doubled"
    )


if __name__ == "__main__":
    main()
