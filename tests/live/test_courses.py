"""The mean and the slope of a side's turns so far, and how often their intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from attunement.live._courses import (
    FEWEST_FOR_TREND,
    FEWEST_TURNS,
    Course,
    Numbers,
    courses,
    difference,
    half_width,
    late_mean,
    slope,
)


def drawn(seed: int, count: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Numbers]:
    """Numbers of a side's turns in a session, and scores that drift."""
    rng = np.random.default_rng(seed)
    turns = np.sort(rng.choice(3 * count + 3, count, replace=False))
    return turns, rng.standard_normal((count, 4)).cumsum(axis=0) + rng.normal(0, 5, 4)


@given(seed=st.integers(0, 10_000), count=st.integers(0, 60))
def test_turn_by_turn_and_at_once_are_the_same_sums(seed: int, count: int) -> None:
    turns, scores = drawn(seed, count)
    at_once = courses(turns, scores)
    course = Course.begin()
    for place in range(count + 1):
        assert int(course.count) == place
        np.testing.assert_allclose(course.sums, at_once.sums[place], rtol=1e-12, atol=1e-12)
        if place < count:
            course = course.then(turn=int(turns[place]), scores=scores[place])


@given(seed=st.integers(0, 10_000), count=st.integers(FEWEST_TURNS, 60))
def test_the_mean_and_its_error_are_those_worked_out_from_the_turns(seed: int, count: int) -> None:
    turns, scores = drawn(seed, count)
    found = late_mean(_last(courses(turns, scores)))
    weights = turns.astype(float) ** 3 / (turns**3).sum()
    np.testing.assert_allclose(found.value, weights @ scores, rtol=1e-9, atol=1e-9)
    for measure, own in enumerate(scores.T):
        r = _neighbours(own - own.mean())
        r = np.clip(r + (1 + 3 * r) / count, 0, 0.8)
        squares = ((own - own.mean()) ** 2).sum()
        varied = max(squares / (count - 1), (squares + 1) / count)
        expected = varied * (weights**2).sum() * (1 + r) / (1 - r)
        assert found.variance[measure] == pytest.approx(expected, rel=1e-7)
        reach = stats.t.ppf(0.975, count - 1) * np.sqrt(expected)
        assert half_width(found)[measure] == pytest.approx(reach, rel=1e-7)


@given(seed=st.integers(0, 10_000), count=st.integers(FEWEST_FOR_TREND, 60))
def test_the_slope_is_that_of_a_line_through_the_turns(seed: int, count: int) -> None:
    turns, scores = drawn(seed, count)
    found = slope(_last(courses(turns, scores)))
    places = np.arange(count)
    for measure, own in enumerate(scores.T):
        line = stats.linregress(places, own)
        residual = own - line.intercept - line.slope * places
        r = _neighbours(residual)
        r = np.clip(r + (2 + 4 * r) / count, 0, 0.8)
        squares = (residual**2).sum()
        varied = max(squares / (count - 2), (squares + 1) / (count - 1))
        error = np.sqrt(varied / ((places - places.mean()) ** 2).sum())
        reach = stats.t.ppf(0.975, count - 2) * error * np.sqrt((1 + r) / (1 - r))
        assert found.value[measure] == pytest.approx(line.slope, rel=1e-7, abs=1e-9)
        assert found.half_width[measure] == pytest.approx(reach, rel=1e-6)


def test_too_few_turns_have_no_interval_and_no_trend() -> None:
    at_once = courses(*drawn(1, 20))
    mean, line = late_mean(at_once), slope(at_once)
    for count in range(21):
        assert np.isnan(half_width(mean)[count]).all() == (count < FEWEST_TURNS)
        assert np.isnan(line.value[count]).all() == (count < FEWEST_FOR_TREND)


def test_the_very_first_turn_of_the_session_counts_nothing() -> None:
    scores = np.arange(12.0).reshape(3, 4)
    found = late_mean(courses(np.array([0, 2, 4]), scores)).value
    assert np.isnan(found[:2]).all()
    np.testing.assert_allclose(found[2], scores[1])
    np.testing.assert_allclose(found[3], (8 * scores[1] + 64 * scores[2]) / 72)


def test_turns_that_all_score_alike_do_not_make_the_mean_certain() -> None:
    scores = np.full((12, 4), 0.1234567)
    course = _last(courses(np.arange(1, 13), scores))
    np.testing.assert_allclose(late_mean(course).value, scores[0], rtol=1e-15)
    assert (half_width(late_mean(course)) > 0.2).all()
    assert (slope(course).value == 0).all()
    assert (slope(course).half_width > 0.02).all()


def test_intervals_hold_where_most_answers_are_the_same() -> None:
    """Four of five answers are "Yes."; the others differ (a chat)."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1_000):
        scores = np.where(rng.random((8, 1)) < 0.8, -0.5, rng.standard_normal((8, 1)))
        mean = late_mean(_last(courses(np.arange(1, 16, 2), np.repeat(scores, 4, axis=1))))
        held += abs(float(mean.value[0]) + 0.4) < float(half_width(mean)[0])
    assert held > 930


def test_a_difference_has_both_sides_errors_and_welchs_degrees_of_freedom() -> None:
    one = late_mean(_last(courses(*drawn(2, 9))))
    other = late_mean(_last(courses(*drawn(3, 30))))
    found = difference(one, other)
    np.testing.assert_allclose(found.value, one.value - other.value)
    np.testing.assert_allclose(found.variance, one.variance + other.variance)
    welch = found.variance**2 / (one.variance**2 / 8 + other.variance**2 / 29)
    np.testing.assert_allclose(found.freedom, welch)


@pytest.mark.parametrize("count", [6, 12, 40])
@pytest.mark.parametrize("correlation", [0.0, 0.15, 0.3])
def test_the_interval_holds_about_as_often_as_it_says(count: int, correlation: float) -> None:
    # Without allowing for the correlation it would hold 88% of the time at .3 and 40 turns.
    means, slopes = [], []
    for scores in _simulated(count, correlation, sessions=300):
        course = _last(courses(2 * np.arange(count) + 1, scores))
        mean, line = late_mean(course), slope(course)
        means.append(np.abs(mean.value) <= half_width(mean))
        slopes.append(np.abs(line.value) <= line.half_width)
    assert 0.93 <= np.mean(means) <= 0.995
    if count >= FEWEST_FOR_TREND:
        assert 0.89 <= np.mean(slopes) <= 0.985


def _simulated(count: int, correlation: float, *, sessions: int) -> Numbers:
    """Scores around 0, each a share of the one before: (sessions, count, 4)."""
    rng = np.random.default_rng(17)
    noise = rng.standard_normal((sessions, count, 4))
    for turn in range(1, count):
        fresh = np.sqrt(1 - correlation**2) * noise[:, turn]
        noise[:, turn] = correlation * noise[:, turn - 1] + fresh
    return noise


def _neighbours(centred: Numbers) -> float:
    return float(centred[1:] @ centred[:-1] / (centred @ centred))


def _last(course: Course) -> Course:
    return Course(course.count[-1], course.sums[-1], course.first[-1], course.last[-1])
