"""How much of a topic's following itself is nearness: turns further apart, which answer nothing.

   python benchmarks/topic_nearness.py --corpora ../shared/data

For every step, how often a turn is on the topic of the turn before it, against chance within
sessions (0 exchanges on: what `attunement topics` prints), and on the topic of one that it does not
follow, one to three exchanges back. What is left there is that subjects are kept to for a while.
Ten topics of the default model; turns without a content word are of no topic and are left out.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl

from attunement.alliance import chunks, embed
from attunement.embedding import CachedEncoder, VectorCache, open_encoder
from attunement.topics import SphericalTopics, TopicMaterial, topic_transitions, topic_turns
from attunement.transcripts import Corpus

CORPORA = {"KokoroChat": "kokorochat.jsonl.xz", "ESConv": "esconv_sessions.jsonl.xz"}
N_TOPICS = 10
FURTHER = (0, 1, 2, 3)
STEPS = (("patient", "therapist"), ("therapist", "patient"), ("patient", "patient"))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    options = arguments.parse_args()
    print(f"| corpus | step | {' | '.join(f'{further} exchanges on' for further in FURTHER)} |")
    print(f"|---|---|{'---|' * len(FURTHER)}")
    for corpus, file in CORPORA.items():
        turns = topics_of(options.corpora / file)
        for step in STEPS:
            found = [
                stays(apart(turns, step, exchanges=further), step, of_none=N_TOPICS)
                for further in FURTHER
            ]
            said = " | ".join(f"{ratio:.2f}" for ratio in found)
            print(f"| {corpus} | {' to '.join(step)} | {said} |")


def topics_of(path: Path) -> pl.DataFrame:
    """Give every turn its topic."""
    with closing(VectorCache()) as cache:
        encoder = CachedEncoder(open_encoder(), cache)
        parts = [embed(some, encoder) for some in chunks(Corpus(path))]
    spoken = pl.concat([part.spoken for part in parts])
    material = TopicMaterial.of(spoken, np.concatenate([part.vectors for part in parts]))
    return topic_turns(SphericalTopics(N_TOPICS).fit(*material.whole), material)


def apart(turns: pl.DataFrame, step: tuple[str, str], *, exchanges: int) -> pl.DataFrame:
    """Put behind each turn of a step what comes so many exchanges later than what follows it.

    Between the two sides the topics of the later side move up; turns of one side are dealt out to
    sessions of every second, third ... turn.
    """
    before, after = step
    if before == after:
        own = turns.filter(pl.col("role") == before)
        hand = pl.int_range(pl.len()).over("session_id") % (exchanges + 1)
        return own.with_columns(session_id=pl.format("{} {}", "session_id", hand))
    later = pl.col("topic").shift(-exchanges).over("session_id", "role")
    moved = pl.when(pl.col("role") == after).then(later).otherwise("topic")
    return turns.with_columns(topic=moved).drop_nulls("topic")


def stays(turns: pl.DataFrame, step: tuple[str, str], *, of_none: int) -> float:
    """Say how many times as often as chance gives the topic of a step stays the same."""
    leaving = pl.col("n").sum().over("from_topic")
    same = (
        topic_transitions(turns)
        .filter(from_role=step[0], to_role=step[1])
        .with_columns(by_chance=leaving * pl.col("expected"))
        .filter(pl.col("from_topic") == pl.col("to_topic"), pl.col("from_topic") != of_none)
    )
    return float(same.select(pl.col("n").sum() / pl.col("by_chance").sum()).item())


if __name__ == "__main__":
    main()
