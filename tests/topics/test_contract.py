"""What every topic model promises."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest

from attunement.errors import DataError, UsageError
from attunement.topics import (
    ClusteredTopics,
    EmbeddedTopics,
    SphericalTopics,
    TopicMaterial,
    TopicModel,
    agreement,
    top_words,
)
from attunement.topics._contract import content_counts

from .corpus import THEMES, material, themed

Make = Callable[..., TopicModel]

MODELS = [
    pytest.param(SphericalTopics, id="spherical"),
    pytest.param(
        partial(EmbeddedTopics, epochs=20),
        id="etm",
        marks=pytest.mark.skipif(find_spec("torch") is None, reason="needs the extra neural"),
    ),
    pytest.param(
        ClusteredTopics,
        id="bertopic",
        marks=pytest.mark.skipif(find_spec("bertopic") is None, reason="needs the extra bertopic"),
    ),
]
N = len(THEMES)


@pytest.fixture(scope="module")
def turns() -> TopicMaterial:
    return material()


@pytest.fixture(scope="module", params=MODELS)
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


@pytest.fixture(scope="module")
def fitted(make: Make, turns: TopicMaterial) -> TopicModel:
    return make(N).fit(*turns.whole)


def test_the_constructor_stores_what_it_is_given_and_nothing_else(make: Make) -> None:
    model = make(7, random_state=3)
    names = inspect.signature(make).parameters
    assert vars(model).keys() == names.keys()
    assert (model.n_topics, model.random_state) == (7, 3)
    assert isinstance(make(N).name, str)


def test_the_known_themes_are_found(make: Make, fitted: TopicModel, turns: TopicMaterial) -> None:
    themes = themed()[2]
    speaks = themes >= 0
    topics = fitted.probabilities(turns.vectors, turns.counts).argmax(axis=1)
    assert agreement([topics[speaks], themes[speaks]]) > 0.9


def test_the_words_of_a_topic_are_of_one_theme(fitted: TopicModel, turns: TopicMaterial) -> None:
    found = [set(words) for words in top_words(fitted.words_, turns.words)]
    overlaps = np.array([[len(words & set(theme)) for theme in THEMES] for words in found])
    assert (overlaps.max(axis=1) >= 9).all()
    assert sorted(overlaps.argmax(axis=1)) == list(range(N))


def test_topics_are_unit_vectors_in_the_space_of_the_turns(
    fitted: TopicModel, turns: TopicMaterial
) -> None:
    assert fitted.vectors_.shape == (N, turns.vectors.shape[1])
    np.testing.assert_allclose(np.linalg.norm(fitted.vectors_, axis=1), 1, atol=1e-5)
    assert fitted.words_.shape == (N, len(turns.words))
    assert (fitted.words_ >= 0).all()


def test_similarities_are_cosines_row_by_row(fitted: TopicModel, turns: TopicMaterial) -> None:
    every = fitted.similarities(turns.vectors)
    np.testing.assert_allclose(every, turns.vectors @ fitted.vectors_.T, atol=1e-6)
    np.testing.assert_allclose(fitted.similarities(turns.vectors[5:6]), every[5:6], atol=1e-5)


def test_probabilities_sum_to_one_row_by_row(fitted: TopicModel, turns: TopicMaterial) -> None:
    every = fitted.probabilities(turns.vectors, turns.counts)
    assert every.shape == (len(turns), N)
    assert (every >= 0).all()
    np.testing.assert_allclose(every.sum(axis=1), 1, atol=1e-5)
    some = fitted.probabilities(turns.vectors[5:9], turns.counts[5:9])
    np.testing.assert_allclose(some, every[5:9], atol=1e-5)


def test_the_same_seed_gives_the_same_topics(
    make: Make, fitted: TopicModel, turns: TopicMaterial
) -> None:
    again = make(N).fit(*turns.whole)
    np.testing.assert_array_equal(again.vectors_, fitted.vectors_)
    np.testing.assert_array_equal(again.words_, fitted.words_)


def test_fit_leaves_its_arguments_and_the_global_random_state_alone(
    make: Make, turns: TopicMaterial
) -> None:
    vectors, counts, sessions = turns.whole
    kept = vectors.copy(), counts.toarray(), sessions.copy()
    model = make(N)
    assert model.fit(vectors, counts, sessions) is model
    for before, after in zip(kept, (vectors, counts.toarray(), sessions), strict=True):
        np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("n_topics", [1, 0, -3])
def test_fewer_than_two_topics_are_refused(make: Make, turns: TopicMaterial, n_topics: int) -> None:
    with pytest.raises(UsageError, match="Ask for 2 or more"):
        make(n_topics).fit(*turns.whole)


def test_more_topics_than_turns_with_words_are_refused(make: Make, turns: TopicMaterial) -> None:
    some = np.flatnonzero(content_counts(turns.counts) > 0)[:6]
    with pytest.raises(DataError, match="7 topics are asked for, but only 6 turns"):
        make(7).fit(*turns.rows(some))


def test_tables_of_unlike_length_are_refused(make: Make, turns: TopicMaterial) -> None:
    vectors, counts, sessions = turns.whole
    with pytest.raises(UsageError, match="do not belong to the same turns"):
        make(N).fit(vectors[1:], counts, sessions)


def test_two_sessions_are_enough_for_two_topics(make: Make) -> None:
    few = material(n_sessions=2, n_turns=40)
    model = make(2).fit(*few.whole)
    assert np.isfinite(model.vectors_).all()
    assert np.isfinite(model.words_).all()
