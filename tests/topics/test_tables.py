"""The tables of topics: every turn has one, and what it is called."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from attunement.errors import UsageError
from attunement.tables import TOPIC_TURNS, TOPICS
from attunement.topics import (
    NO_TOPIC_NAME,
    SphericalTopics,
    TopicMaterial,
    topic_courses,
    topic_transitions,
    topic_turns,
    topics_table,
)

from .corpus import themed


@pytest.fixture(scope="module")
def turns() -> TopicMaterial:
    spoken, vectors, _ = themed()
    return TopicMaterial.of(spoken, vectors)


@pytest.fixture(scope="module")
def model(turns: TopicMaterial) -> SphericalTopics:
    return SphericalTopics(4).fit(*turns.whole)


def test_turns_without_content_words_are_of_no_topic(
    model: SphericalTopics, turns: TopicMaterial
) -> None:
    table = topic_turns(model, turns)
    assert table.schema == TOPIC_TURNS.required_schema
    silent = table.filter(pl.Series(themed()[2] < 0))
    assert silent.height > 50
    assert silent["topic"].unique().to_list() == [4]
    assert silent["similarity"].null_count() == silent["probability"].null_count() == silent.height
    spoken = table.filter(pl.Series(themed()[2] >= 0))
    assert spoken["topic"].is_between(0, 3).all()
    assert spoken.null_count().sum_horizontal().item() == 0


def test_every_topic_of_every_turn_is_given_when_asked_for(
    model: SphericalTopics, turns: TopicMaterial
) -> None:
    table = topic_turns(model, turns, every_topic=True)
    assert table.schema == TOPIC_TURNS.schema
    first = table.filter(pl.col("topic") < 4).row(0, named=True)
    assert first["similarities"][first["topic"]] == pytest.approx(first["similarity"])
    assert max(first["probabilities"]) == pytest.approx(first["probability"])
    assert sum(first["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_the_topics_shares_are_of_all_turns_and_of_each_sides(
    model: SphericalTopics, turns: TopicMaterial
) -> None:
    spoken = topic_turns(model, turns)
    table = topics_table(model, turns, spoken, npmi=np.array([0.1, 0.2, np.nan, 0.3]))
    assert table.schema == TOPICS.schema
    assert table["topic"].to_list() == [0, 1, 2, 3, 4]
    for share in ("share", "patient_share", "therapist_share"):
        assert table[share].sum() == pytest.approx(1)
    assert table["n_turns"].sum() == spoken.height
    one = spoken.filter(pl.col("topic") == 1)
    row = table.row(1, named=True)
    assert row["n_turns"] == one.height
    assert row["n_sessions"] == one["session_id"].n_unique()
    patients, of_patients = (
        table.filter(pl.col("role") == "patient").height for table in (spoken, one)
    )
    assert row["patient_share"] == pytest.approx(of_patients / patients)
    assert table["npmi"].to_list() == [0.1, 0.2, None, 0.3, None]
    assert table["name"][4] == NO_TOPIC_NAME
    assert table["name"].n_unique() == 5
    assert all(len(words.split(", ")) == 10 for words in table["words"][:4])


def test_a_side_that_says_nothing_has_no_shares(
    model: SphericalTopics, turns: TopicMaterial
) -> None:
    patients = topic_turns(model, turns).filter(pl.col("role") == "patient")
    table = topics_table(model, turns, patients)
    assert table["therapist_share"].null_count() == 5
    assert table["patient_share"].sum() == pytest.approx(1)


def test_a_topic_without_turns_stays_in_the_table(
    model: SphericalTopics, turns: TopicMaterial
) -> None:
    rest = topic_turns(model, turns).filter(pl.col("topic") != 2)
    row = topics_table(model, turns, rest).row(2, named=True)
    assert (row["n_turns"], row["n_sessions"], row["share"], row["patient_share"]) == (0, 0, 0, 0)


def test_names_must_be_one_a_topic_and_unique(model: SphericalTopics, turns: TopicMaterial) -> None:
    spoken = topic_turns(model, turns)
    names = ["work", "sleep", "family", "school"]
    assert topics_table(model, turns, spoken, names=names)["name"][:4].to_list() == names
    for wrong in (names[:3], [*names[:3], "work"]):
        with pytest.raises(UsageError, match="a name of its own"):
            topics_table(model, turns, spoken, names=wrong)


def test_courses_and_transitions_take_the_turns_as_they_are(
    model: SphericalTopics, turns: TopicMaterial
) -> None:
    spoken = topic_turns(model, turns)
    sessions = pl.DataFrame(
        {
            "session_id": spoken["session_id"].unique(maintain_order=True),
            "patient_id": None,
            "therapist_id": None,
            "condition": None,
        },
        schema_overrides=dict.fromkeys(("patient_id", "therapist_id", "condition"), pl.String),
    )
    assert topic_courses(spoken, sessions, draws=50)["topic"].unique().len() == 5
    assert topic_transitions(spoken)["from_topic"].unique().len() == 5


def test_material_that_does_not_fit_together_is_refused() -> None:
    spoken, vectors, _ = themed(n_sessions=3)
    with pytest.raises(UsageError, match="do not belong"):
        TopicMaterial.of(spoken, vectors[1:])
    with pytest.raises(UsageError, match="no column time"):
        TopicMaterial.of(spoken.drop("time"), vectors)
