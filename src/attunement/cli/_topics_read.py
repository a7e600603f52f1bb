"""Topics of a corpus: gathered chunk by chunk, fitted at once, and followed over the sessions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from attunement.alliance import EmbeddedChunk
from attunement.associations import AssociationOptions, associate_turns
from attunement.embedding import Vectors
from attunement.markers import answers
from attunement.report import TopicsShown
from attunement.tablefiles import write_table
from attunement.tables import TOPIC_QUALITY
from attunement.topics import (
    LanguageWarning,
    MakeModel,
    TopicMaterial,
    choose_topics,
    coherence,
    name_topics,
    name_topics_with,
    top_words,
    topic_courses,
    topic_quality,
    topic_transitions,
    topic_turns,
    topics_table,
)

USUAL_TOPICS = 10

MOST_TRIED = 20_000
"""In a corpus of more turns the number of topics is not tried out unless it is asked for."""

EXAMPLES = 3
"""Turns shown for each topic."""

_NOT_MEASURED = (
    "How good the topics are was not measured, nor their number tried out: both need gensim, which "
    "comes with `pip install attunement[topics]`."
)
_LEAST_WORDS = 8
_MOST_WORDS = 60


class TopicsRead(AbstractContextManager["TopicsRead"]):
    """The spoken turns of the chunks taken so far; their embeddings wait on disk.

    Parameters
    ----------
    path : Path
        Where the embeddings are put; the file is removed when the block that reads ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("wb")
        self._spoken: list[pl.DataFrame] = []
        self._width = 0

    def take(self, chunk: EmbeddedChunk) -> None:
        """Keep a chunk's turns."""
        if chunk.spoken.height:
            self._spoken.append(
                chunk.spoken.select("session_id", "turn", "role", "time", "text", "words")
            )
            self._width = chunk.vectors.shape[1]
            np.ascontiguousarray(chunk.vectors, dtype=np.float32).tofile(self._file)

    def spoken(self) -> pl.DataFrame:
        """Give the turns with their texts."""
        return pl.concat(self._spoken)

    def vectors(self) -> Vectors:
        """Give their embeddings, read from disk as they are needed."""
        self._file.flush()
        mapped: Vectors = np.memmap(self._path, dtype=np.float32, mode="r").reshape(-1, self._width)
        return mapped

    def __exit__(self, *raised: object) -> None:
        """Remove the embeddings from disk."""
        self._file.close()
        self._path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicOptions:
    """What is asked of topics.

    Attributes
    ----------
    make : callable
        Makes the model from a number of topics and a random state.
    number : int or None
        How many; tried out if None, in corpora of up to `MOST_TRIED` turns.
    seed : int
        Where the model's random numbers start.
    namer : str or None
        `URL#model-name` of a language model on this machine that names topics from their words.
    every_topic : bool
        Whether each turn's similarity to every topic is kept.
    """

    make: MakeModel
    number: int | None = None
    seed: int = 0
    namer: str | None = None
    every_topic: bool = False


@dataclass(frozen=True, slots=True)
class TopicsFound:
    """Topics, and everything the report draws of them.

    Attributes
    ----------
    model : str
        What found them.
    shown : TopicsShown
        The tables.
    """

    model: str
    shown: TopicsShown

    @classmethod
    def of(
        cls,
        read: TopicsRead,
        *,
        scores: pl.DataFrame,
        sessions: pl.DataFrame,
        topics: TopicOptions,
        options: AssociationOptions,
    ) -> TopicsFound:
        """Find topics, and ask what goes before rises and falls.

        Parameters
        ----------
        read : TopicsRead
            The corpus's turns.
        scores : DataFrame
            `SCORES` of one zero-shot estimator.
        sessions : DataFrame
            `SESSIONS`.
        topics : TopicOptions
            Which topics.
        options : AssociationOptions
            How to run the statistics.

        Raises
        ------
        DataError
            There are no words that topics could be made of, or too few turns.
        """
        spoken = read.spoken()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", LanguageWarning)
            material = TopicMaterial.of(spoken, read.vectors())
        notes = [str(one.message) for one in caught if one.category is LanguageWarning]
        number, quality, reason = _number(material, topics)
        notes += reason
        model = topics.make(number, topics.seed).fit(*material.whole)
        words = top_words(model.words_, material.words)
        names, unnamed = _names(words, topics.namer)
        notes += unnamed
        turns = topic_turns(model, material, every_topic=topics.every_topic)
        table = topics_table(
            model,
            material,
            turns,
            names=names,
            npmi=coherence(words, material.documents) if _measurable() else None,
        )
        found = associate_turns(
            scores,
            topic_features(turns, table),
            sessions,
            answers=answers(spoken),
            options=options,
        )
        return cls(
            model.name,
            TopicsShown(
                topics=table,
                turns=turns,
                courses=topic_courses(turns, sessions, draws=options.draws, seed=options.seed),
                transitions=topic_transitions(turns),
                quality=quality,
                associations=found.effects,
                controls=found.controls,
                examples=_examples(turns, spoken),
                notes=tuple(notes),
            ),
        )

    def write(self, folder: Path) -> None:
        """Write the tables that have rows; none holds words of turns."""
        shown = self.shown
        write_table(folder / "topic_turns.parquet", shown.turns)
        for name, table in (
            ("topics", shown.topics),
            ("topic_courses", shown.courses),
            ("topic_transitions", shown.transitions),
            ("topic_quality", shown.quality),
            ("topic_associations", shown.associations),
            ("topic_association_controls", shown.controls),
        ):
            if table.height:
                write_table(folder / f"{name}.csv", table)


def topic_features(turns: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """Make a column of 0 and 1 of every topic, under its name."""
    return turns.select(
        "session_id",
        "turn",
        "role",
        *(
            (pl.col("topic") == topic).cast(pl.Float64).alias(name)
            for topic, name in topics.select("topic", "name").iter_rows()
        ),
    )


def _number(material: TopicMaterial, topics: TopicOptions) -> tuple[int, pl.DataFrame, list[str]]:
    """Decide how many topics, and measure them where what measures is there."""
    number = topics.number
    if not _measurable():
        unmeasured = pl.DataFrame(schema=TOPIC_QUALITY.schema)
        return number or USUAL_TOPICS, unmeasured, [_NOT_MEASURED]
    if number is None and len(material) <= MOST_TRIED:
        choice = choose_topics(material, make=topics.make)
        return choice.n_topics, choice.quality, [f"{choice.n_topics} topics: {choice.reason}."]
    number = number or USUAL_TOPICS
    return number, topic_quality(material, number, make=topics.make, seeds=3, splits=1), []


def _measurable() -> bool:
    return find_spec("gensim") is not None


def _names(words: Sequence[Sequence[str]], namer: str | None) -> tuple[list[str], list[str]]:
    if namer is None:
        return name_topics(words), []
    named = name_topics_with(namer, words)
    left = [one.reason for one in named if one.reason is not None]
    return [one.name for one in named], [
        f"{len(left)} topics keep a name made of their words: {reason}."
        for reason in dict.fromkeys(left)
    ]


def _examples(turns: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    """Choose patient turns that are closest to each topic, neither very short nor very long."""
    return (
        turns.join(spoken.select("session_id", "turn", "text", "words"), on=["session_id", "turn"])
        .filter(
            pl.col("role") == "patient",
            pl.col("words").is_between(_LEAST_WORDS, _MOST_WORDS),
            pl.col("similarity").is_not_null(),
        )
        .sort("topic", "similarity", "session_id", "turn", descending=[False, True, False, False])
        .group_by("topic", maintain_order=True)
        .head(EXAMPLES)
        .select("topic", "session_id", "turn", "role", "text")
    )
