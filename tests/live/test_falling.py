from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.live._falling import Fall
from attunement.live._threshold import ALLOWANCE, LEAST_TURNS, FalseAlarms, rank_score

LIMITS = FalseAlarms(per_session=0.1, per_turns=40, carry_over=0.0).limits()


def levels(values: list[float]) -> list[float]:
    fall = Fall(LIMITS)
    return [fall.step(one) for one in values]


def first_alarm(values: list[float]) -> int | None:
    return next((place for place, one in enumerate(levels(values)) if one > 1), None)


def test_a_fall_is_found_and_a_rise_is_none() -> None:
    rng = np.random.default_rng(5)
    steady = rng.standard_normal(20)
    fallen = first_alarm([*steady, *(rng.standard_normal(20) - 2)])
    assert fallen is not None
    assert 20 < fallen < 32
    assert first_alarm([*steady, *(rng.standard_normal(20) + 2)]) is None


def test_a_session_that_is_low_throughout_has_not_fallen() -> None:
    rng = np.random.default_rng(6)
    values = rng.standard_normal(40)
    assert levels(list(values)) == levels(list(values - 5))


def test_the_sum_is_that_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 6, 30).astype(float)
    fall, total = Fall(LIMITS), 0.0
    for place, one in enumerate(values):
        before = values[:place]
        score = rank_score(int((before < one).sum()), int((before == one).sum()), place + 1)
        total = max(0.0, total - score - ALLOWANCE)
        level = fall.step(float(one))
        if place + 1 >= LEAST_TURNS:
            assert level == pytest.approx(total / LIMITS[place])
            total = 0.0 if level > 1 else total


def test_after_an_alarm_the_sum_starts_anew_and_a_lasting_slump_is_soon_the_measure() -> None:
    found = levels([float(one) for one in range(20)] + [-float(one) for one in range(1, 9)])
    alarms = [place for place, one in enumerate(found) if one > 1]
    assert alarms
    assert found[alarms[0] + 1] < 1
    steady = np.random.default_rng(1).standard_normal(400)
    steady[30:] -= 3
    late = [place for place, one in enumerate(levels(list(steady))) if one > 1 and place > 150]
    assert len(late) <= 3


def test_equal_values_raise_nothing() -> None:
    assert max(levels([0.5] * 200)) == 0


@given(st.lists(st.floats(-5, 5), max_size=60), st.floats(0.1, 4), st.floats(-3, 3))
def test_only_the_order_of_values_counts(
    values: list[float], stretch: float, offset: float
) -> None:
    ranks = np.unique(values, return_inverse=True)[1] if values else np.empty(0)
    assert levels(values) == levels([float(one) * stretch + offset for one in ranks])


def test_a_copy_goes_its_own_way() -> None:
    fall = Fall(LIMITS)
    for one in range(12):
        fall.step(float(one))
    copy = deepcopy(fall)
    expected = [deepcopy(fall).step(-1.0) for _ in range(2)]
    copy.step(-1.0)
    copy.step(-2.0)
    assert fall.step(-1.0) == expected[0] == expected[1]
