"""Intervals that hold what they promise, and running estimates between their knots."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from attunement.alliance.fitted import Knot, half_width
from attunement.alliance.fitted._calibration import FEWEST_AT_KNOT, calibrate, running_estimates

Numbers = NDArray[np.float64]


@pytest.mark.parametrize(
    ("count", "level", "expected"),
    [
        (9, 0.9, 9),  # ceil(10 x .9) = 9
        (10, 0.9, 10),  # ceil(11 x .9) = 10
        (19, 0.9, 18),
        (99, 0.9, 90),
        (99, 0.8, 80),
        (39, 0.95, 38),
        (5, 0.9, 5),  # ceil(6 x .9) = 6: too few, so the largest
        (1, 0.9, 1),
    ],
)
def test_the_half_width_is_the_order_statistic_of_split_conformal(
    count: int, level: float, expected: int
) -> None:
    signs = np.where(np.arange(count) % 2, 1.0, -1.0)
    errors = np.random.default_rng(0).permutation(np.arange(1.0, count + 1) * signs)
    assert half_width(errors, level=level) == expected


@pytest.mark.parametrize(("known", "level"), [(19, 0.9), (49, 0.9), (49, 0.8)])
def test_an_interval_holds_the_next_rating_as_often_as_it_promises(
    known: int, level: float
) -> None:
    repeats = 4_000
    errors = np.random.default_rng(6).standard_t(3, size=(repeats, known + 1))
    held = sum(abs(row[-1]) <= half_width(row[:-1], level=level) for row in errors)
    # For continuous errors the chance is exactly ceil((n + 1) level) / (n + 1).
    chance = np.ceil((known + 1) * level) / (known + 1)
    low, high = stats.binom.interval(0.999, repeats, chance)
    assert low <= held <= high


def test_a_knot_is_the_line_from_early_values_to_final_ratings() -> None:
    value = np.linspace(-2, 2, FEWEST_AT_KNOT)
    (knot,) = calibrate({8: (value, 20 + 3 * value)}, level=0.9)
    assert (knot.turns, knot.sessions) == (8, FEWEST_AT_KNOT)
    np.testing.assert_allclose([knot.intercept, knot.slope], [20, 3])
    assert knot.half_width < 1e-12


def test_a_knots_half_width_is_that_of_the_errors_about_its_line() -> None:
    value = np.tile([0.0, 1.0], 50)
    error = np.repeat(np.arange(1.0, 51), 2) * np.repeat(np.tile([1, -1], 25), 2)
    (knot,) = calibrate({8: (value, 10 + 2 * value + error)}, level=0.9)
    line = 10 + 2 * value + error.mean()
    expected = half_width(10 + 2 * value + error - line, level=0.9)
    np.testing.assert_allclose([knot.slope, knot.intercept], [2, 10 + error.mean()])
    np.testing.assert_allclose(knot.half_width, expected)
    # The 91st smallest of two errors each of 1, 2, ... 50 is 46.
    assert abs(knot.half_width - 46) <= 1


def test_values_that_point_the_wrong_way_are_not_turned_round() -> None:
    value = np.linspace(0, 1, 50)
    (knot,) = calibrate({4: (value, 30 - 5 * value)}, level=0.9)
    assert knot.slope == 0
    np.testing.assert_allclose(knot.intercept, 27.5)


def test_values_that_are_all_alike_say_nothing() -> None:
    rating = np.arange(50.0)
    (knot,) = calibrate({4: (np.full(50, 7.0), rating)}, level=0.9)
    assert (knot.slope, knot.intercept) == (0, rating.mean())


def test_knots_come_in_order_and_only_where_enough_sessions_go_on() -> None:
    def values(count: int) -> tuple[Numbers, Numbers]:
        return np.arange(float(count)), np.arange(float(count))

    enough, few = FEWEST_AT_KNOT, FEWEST_AT_KNOT - 1
    knots = calibrate({64: values(few), 16: values(enough), 4: values(90)}, level=0.9)
    assert [(knot.turns, knot.sessions) for knot in knots] == [(4, 90), (16, enough)]


KNOTS = (Knot(4, 20.0, 0.0, 12.0, 90), Knot(16, 10.0, 0.5, 8.0, 60), Knot(64, 0.0, 1.0, 2.0, 41))


@pytest.mark.parametrize(
    ("turns", "estimate", "width"),
    [
        (1, 20.0, 12.0),  # before the first knot: as there
        (4, 20.0, 12.0),
        (8, 15.0 + 0.25 * 6, 10.0),  # half way from 4 to 16, as doublings go
        (16, 10.0 + 0.5 * 6, 8.0),
        (32, 5.0 + 0.75 * 6, 5.0),
        (64, 6.0, 2.0),
        (999, 6.0, 2.0),  # after the last: as there
    ],
)
def test_between_knots_both_are_mixed_as_doublings_go(
    turns: int, estimate: float, width: float
) -> None:
    found, widths = running_estimates(np.array([6.0]), [turns], KNOTS)
    np.testing.assert_allclose([found[0], widths[0]], [estimate, width])


def test_each_value_is_calibrated_for_its_own_turn() -> None:
    found, widths = running_estimates(np.array([1.0, 2.0, 3.0]), [4, 16, 64], KNOTS)
    np.testing.assert_allclose(found, [20, 11, 3])
    np.testing.assert_allclose(widths, [12, 8, 2])


def test_one_knot_serves_the_whole_session() -> None:
    found, widths = running_estimates(np.array([2.0, 2.0]), [1, 500], KNOTS[1:2])
    np.testing.assert_allclose([found, widths], [[11, 11], [8, 8]])
