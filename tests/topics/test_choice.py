"""Measuring models, and choosing the number of topics."""

from __future__ import annotations

from importlib.util import find_spec

import polars as pl
import pytest

from attunement.errors import DataError, UsageError
from attunement.tables import TOPIC_QUALITY
from attunement.topics import RULE, TopicMaterial, choose_topics, topic_quality
from attunement.topics._choice import _chosen

from .corpus import material

pytestmark = pytest.mark.skipif(find_spec("gensim") is None, reason="needs the extra topics")


@pytest.fixture(scope="module")
def turns() -> TopicMaterial:
    return material()


def values(quality: pl.DataFrame) -> dict[str, float | None]:
    return dict(quality.select("measure", "value").iter_rows())


def test_the_right_number_of_topics_comes_again_from_half_the_sessions(
    turns: TopicMaterial,
) -> None:
    quality = topic_quality(turns, 4, seeds=3, splits=2)
    assert quality.schema == TOPIC_QUALITY.schema
    found = values(quality)
    assert list(found) == [
        "npmi", "c_v", "diversity", "silhouette", "stability", "stability_halves",
    ]  # fmt: skip
    assert found["diversity"] == 1.0
    assert found["stability"] == pytest.approx(1.0)
    halves = found["stability_halves"]
    assert halves is not None
    assert halves > 0.75
    assert quality["model"].unique().to_list() == ["spherical"]


def test_the_number_of_themes_is_chosen(turns: TopicMaterial) -> None:
    choice = choose_topics(turns, candidates=(2, 4, 9), seeds=2)
    assert choice.n_topics == 4
    assert choice.reason == RULE
    assert choice.quality["n_topics"].unique().sort().to_list() == [2, 4, 9]


def test_numbers_the_material_is_too_small_for_are_passed_over(turns: TopicMaterial) -> None:
    assert choose_topics(turns, candidates=(4, 100_000), seeds=1).n_topics == 4
    with pytest.raises(DataError, match="100000 topics are asked for"):
        choose_topics(turns, candidates=(100_000,))


def test_no_number_to_choose_from_is_refused(turns: TopicMaterial) -> None:
    with pytest.raises(UsageError, match="no number of topics"):
        choose_topics(turns, candidates=())


def test_one_session_has_no_halves_and_says_so() -> None:
    quality = topic_quality(material(n_sessions=1, n_turns=40), 2, seeds=2)
    row = quality.row(by_predicate=pl.col("measure") == "stability_halves", named=True)
    assert (row["value"], row["detail"]) == (None, "one session has no halves")


def quality_of(rows: list[tuple[int, float, float, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"n_topics": k, "measure": measure, "value": value}
            for k, *figures in rows
            for measure, value in zip(("npmi", "diversity", "stability"), figures, strict=True)
        ]
    )


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        pytest.param([(5, 0.1, 0.9, 1.0), (10, 0.2, 0.9, 1.0)], (10, True), id="highest NPMI"),
        pytest.param([(5, 0.1, 0.9, 1.0), (10, 0.2, 0.7, 1.0)], (5, True), id="diverse enough"),
        pytest.param([(5, 0.1, 0.9, 1.0), (10, 0.2, 0.9, 0.7)], (5, True), id="stable enough"),
        pytest.param([(5, 0.198, 0.9, 1.0), (10, 0.2, 0.9, 1.0)], (5, True), id="ties to fewer"),
        pytest.param([(5, 0.1, 0.7, 1.0), (10, 0.2, 0.7, 1.0)], (10, False), id="none met it"),
    ],
)
def test_the_rule(rows: list[tuple[int, float, float, float]], chosen: tuple[int, bool]) -> None:
    assert _chosen(quality_of(rows)) == chosen
