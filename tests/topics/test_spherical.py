"""The default model: the same topics with every seed, and little said of short answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from attunement.topics import SphericalTopics, agreement
from attunement.topics._contract import content_counts, unit_rows
from attunement.topics._documents import passage_numbers, passages
from attunement.topics._factors import word_factors

from .corpus import material


def test_every_seed_gives_the_same_topics() -> None:
    turns = material(n_sessions=60, seed=3)
    rows = turns.whole
    topics = [
        SphericalTopics(4, random_state=seed)
        .fit(*rows)
        .probabilities(turns.vectors, turns.counts)
        .argmax(axis=1)
        for seed in range(3)
    ]
    assert agreement(topics) == pytest.approx(1.0)


def test_the_fewer_content_words_the_flatter_the_probabilities_of_the_same_topic() -> None:
    turns = material()
    model = SphericalTopics(4).fit(*turns.whole)
    between = unit_rows(model.vectors_[:1] + 0.9 * model.vectors_[1:2])
    vector = np.repeat(between, 6, axis=0)
    row = turns.counts[:1] * 0
    counts = row.toarray().repeat(6, axis=0)
    counts[np.arange(6), 0] = np.arange(6)
    likely = model.probabilities(vector, sparse.csr_array(counts))
    assert len(set(likely.argmax(axis=1))) == 1
    best = likely.max(axis=1)
    assert (np.diff(best[:5]) > 0).all()
    assert best[4] == pytest.approx(best[5])


def test_topics_are_learned_from_turns_with_enough_words_where_there_are_enough_of_them() -> None:
    turns = material()
    model = SphericalTopics(4, min_words=4).fit(*turns.whole)
    assert model.n_fitted_ == int((content_counts(turns.counts) >= 4).sum()) < len(turns)
    wordy = SphericalTopics(4, min_words=50).fit(*turns.whole)
    assert wordy.n_fitted_ == int((content_counts(turns.counts) > 0).sum())


def test_documents_are_sessions_or_passages_or_turns_as_many_as_are_needed() -> None:
    turns = material(n_sessions=10, n_turns=12)
    rows = turns.counts, turns.sessions
    assert passages(*rows, at_least=10).shape[0] == 10
    assert passages(*rows, at_least=30).shape[0] == 30
    assert passages(*rows, at_least=31).shape[0] == 120
    np.testing.assert_allclose(
        passages(*rows, at_least=10).sum(axis=0), turns.counts.sum(axis=0), rtol=1e-6
    )


def test_passages_do_not_cross_sessions() -> None:
    sessions = np.array([0, 0, 0, 1, 1, 2])
    assert passage_numbers(sessions, turns=2).tolist() == [0, 0, 1, 2, 2, 3]


@pytest.mark.parametrize("n_factors", [2, 4])
def test_factors_of_separate_vocabularies_are_those_vocabularies(n_factors: int) -> None:
    rng = np.random.default_rng(1)
    blocks = [rng.integers(1, 9, (20, 5)) for _ in range(n_factors)]
    factors = word_factors(
        sparse.csr_array(sparse.block_diag(blocks), dtype=np.float32), n_factors, random_state=0
    )
    share = factors.reshape(n_factors, n_factors, 5).sum(axis=2)
    np.testing.assert_allclose(share.max(axis=1), 1, atol=1e-3)
    assert sorted(share.argmax(axis=1)) == list(range(n_factors))
