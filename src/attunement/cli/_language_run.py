"""One pass over a corpus for what is read of its language: markers or topics, and scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from attunement.alliance import Contrast, EmbeddedChunk, Scorer
from attunement.cli._corpus_run import scored_stream
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.instruments import load_anchors, load_inventory
from attunement.statistics import Design
from attunement.transcripts import Corpus


class Reader(Protocol):
    """Whatever reads the chunks of a corpus as they pass."""

    def take(self, chunk: EmbeddedChunk) -> None:
        """Read a chunk."""
        ...


@dataclass(frozen=True, slots=True)
class Language:
    """What was read beside the language itself.

    Attributes
    ----------
    scores, sessions, ratings : DataFrame
        `SCORES` of the default estimator, `SESSIONS` and `RATINGS`.
    """

    scores: pl.DataFrame
    sessions: pl.DataFrame
    ratings: pl.DataFrame


def read_language(corpus: Corpus, encoder: Encoder, reader: Reader, *, by: str) -> Language:
    """Score a corpus and let a reader take its chunks.

    Parameters
    ----------
    corpus : Corpus
        The transcripts.
    encoder : Encoder
        Embeds the turns.
    reader : Reader
        Takes every chunk.
    by : str
        The column of the sessions that names the groups; looked for before anything is asked.

    Raises
    ------
    DataError
        No session was read, or none has words of a patient or therapist.
    UsageError
        The sessions have no column to group by, or too many groups.
    """
    scorer = Scorer(
        estimators=[Contrast(bank=load_anchors(), inventory=load_inventory())], encoder=encoder
    )
    chunks = []
    for embedded, scored in scored_stream(scorer, corpus, encoder):
        reader.take(embedded)
        chunks.append((scored.scores, scored.sessions, scored.ratings))
    if not any(scores.height for scores, _, _ in chunks):
        raise DataError(
            "no turn of a patient or therapist has any words",
            mend="Run `attunement check` on the same paths to see what was read",
        )
    scores, sessions, ratings = (
        pl.concat(parts, how="diagonal_relaxed") for parts in zip(*chunks, strict=True)
    )
    Design.of(sessions, by=by)
    return Language(scores=scores, sessions=sessions, ratings=ratings)


def source_in_words(encoder: Encoder) -> str:
    """Say where inferred alliance comes from."""
    return f"{Contrast.name} scores in the space of {encoder.name} ({encoder.fingerprint})"
