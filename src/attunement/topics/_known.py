"""A fitted model kept as plain values, and turns told its topics later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.embedding import Vectors
from attunement.topics._contract import TopicModel
from attunement.topics._words import content_words, stop_words


@dataclass(frozen=True, slots=True)
class KnownTopics:
    """Topics that were learned before, to tell further turns by.

    Attributes
    ----------
    vectors : ndarray of shape (n_topics, d)
        Each topic as a unit vector in the space of the turns.
    words : frozenset of str
        The vocabulary they were learned with.
    """

    vectors: Vectors
    words: frozenset[str]

    @classmethod
    def of(cls, model: TopicModel, words: Sequence[str]) -> KnownTopics:
        """Keep a fitted model."""
        return cls(vectors=model.vectors_, words=frozenset(words))

    def turns(self, spoken: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
        """Give each turn its likeliest topic, as `topic_turns` does with the model itself.

        Parameters
        ----------
        spoken : DataFrame
            session_id, turn, role, time and text.
        vectors : ndarray of shape (n, d)
            Their embeddings.

        Returns
        -------
        DataFrame
            session_id, turn, role, time, topic and similarity; turns without a word of the
            vocabulary are of no topic: one above the last, with similarity null.
        """
        cosines = vectors @ self.vectors.T
        topic = cosines.argmax(axis=1) if len(cosines) else np.zeros(0, dtype=np.int64)
        speaks = pl.Series(self._speaks(spoken["text"].to_list()), dtype=pl.Boolean)
        near = cosines[np.arange(len(topic)), topic] if len(topic) else np.zeros(0)
        return spoken.select("session_id", "turn", "role", "time").with_columns(
            topic=pl.when(speaks)
            .then(pl.Series(topic, dtype=pl.Int32))
            .otherwise(pl.lit(len(self.vectors), pl.Int32)),
            similarity=pl.when(speaks).then(pl.Series(near, dtype=pl.Float64)),
        )

    def _speaks(self, texts: Sequence[str]) -> list[bool]:
        without = stop_words()
        return [
            any(word in self.words for word in content_words(text, without=without))
            for text in texts
        ]
