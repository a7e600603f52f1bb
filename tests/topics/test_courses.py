"""When topics are spoken of: shares, each session once, with bands."""

from __future__ import annotations

from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from attunement.errors import DataError, UsageError
from attunement.tables import TOPIC_COURSES
from attunement.topics import topic_courses

from .spoken import alternating, drawn, sessions_table

DRAWS = 40


def _one(courses: pl.DataFrame, role: str, topic: int, bin_: int) -> dict[str, float]:
    rows = courses.filter(pl.col("condition").is_null()).filter(role=role, topic=topic, bin=bin_)
    return rows.row(0, named=True)


def test_each_session_counts_once_however_long_it_is() -> None:
    # Ten turns in the first tenth of the long session are of topic 0, the short one's is of 1.
    turns = alternating({"long": [0] * 10, "short": [1, 1]}).with_columns(time=pl.lit(0.05))
    courses = topic_courses(turns, sessions_table(["long", "short"]), draws=DRAWS)
    assert _one(courses, "both", 0, 0)["share"] == 0.5
    assert _one(courses, "both", 0, 0)["n_sessions"] == 2


def test_shares_are_of_the_roles_own_turns() -> None:
    turns = alternating({"a": [0, 1, 0, 1, 1, 1]}).with_columns(time=pl.lit(0.55))
    courses = topic_courses(turns, sessions_table(["a"]), draws=DRAWS)
    assert _one(courses, "patient", 0, 5)["share"] == pytest.approx(2 / 3)
    assert _one(courses, "therapist", 0, 5)["share"] == 0
    assert _one(courses, "both", 0, 5)["share"] == pytest.approx(1 / 3)
    assert _one(courses, "both", 0, 5)["time"] == pytest.approx(0.55)


def test_a_session_silent_in_a_tenth_is_left_out_of_it_and_not_counted_as_zero() -> None:
    turns = alternating({"a": [0, 0], "b": [0, 0]}).with_columns(
        time=pl.Series([0.05, 0.05, 0.95, 0.95])
    )
    courses = topic_courses(turns, sessions_table(["a", "b"]), draws=DRAWS)
    assert _one(courses, "both", 0, 0)["share"] == 1
    assert _one(courses, "both", 0, 0)["n_sessions"] == 1
    assert courses.filter(bin=5).is_empty()


def test_the_last_moment_belongs_to_the_last_tenth() -> None:
    courses = topic_courses(alternating({"a": [0, 1]}), sessions_table(["a"]), draws=DRAWS)
    assert sorted(courses["bin"].unique()) == [0, 9]


def test_turns_without_a_time_are_placed_by_their_order() -> None:
    turns = alternating({"a": [0, 1, 0, 1, 1, 1, 0, 0, 1, 0]})
    sessions = sessions_table(["a"])
    untimed = turns.with_columns(time=pl.lit(None, pl.Float64))
    assert_frame_equal(
        topic_courses(turns, sessions, draws=DRAWS), topic_courses(untimed, sessions, draws=DRAWS)
    )


def test_conditions_stand_apart_and_a_session_without_one_only_in_all() -> None:
    turns = alternating({"a": [0, 0], "b": [1, 1], "c": [1, 1]})
    sessions = sessions_table(["a", "b", "c"], condition=["x", "y", None])
    courses = topic_courses(turns, sessions, draws=DRAWS).filter(role="both", topic=0, bin=0)
    shares = dict(courses.select("condition", "share").rows())
    assert shares == {None: pytest.approx(1 / 3), "x": 1.0, "y": 0.0}


def test_bands_hold_the_share_and_are_wider_over_fewer_sessions() -> None:
    sessions = drawn(60, 40, n_topics=3, seed=3, evenness=1.0)
    few = dict(list(sessions.items())[:12])

    def wide(of: dict[str, list[int]]) -> float:
        courses = topic_courses(alternating(of), sessions_table(list(of)), draws=400)
        here = courses.filter(role="both", bin=4)
        assert here.select((pl.col("low") <= pl.col("share")).all()).item()
        assert here.select((pl.col("high") >= pl.col("share")).all()).item()
        width = here.select((pl.col("high") - pl.col("low")).mean()).item()
        assert isinstance(width, float)
        return width

    assert 1.5 < wide(few) / wide(sessions) < 3.5


def test_the_band_is_that_of_patients_where_patients_come_often() -> None:
    # Each patient has one subject, so ten sessions of two patients are two observations.
    names = [f"s{at}" for at in range(10)]
    turns = alternating({name: [at % 2] * 20 for at, name in enumerate(names)})
    alone = sessions_table(names)
    of_two = alone.with_columns(patient_id=pl.Series([f"p{at % 2}" for at in range(10)]))

    def width(sessions: pl.DataFrame) -> float:
        courses = topic_courses(turns, sessions, draws=400)
        row = _one(courses, "both", 0, 0)
        return row["high"] - row["low"]

    assert width(of_two) > 1.2 * width(alone)


def test_one_session_has_no_band() -> None:
    courses = topic_courses(alternating({"a": [0, 1, 1]}), sessions_table(["a"]), draws=DRAWS)
    assert courses["low"].null_count() == courses.height


def test_no_turns_give_no_rows() -> None:
    empty = alternating({"a": [0]}).clear()
    courses = topic_courses(empty, sessions_table(["a"]), draws=DRAWS)
    assert courses.schema == TOPIC_COURSES.schema
    assert courses.is_empty()


def test_a_session_that_is_not_in_the_sessions_table_is_refused() -> None:
    with pytest.raises(DataError, match=r"1 sessions with topics .* 'b'"):
        topic_courses(alternating({"a": [0], "b": [1]}), sessions_table(["a"]))


@pytest.mark.parametrize("column", ["session_id", "turn", "role", "time", "topic"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(UsageError, match=f"no column {column}"):
        topic_courses(alternating({"a": [0]}).drop(column), sessions_table(["a"]))


def test_a_turn_without_a_topic_is_refused() -> None:
    turns = alternating({"a": [0, 1]}).with_columns(topic=pl.Series([0, None], dtype=pl.Int32))
    with pytest.raises(DataError, match="1 turns have no topic"):
        topic_courses(turns, sessions_table(["a"]))


def test_another_role_is_refused() -> None:
    turns = alternating({"a": [0, 1]}).with_columns(role=pl.Series(["patient", "other"]))
    with pytest.raises(DataError, match="other than patient or therapist"):
        topic_courses(turns, sessions_table(["a"]))


TOPICS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=12), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(TOPICS, st.randoms(use_true_random=False))
def test_shares_sum_to_one_and_order_does_not_matter(
    topics: list[list[int]], random: Random
) -> None:
    names = [f"s{at}" for at in range(len(topics))]
    turns = alternating(dict(zip(names, topics, strict=True)))
    sessions = sessions_table(
        names, condition=["x", None, "y"][: len(names)] + ["x"] * (len(names) - 3)
    )
    courses = topic_courses(turns, sessions, draws=DRAWS)
    sums = courses.group_by("condition", "role", "bin").agg(pl.col("share").sum())
    assert sums["share"].to_list() == pytest.approx([1.0] * sums.height)
    shuffled = list(range(len(names)))
    random.shuffle(shuffled)
    other = topic_courses(
        turns.sample(fraction=1, shuffle=True, seed=1), sessions[shuffled], draws=DRAWS
    )
    assert_frame_equal(courses, other)
