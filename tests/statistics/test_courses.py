"""Session time, and means over sessions in each tenth of it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from attunement.statistics import Clusters, Course, Design, session_time, time_bin


def test_a_tenth_holds_its_beginning_and_the_last_one_the_end_too() -> None:
    times = pl.DataFrame({"time": [0.0, 0.0999, 0.1, 0.95, 1.0]})
    assert times.select(time_bin()).to_series().to_list() == [0, 0, 1, 9, 9]


def test_a_missing_time_is_the_turns_place_among_its_sessions_turns() -> None:
    turns = pl.DataFrame(
        {
            "session": [0, 0, 0, 1, 2, 2],
            "turn": [4, 5, 8, 3, 0, 9],
            "time": [None, float("nan"), None, None, 0.4, None],
        }
    )
    placed = turns.select(session_time(session="session")).to_series().to_list()
    assert placed == [0.0, 0.25, 1.0, 0.0, 0.4, 1.0]


def test_a_course_averages_the_sessions_that_have_a_value() -> None:
    design = Design.of(pl.DataFrame({"session_id": [f"s{at}" for at in range(4)]}))
    clusters = Clusters.draw(design, draws=500, rng=np.random.default_rng(0))
    values = np.array([[1.0, np.nan], [3.0, 5.0], [5.0, np.nan]])
    course = Course.of(values, where=np.array([0, 1, 3]), clusters=clusters)
    assert course.mean.tolist() == [3.0, 5.0]
    assert course.n_sessions.tolist() == [3, 1]
    # Of three sessions, t on 2 degrees of freedom times the standard error: 4.30 * 2 / sqrt(3).
    assert course.high[0] - course.mean[0] == pytest.approx(4.97, rel=0.15)
    assert course.mean[0] - course.low[0] == pytest.approx(course.high[0] - course.mean[0])
    assert np.isnan(course.low[1])


def test_a_course_no_session_has_is_not_a_number() -> None:
    design = Design.of(pl.DataFrame({"session_id": ["a", "b"]}))
    clusters = Clusters.draw(design, draws=10, rng=np.random.default_rng(0))
    course = Course.of(np.full((2, 1), np.nan), where=np.array([0, 1]), clusters=clusters)
    assert np.isnan(course.mean[0])
    assert course.n_sessions[0] == 0
