"""One pass over a corpus with every marker, timed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from attunement.alliance import EmbeddedChunk, chunks, embed
from attunement.embedding import Encoder
from attunement.markers import (
    ActClassifier,
    session_markers,
    session_semantics,
    turn_markers,
    turn_semantics,
)
from attunement.sample import sample_folder
from attunement.transcripts import Corpus, ReadOptions, Session

CORPORA: dict[str, str | None] = {
    "kokorochat": "kokorochat.jsonl.xz",
    "esconv": "esconv_sessions.jsonl.xz",
    "sample": None,
}
"""Name, and file among the corpora; the sample comes with the package."""


@dataclass
class Times:
    """Seconds spent on each step, and what was done in them."""

    seconds: dict[str, float] = field(default_factory=dict)
    turns: int = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count the time of the block under this name."""
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class Marked:
    """The labelled turns of a corpus, with text, role, act, act_probability and non_fluencies."""

    turns: pl.DataFrame
    times: Times


def mark(corpora: Path, name: str, *, wanted: pl.DataFrame, encoder: Encoder) -> Marked:
    """Mark a corpus, keeping of its turns those in `wanted` (session_id, turn)."""
    times = Times()
    kept = []
    with ExitStack() as opened:
        file = CORPORA[name]
        path = corpora / file if file else opened.enter_context(sample_folder())
        with times.step("learning acts"):
            classifier = ActClassifier().fit(encoder)
        for some in _timed(chunks(Corpus([path], ReadOptions())), times, "reading"):
            with times.step("vectors"):
                chunk = embed(some, encoder)
            kept.append(
                _marked(chunk, classifier, times).join(
                    wanted, on=["session_id", "turn"], how="semi", maintain_order="left"
                )
            )
            times.turns += chunk.spoken.height
    return Marked(pl.concat(kept), times)


def _marked(chunk: EmbeddedChunk, classifier: ActClassifier, times: Times) -> pl.DataFrame:
    with times.step("words"):
        words = turn_markers(chunk.spoken)
    with times.step("acts"):
        acts = classifier.predict(chunk.spoken, chunk.vectors)
    with times.step("meaning"):
        overlap = turn_semantics(chunk.spoken, chunk.vectors)
        session_semantics(chunk.spoken, chunk.vectors)
    turns = words.with_columns(acts["act"], acts["act_probability"], overlap["overlap"])
    with times.step("sessions"):
        session_markers(turns)
    return turns.select(
        "session_id",
        "turn",
        "role",
        "act",
        "act_probability",
        chunk.spoken["text"],
        non_fluencies=pl.sum_horizontal("fillers", "repeats", "repairs"),
    )


def _timed(sessions: Iterator[list[Session]], times: Times, name: str) -> Iterator[list[Session]]:
    while True:
        with times.step(name):
            some = next(sessions, None)
        if some is None:
            return
        yield some
