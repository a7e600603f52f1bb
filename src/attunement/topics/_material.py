"""What topics are learned from: the turns, their embeddings and their words, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.embedding import Vectors
from attunement.errors import UsageError
from attunement.topics._contract import Sessions
from attunement.topics._quality import session_documents
from attunement.topics._words import Counts, Vocabulary

_KEYS = ("session_id", "turn", "role", "time")


@dataclass(frozen=True, slots=True)
class TopicMaterial:
    """The spoken turns of a corpus, without their texts.

    Attributes
    ----------
    turns : DataFrame
        session_id, turn, role, time; one row a turn.
    vectors : ndarray of shape (n, d)
        Unit-norm embeddings.
    counts : sparse array of shape (n, words)
        How often each turn has each word.
    sessions : ndarray of shape (n,)
        Each turn's session, numbered from 0 in order of appearance.
    words : tuple of str
        The vocabulary.
    documents : list of list of str
        The content words of each session, in order.
    """

    turns: pl.DataFrame
    vectors: Vectors
    counts: Counts
    sessions: Sessions
    words: tuple[str, ...]
    documents: list[list[str]]

    @classmethod
    def of(
        cls, spoken: pl.DataFrame, vectors: Vectors, *, vocabulary: Vocabulary | None = None
    ) -> TopicMaterial:
        """Count the words of turns.

        Parameters
        ----------
        spoken : DataFrame
            session_id, turn, role, time and text; the turns of a session together and in order.
        vectors : ndarray of shape (n, d)
            Their embeddings.
        vocabulary : Vocabulary, optional
            Not fitted yet: how words are chosen.

        Raises
        ------
        UsageError
            Turns and vectors are not as many, or a column is missing.
        DataError
            No word is left to make topics of.
        """
        for column in (*_KEYS, "text"):
            if column not in spoken.columns:
                raise UsageError(
                    f"the spoken turns have no column {column}",
                    mend="Give session_id, turn, role, time and text",
                    field=column,
                )
        if spoken.height != len(vectors):
            raise UsageError(
                f"{len(vectors)} vectors do not belong to {spoken.height} turns",
                mend="Give one vector a turn, in the turns' order",
            )
        texts = spoken["text"].to_list()
        chosen = (vocabulary or Vocabulary()).fit(texts)
        places = {
            name: n for n, name in enumerate(spoken["session_id"].unique(maintain_order=True))
        }
        sessions = spoken["session_id"].replace_strict(places, return_dtype=pl.Int64).to_numpy()
        return cls(
            turns=spoken.select(_KEYS),
            vectors=vectors,
            counts=chosen.counts(texts),
            sessions=sessions,
            words=chosen.words_,
            documents=session_documents(chosen.documents(texts), sessions),
        )

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def whole(self) -> tuple[Vectors, Counts, Sessions]:
        """What `TopicModel.fit` takes, of all turns."""
        return self.vectors, self.counts, self.sessions

    def rows(self, chosen: np.ndarray) -> tuple[Vectors, Counts, Sessions]:
        """Give what `TopicModel.fit` takes, of some turns."""
        return self.vectors[chosen], self.counts[chosen], self.sessions[chosen]
