"""What every topic model promises: the constructor stores, fit learns, the rest is arithmetic."""

from __future__ import annotations

from typing import Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from attunement.embedding import Vectors
from attunement.errors import DataError, UsageError
from attunement.topics._words import Counts

Weights: TypeAlias = NDArray[np.float64]
"""One row a topic, one column a word: how much the word says of the topic; never negative."""

Sessions: TypeAlias = NDArray[np.int64]
"""Each turn's session, as a number; the turns of a session stand together and in order."""


@runtime_checkable
class TopicModel(Protocol):
    """Finds topics in turns that are embedded already.

    Attributes
    ----------
    name : str
        What the `model` column says.
    n_topics : int
        How many topics are sought.
    random_state : int
        Where all that is left to chance in `fit` starts from.
    vectors_ : ndarray of shape (n_topics, d)
        Each topic as a unit vector in the space of the turns. Learned.
    words_ : ndarray of shape (n_topics, words)
        How much each word says of each topic. Learned.
    """

    vectors_: Vectors
    words_: Weights

    @property
    def name(self) -> str: ...

    @property
    def n_topics(self) -> int: ...

    @property
    def random_state(self) -> int: ...

    def fit(self, vectors: Vectors, counts: Counts, sessions: Sessions) -> Self:
        """Learn the topics.

        Parameters
        ----------
        vectors : ndarray of shape (n, d)
            Unit-norm embeddings, one a turn.
        counts : sparse array of shape (n, words)
            From `Vocabulary.counts`.
        sessions : ndarray of shape (n,)
            Which session each turn belongs to.

        Raises
        ------
        UsageError
            Fewer than two topics are asked for, or more than there are turns to learn them from.
        """
        ...

    def similarities(self, vectors: Vectors) -> Vectors:
        """Give the cosine of each turn and each topic, shape (n, n_topics).

        The turn-level topic score of Lin et al. (2022; 2023).
        """
        ...

    def probabilities(self, vectors: Vectors, counts: Counts) -> Vectors:
        """Give each turn's probabilities of the topics, shape (n, n_topics); rows sum to 1."""
        ...


def check_fit(n_topics: int, vectors: Vectors, counts: Counts, sessions: Sessions) -> None:
    """Refuse what no model can learn from.

    Raises
    ------
    UsageError
        Fewer than two topics, more topics than turns with words, or tables of unlike length.
    """
    if n_topics < 2:
        raise UsageError(
            f"{n_topics} topics are asked for, and topics are told from each other",
            mend="Ask for 2 or more",
            field="n_topics",
        )
    if not len(vectors) == counts.shape[0] == len(sessions):
        raise UsageError(
            f"{len(vectors)} vectors, {counts.shape[0]} rows of word counts and {len(sessions)} "
            "sessions do not belong to the same turns",
            mend="Give one of each a turn",
        )
    worded = int((content_counts(counts) > 0).sum())
    if n_topics > worded:
        raise DataError(
            f"{n_topics} topics are asked for, but only {worded} turns have words that topics "
            "are made of",
            mend=f"Ask for at most {worded // 10 or 2} topics, or give more sessions",
            field="n_topics",
        )


def content_counts(counts: Counts) -> NDArray[np.float64]:
    """Give how many words of the vocabulary each turn has."""
    return np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()


def unit_rows(vectors: NDArray[np.floating]) -> Vectors:
    """Scale rows to length 1; rows of zeros stay."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    return scaled


def softmax_rows(scores: NDArray[np.floating]) -> Vectors:
    """Turn rows of log weights into probabilities."""
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Vectors = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
