"""How turns are given a score, and a corpus with the scores of many readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, TypeAlias

import numpy as np
import polars as pl
from benchmarks._ablation._axes import Matrix
from benchmarks._ablation._sentences import OfSentences, embed_sentences
from benchmarks.validity import Scored
from numpy.typing import NDArray

from attunement.alliance import (
    COLUMNS,
    EmbeddedChunk,
    Estimator,
    Form,
    Vectors,
    chunks,
    embed,
    load_reference,
    reference_standard,
)
from attunement.embedding import Encoder
from attunement.tables import ALLIANCE, Role
from attunement.transcripts import Corpus, ReadOptions

UNWILLING = "unwilling_to_continue"

Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One score a turn.

    Attributes
    ----------
    estimator : Estimator
        Unfitted.
    role : Role
        Whose turns.
    form : Form
        The wording they are held against.
    measure : str
        Which of the estimator's four scores.
    context : float
        How much of the preceding turn of the other side is added to each turn's vector.
    sentences : callable, optional
        How a turn's score comes of its sentences; without it, of the turn embedded whole.
    """

    estimator: Estimator
    role: Role = "patient"
    form: Form = "own"
    measure: str = ALLIANCE
    context: float = 0.0
    sentences: OfSentences | None = None


class FittedReading:
    """A reading with its standard: scores in standard deviations of the reference turns.

    What context adds is taken from the other side's reference turns, so that average turns after
    average turns stay at 0.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def fit(self, encoder: Encoder) -> Self:
        reading = self.reading
        self.encoder_ = encoder
        self.estimator_ = reading.estimator.fit(encoder)
        standard = reference_standard(self.estimator_, encoder)
        column = COLUMNS.index(reading.measure)
        self.mean_, self.sd_ = float(standard.mean[column]), float(standard.sd[column])
        self.mean_before_ = 0.0
        if reading.context:
            reference = load_reference()
            others = np.asarray(reference.roles) != reading.role
            self.mean_before_ = float(self._raw(encoder.encode(reference.texts)[others]).mean())
        return self

    def scores(self, chunk: EmbeddedChunk) -> Matrix:
        """Score the turns of `chunk.spoken`; those of the other side are NaN."""
        own = (chunk.spoken["role"] == self.reading.role).to_numpy()
        found = np.full(len(own), np.nan)
        found[own] = self._of_turns(chunk, own) - self.mean_
        if self.reading.context:
            before = preceding(chunk, self.reading.role)
            rows = np.flatnonzero(before >= 0)
            added = self._raw(chunk.vectors[before[rows]]) - self.mean_before_
            found[rows] += self.reading.context * added
        return found / self.sd_

    def _of_turns(self, chunk: EmbeddedChunk, own: Mask) -> Matrix:
        if self.reading.sentences is None:
            return self._raw(chunk.vectors[own])
        texts = chunk.spoken["text"].filter(own).to_list()
        return self.reading.sentences(self._raw, *embed_sentences(texts, self.encoder_))

    def _raw(self, vectors: Vectors) -> Matrix:
        """Score vectors as if the role had spoken them."""
        reading = self.reading
        raw = self.estimator_.raw(vectors, [reading.role] * len(vectors), form=reading.form)
        return raw[:, COLUMNS.index(reading.measure)].astype(np.float64)


def preceding(chunk: EmbeddedChunk, role: Role) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each of the role's turns, the row of the other side's last turn before it, or -1."""
    last = pl.when(pl.col("role") != role).then("row").forward_fill().over("session_id")
    found = chunk.spoken.with_row_index("row").select(
        pl.when(pl.col("role") == role).then(last.cast(pl.Int64)).fill_null(-1)
    )
    return found.to_series().to_numpy()


class Scoring(Protocol):
    """Whatever gives each turn of `chunk.spoken` a score; NaN for those that have none."""

    def scores(self, chunk: EmbeddedChunk) -> Matrix: ...


Readings: TypeAlias = Mapping[str, Scoring]


def fitted(readings: Mapping[str, Reading], encoder: Encoder) -> dict[str, FittedReading]:
    return {name: FittedReading(one).fit(encoder) for name, one in readings.items()}


def score(path: Path, readings: Readings, encoder: Encoder) -> Scored:
    """Score a corpus; its `scores` have a column a reading, null for the other side's turns."""
    turns, scores, ratings, sessions = [], [], [], []
    for batch in chunks(Corpus([path], ReadOptions())):
        chunk = embed(batch, encoder)
        columns = [pl.Series(name, one.scores(chunk)) for name, one in readings.items()]
        keys = chunk.spoken.select("session_id", "turn", "role", "time", "words")
        scores.append(keys.with_columns(column.fill_nan(None) for column in columns))
        words = pl.col("text").str.count_matches(r"\S+")
        turns.append(chunk.turns.select("session_id", "turn", "role", "time", words=words))
        ratings.append(chunk.ratings)
        wanted = pl.col(f"^(session_id|patient_id|{UNWILLING})$")
        sessions.append(chunk.sessions.select(wanted))
    return Scored(
        turns=pl.concat(turns),
        scores=pl.concat(scores),
        ratings=pl.concat(ratings),
        sessions=pl.concat(sessions, how="diagonal_relaxed"),
    )
