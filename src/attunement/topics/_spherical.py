"""The default model: topics as directions, begun from the sessions' words."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import normalize

from attunement.embedding import Vectors
from attunement.topics._contract import (
    Sessions,
    Weights,
    check_fit,
    content_counts,
    softmax_rows,
    unit_rows,
)
from attunement.topics._distinctive import distinctive_words
from attunement.topics._documents import passages
from attunement.topics._factors import word_factors
from attunement.topics._words import Counts

MIN_WORDS = 4
"""Turns with fewer content words teach no topic: they answer, thank and agree."""

_LEARNERS_A_TOPIC = 10
_COMMON_PART = 0.9
_STEPS = 100
_STILL = 1e-4


class SphericalTopics:
    """A mixture of von Mises-Fisher distributions over the turns' embeddings.

    Parameters
    ----------
    n_topics : int
        How many topics.
    concentration : float
        How sharply turns gather around their topic (kappa), one for all topics.
    min_words : int
        Turns with fewer words of the vocabulary are left out of fitting; they are assigned
        afterwards, with probabilities the flatter the fewer words they have.
    random_state : int
        Seed of the vector that a singular value decomposition is started from: the only chance
        in the model, and one that converges away.

    Attributes
    ----------
    vectors_, words_
        See `TopicModel`. The words are `distinctive_words` of the turns by probability.
    n_fitted_ : int
        How many turns the topics were learned from.

    Notes
    -----
    Banerjee et al. (2005), soft assignments with equal shares and one concentration, fitted by
    expectation-maximisation: spherical k-means with soft borders. It does not start from random
    turns, as k-means does, which gives other topics with every seed, but from a non-negative
    factorisation of what words go together in sessions (`word_factors`). So topics are begun
    from what whole sessions are about, in words, and fitted to single turns, in meaning.
    """

    name = "spherical"

    vectors_: Vectors
    words_: Weights

    def __init__(
        self,
        n_topics: int = 10,
        *,
        concentration: float = 40.0,
        min_words: int = MIN_WORDS,
        random_state: int = 0,
    ) -> None:
        self.n_topics = n_topics
        self.concentration = concentration
        self.min_words = min_words
        self.random_state = random_state

    def fit(self, vectors: Vectors, counts: Counts, sessions: Sessions) -> Self:
        """Learn the topics; see `TopicModel.fit`."""
        check_fit(self.n_topics, vectors, counts, sessions)
        teaching = teaching_turns(counts, n_topics=self.n_topics, min_words=self.min_words)
        learned = vectors[teaching]
        start = self._start(learned, counts[teaching], sessions[teaching])
        self.vectors_ = self._settled(learned, start)
        self.n_fitted_ = len(learned)
        self.words_ = distinctive_words(counts, self.probabilities(vectors, counts))
        return self

    def similarities(self, vectors: Vectors) -> Vectors:
        """Give cosines; see `TopicModel.similarities`."""
        cosines: Vectors = vectors @ self.vectors_.T
        return cosines

    def probabilities(self, vectors: Vectors, counts: Counts) -> Vectors:
        """Give posterior probabilities; see `TopicModel.probabilities`.

        For a turn with n < min_words content words the concentration is multiplied by
        (1 + n) / (1 + min_words): the likeliest topic stays, its probability says how little is
        known.
        """
        known = np.minimum(1.0, (1 + content_counts(counts)) / (1 + self.min_words))
        sharpness = self.concentration * known[:, None].astype(np.float32)
        return softmax_rows(sharpness * self.similarities(vectors))

    def _start(self, vectors: Vectors, counts: Counts, sessions: Sessions) -> Vectors:
        """Factorise sessions by words, and give the mean direction of the turns of each factor."""
        documents = passages(counts, sessions, at_least=_LEARNERS_A_TOPIC * self.n_topics)
        factors = word_factors(documents, self.n_topics, random_state=self.random_state)
        belongs = factors / np.maximum(factors.sum(axis=0, keepdims=True), 1e-12)
        membership = np.asarray(normalize(counts, norm="l1") @ belongs.T) ** 2
        directions = unit_rows(membership.T @ vectors)
        return unit_rows(directions - _COMMON_PART * vectors.mean(axis=0))

    def _settled(self, vectors: Vectors, directions: Vectors) -> Vectors:
        """Run expectation-maximisation until the directions stand still."""
        for _ in range(_STEPS):
            before = directions
            membership = softmax_rows(self.concentration * (vectors @ directions.T))
            directions = unit_rows(membership.T @ vectors)
            if np.abs(directions - before).max() < _STILL:
                break
        return directions


def teaching_turns(counts: Counts, *, n_topics: int, min_words: int) -> NDArray[np.bool_]:
    """Say which turns topics are learned from: those with enough content words.

    Where they are too few for the number of topics, all that have any.
    """
    n_words = content_counts(counts)
    enough = n_words >= min_words
    teaching: NDArray[np.bool_] = (
        enough if enough.sum() >= _LEARNERS_A_TOPIC * n_topics else n_words > 0
    )
    return teaching
