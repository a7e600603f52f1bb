"""Measures of topics, against answers known by hand."""

from __future__ import annotations

import math
from importlib.util import find_spec

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.topics import agreement, coherence, diversity, silhouette
from attunement.topics._quality import halves, session_documents

gensim = pytest.mark.skipif(find_spec("gensim") is None, reason="needs the extra topics")


@gensim
def test_npmi_is_that_of_the_windows() -> None:
    # Four documents, each one window: a and b always together, a and c as often as by chance.
    documents = [["a", "b", "c"], ["a", "b", "d"], ["c", "e"], ["d", "e"]]
    together, by_chance = coherence([["a", "b"], ["a", "c"]], documents)
    assert together == pytest.approx(1.0, abs=1e-6)
    assert by_chance == pytest.approx(0.0, abs=1e-6)
    half = math.log(0.25 / (0.5 * 0.75)) / -math.log(0.25)
    documents = [["a", "b"], ["a", "c"], ["b", "d"], ["b", "e"]]
    assert coherence([["a", "b"]], documents)[0] == pytest.approx(half, abs=1e-6)


@gensim
def test_c_v_ranks_words_said_together_above_words_said_apart() -> None:
    documents = [["a", "b", "c", "x"], ["d", "e", "f", "y"]] * 10
    together, apart = coherence([["a", "b", "c"], ["a", "d", "y"]], documents, measure="c_v")
    assert together > apart + 0.2


@gensim
def test_a_topic_of_one_word_has_no_coherence_and_leaves_the_others_theirs() -> None:
    documents = [["a", "b"], ["c", "d"]]
    values = coherence([["a"], ["a", "b"], []], documents)
    assert np.isnan(values[[0, 2]]).all()
    assert values[1] == pytest.approx(1.0, abs=1e-6)


def test_without_gensim_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gensim.corpora", None)
    with pytest.raises(UsageError, match=r"attunement\[topics\]"):
        coherence([["a", "b"]], [["a", "b"]])


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ([["a", "b"], ["c", "d"]], 1.0),
        ([["a", "b"], ["a", "b"]], 0.5),
        ([["a", "b"], ["a"]], 2 / 3),
    ],
)
def test_diversity_is_the_share_of_different_words(words: list[list[str]], share: float) -> None:
    assert diversity(words) == pytest.approx(share)


def test_agreement_does_not_hang_on_the_numbers_of_topics() -> None:
    topics = np.array([0, 0, 1, 1, 2, 2])
    assert agreement([topics, (topics + 1) % 3]) == 1.0
    # One pair the same, two pairs with an index of 0.1184 each, by the definition.
    other = np.array([0, 0, 0, 1, 1, 1])
    pair = (2 - 3 * 6 / 15) / ((3 + 6) / 2 - 3 * 6 / 15)
    assert agreement([topics, topics, other]) == pytest.approx((1 + 2 * pair) / 3)


def test_agreement_of_chance_is_none() -> None:
    rng = np.random.default_rng(0)
    assert abs(agreement([rng.integers(0, 5, 5_000) for _ in range(3)])) < 0.01
    assert math.isnan(agreement([np.zeros(3, dtype=np.int64)]))


def test_silhouette_tells_tight_topics_from_mixed_ones() -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float32), 10, axis=0)
    topics = np.repeat(np.arange(3), 10)
    assert silhouette(vectors, topics) == pytest.approx(1.0)
    assert silhouette(vectors, np.roll(topics, 5)) < 0.3
    assert math.isnan(silhouette(vectors, np.zeros(30, dtype=np.int64)))


def test_halves_are_whole_sessions_and_all_of_them() -> None:
    sessions = np.repeat(np.arange(7), [3, 1, 4, 1, 5, 9, 2])
    for one, other in halves(sessions, splits=5, random_state=0):
        assert (one ^ other).all()
        assert not set(sessions[one]) & set(sessions[other])
        assert len(set(sessions[one])) == 3


def test_documents_keep_the_order_of_words() -> None:
    turns = [["b", "a"], ["c"], [], ["a"]]
    assert session_documents(turns, np.array([4, 4, 4, 1])) == [["b", "a", "c"], ["a"]]
