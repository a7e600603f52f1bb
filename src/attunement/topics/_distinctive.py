"""Which words tell a topic from the rest of what is said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.embedding import Vectors
from attunement.topics._contract import Weights
from attunement.topics._words import Counts

TOP_WORDS = 10


def distinctive_words(counts: Counts, memberships: Vectors) -> Weights:
    """Weigh words by how much of a topic's difference from the whole corpus they carry.

    With p the share of a word among the words of the topic's turns and q its share among all,
    the weight is p log(p / q), and 0 where p < q: the word's part of the Kullback-Leibler
    divergence of the topic from the corpus. It is a class-based TF-IDF (Grootendorst 2022)
    whose second factor compares a word's rate with its rate elsewhere, not with the average
    word's; topics share fewer words that way.

    Parameters
    ----------
    counts : sparse array of shape (n, words)
        Word counts a turn.
    memberships : ndarray of shape (n, k)
        How far each turn belongs to each topic.
    """
    said = np.asarray((counts.T @ memberships).T, dtype=np.float64)
    share = said / np.maximum(said.sum(axis=1, keepdims=True), 1e-12)
    overall = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
    return part_of_divergence(share, overall / max(overall.sum(), 1.0))


def part_of_divergence(share: Weights, overall: NDArray[np.float64]) -> Weights:
    """Give each word's part of the divergence of topics from the corpus, where it is positive.

    Parameters
    ----------
    share : ndarray of shape (k, words)
        The words' shares in each topic.
    overall : ndarray of shape (words,)
        Their shares in the corpus.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(share > overall, share * np.log(share / overall), 0.0)
    return np.asarray(gain, dtype=np.float64)


def top_words(
    weights: Weights, vocabulary: Sequence[str], *, n: int = TOP_WORDS
) -> list[tuple[str, ...]]:
    """Give each topic's weightiest words, in order; words of no weight are left out."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :n]
    return [
        tuple(vocabulary[word] for word in row if weights[topic, word] > 0)
        for topic, row in enumerate(order)
    ]
