"""The embedded topic model: topics and words as points in the space of the turns."""

from __future__ import annotations

from typing import Self

import numpy as np

from attunement.embedding import Vectors
from attunement.errors import UsageError
from attunement.topics._contract import (
    Sessions,
    Weights,
    check_fit,
    content_counts,
    softmax_rows,
    unit_rows,
)
from attunement.topics._distinctive import part_of_divergence
from attunement.topics._documents import joined, passage_numbers
from attunement.topics._words import Counts


class EmbeddedTopics:
    """The embedded topic model (ETM) of Dieng, Ruiz and Blei (2020), in torch.

    Parameters
    ----------
    n_topics : int
        How many topics.
    word_vectors : ndarray of shape (words, d), optional
        An embedding a word of the vocabulary, in the space of the turns. By default the mean of
        the turns that have the word: a word is where it is said.
    document_turns : int
        How many turns make a document: topics are learned from passages, and applied to turns.
    epochs : int
        Passes over the documents.
    random_state : int
        Seed of the weights, the order of documents and the draws.

    Attributes
    ----------
    vectors_, words_
        See `TopicModel`. The words are each topic's distribution, relative to the corpus.

    Notes
    -----
    A document's words are drawn from theta beta, theta a logistic-normal over topics, beta =
    softmax(rho alpha) with the words' embeddings rho given and the topics' alpha learned.
    Inference is amortised: a network gives theta's mean and variance from a document's words.
    Topics start at clusters of the words' embeddings, which the paper leaves to chance.
    The weight of the Kullback-Leibler term rises over the first third of the epochs, without
    which topics collapse. Same seed, same machine: same topics.
    """

    name = "etm"

    vectors_: Vectors
    words_: Weights

    def __init__(
        self,
        n_topics: int = 10,
        *,
        word_vectors: Vectors | None = None,
        document_turns: int = 10,
        epochs: int = 60,
        random_state: int = 0,
    ) -> None:
        self.n_topics = n_topics
        self.word_vectors = word_vectors
        self.document_turns = document_turns
        self.epochs = epochs
        self.random_state = random_state

    def fit(self, vectors: Vectors, counts: Counts, sessions: Sessions) -> Self:
        """Learn the topics; see `TopicModel.fit`.

        Raises
        ------
        UsageError
            torch is not installed, or what `TopicModel.fit` raises.
        """
        check_fit(self.n_topics, vectors, counts, sessions)
        try:
            from attunement.topics._etm_network import learn
        except ImportError as error:
            raise UsageError(
                "the embedded topic model needs torch, which is not installed",
                mend="Install it with: pip install 'attunement[neural]', or use the default model",
            ) from error
        documents = joined(counts, passage_numbers(sessions, turns=self.document_turns))
        documents = documents[content_counts(documents) > 1]
        rho = self.word_vectors if self.word_vectors is not None else said_at(vectors, counts)
        learned = learn(
            documents,
            rho,
            n_topics=self.n_topics,
            epochs=self.epochs,
            random_state=self.random_state,
        )
        self.layers_ = learned.layers
        self.vectors_ = unit_rows(learned.alpha)
        self.words_ = _relative(learned.distributions, counts)
        return self

    def similarities(self, vectors: Vectors) -> Vectors:
        """Give cosines; see `TopicModel.similarities`."""
        cosines: Vectors = vectors @ self.vectors_.T
        return cosines

    def probabilities(self, vectors: Vectors, counts: Counts) -> Vectors:
        """Give theta at its mean, from each turn's words alone; see `TopicModel.probabilities`."""
        hidden = counts / np.maximum(content_counts(counts), 1)[:, None]
        for weights, bias in self.layers_[:-1]:
            hidden = np.maximum(hidden @ weights + bias, 0)
        weights, bias = self.layers_[-1]
        return softmax_rows(hidden @ weights + bias)


def said_at(vectors: Vectors, counts: Counts) -> Vectors:
    """Give each word the mean direction of the turns that have it."""
    return unit_rows((counts > 0).astype(np.float32).T @ vectors)


def _relative(distributions: Weights, counts: Counts) -> Weights:
    """Weigh words as `distinctive_words` does, from each topic's distribution."""
    overall = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
    overall = overall / overall.sum()
    return part_of_divergence(distributions, overall)
