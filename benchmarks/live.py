"""What listening costs: a turn's time, against the whole session's again, and a session's memory.

    OPENBLAS_NUM_THREADS=1 taskset -c 0 python benchmarks/live.py

Hears invented sessions of short turns, each turn new to the encoder, on one core, without the
vector cache. After so many turns it takes the time of the next ones, and in the same run that of
working the session so far out anew (`Listener.batch`), with its turns' vectors known and without;
so the ratios hardly depend on the machine, nor on what else it does. Then it opens a thousand
sessions and says what each holds in memory. With --fitted, the same with a model.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil
from numpy.typing import NDArray

from attunement.alliance.fitted import FittedModel, load_model
from attunement.embedding import CachedEncoder, Encoder, VectorCache, open_encoder
from attunement.live import Listener, Monitor
from attunement.tables import Role
from attunement.transcripts import Session, Turn

AFTER = (10, 50, 200, 1_000)
SESSIONS = 1_000
MEMORY_TURNS = 60
_WORDS = (
    "I you we it that not really think feel know want need week work sleep home time again "
    "maybe better worse hard last talk help try said never always someone today"
)
WORDS = _WORDS.split()
Asked = TypeVar("Asked")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--fitted", type=Path, help="a model that `attunement fit` made")
    arguments.add_argument("--turns", type=int, default=200, help="timed at each length")
    options = arguments.parse_args()
    encoder = open_encoder()
    model = None if options.fitted is None else load_model(options.fitted)
    cache = VectorCache()
    own = CachedEncoder(encoder, cache)
    print(f"$ python {' '.join(sys.argv)}")
    started = time.perf_counter()
    listener = Listener(encoder, model).fit(anchors=own)
    print(f"fit, our own texts in the cache: {time.perf_counter() - started:.1f} s\n")
    _steps(listener, encoder, model, own, count=options.turns)
    _memory(encoder, model, own)
    cache.close()


class Known:
    """An encoder that has every text's vector in memory."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.vectors: dict[str, NDArray[np.float32]] = {}

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self.vectors]
        if new:
            self.vectors.update(zip(new, self.encoder.encode(new), strict=True))
        rows = [self.vectors[text] for text in texts]
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), self.dimension)


def _steps(
    listener: Listener, encoder: Encoder, model: FittedModel | None, own: Encoder, *, count: int
) -> None:
    known = Known(encoder)
    remembering = Listener(known, model).fit(anchors=own)
    print(
        "| turns before | ms a turn, p50 | p99 | of it embedding | whole session anew | "
        "the same, vectors known |"
    )
    print("|---|---|---|---|---|---|")
    for before in AFTER:
        turns = _talk(before + count, seed=before)
        monitor = listener.monitor("s", turns[:before])
        spent = np.array([_timed(monitor.step, turn) for turn in turns[before:]])
        alone = np.median([_timed(encoder.encode, [turn.text]) for turn in turns[before:]])
        session = Session("s", tuple(turns[: before + 1]))
        known.encode([turn.text for turn in session.turns])
        anew = np.median([_timed(listener.batch, session) for _ in range(5)])
        quick = np.median([_timed(remembering.batch, session) for _ in range(5)])
        middle = float(np.median(spent))
        print(
            f"| {before:,} | {1e3 * middle:.1f} | {1e3 * np.quantile(spent, 0.99):.1f} "
            f"| {alone / middle:.0%} | {anew / middle:,.1f} times | {quick / middle:,.1f} times |",
            flush=True,
        )


def _memory(encoder: Encoder, model: FittedModel | None, own: Encoder) -> None:
    known = Known(encoder)
    listener = Listener(known, model).fit(anchors=own)
    turns = _talk(MEMORY_TURNS, seed=3)
    held = [listener.monitor("warm", turns)]
    gc.collect()
    before = psutil.Process().memory_info().rss
    held += [listener.monitor(f"s{place}", turns) for place in range(SESSIONS)]
    gc.collect()
    grown = psutil.Process().memory_info().rss - before
    print(
        f"\n{SESSIONS:,} sessions of {MEMORY_TURNS} turns: {grown / SESSIONS / 1024:.1f} KiB each"
    )
    _flat(held[0])


def _flat(monitor: Monitor) -> None:
    for turns in (1_000, 10_000):
        while monitor.turns < turns:
            role: Role = "therapist" if monitor.turns % 2 else "patient"
            monitor.step(Turn(monitor.turns, role, WORDS[monitor.turns % len(WORDS)]))
        spent = _timed(monitor.step, Turn(monitor.turns, "patient", "maybe"))
        print(f"after {turns:,} turns a step with its vector known takes {1e3 * spent:.1f} ms")


def _talk(count: int, *, seed: int) -> list[Turn]:
    """Turns of 3 to 25 words, each side in turn."""
    rng = np.random.default_rng(seed)
    return [
        Turn(
            place,
            "therapist" if place % 2 else "patient",
            " ".join(rng.choice(WORDS, int(rng.integers(3, 26)))),
        )
        for place in range(count)
    ]


def _timed(call: Callable[[Asked], object], asked: Asked) -> float:
    started = time.perf_counter()
    call(asked)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
