"""What Holm's adjustment must hold to for any family of p-values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attunement.statistics import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)
WITH_GAPS = st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=30)


@given(P_VALUES)
def test_no_test_gains_and_none_passes_one(p_values: list[float]) -> None:
    adjusted = holm(np.array(p_values))
    assert np.all(adjusted >= np.array(p_values))
    assert np.all(adjusted <= 1)


@given(P_VALUES)
def test_a_smaller_p_value_never_ends_as_the_larger(p_values: list[float]) -> None:
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(holm(np.array(p_values))[order]) >= 0)


@given(P_VALUES, st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing(p_values: list[float], seed: int) -> None:
    values = np.array(p_values)
    shuffled = np.random.default_rng(seed).permutation(values.size)
    np.testing.assert_array_equal(holm(values[shuffled]), holm(values)[shuffled])


@given(WITH_GAPS)
def test_a_test_that_was_not_made_stays_missing_and_costs_the_others_nothing(
    p_values: list[float],
) -> None:
    values = np.array(p_values, dtype=float)
    made = ~np.isnan(values)
    adjusted = holm(values)
    np.testing.assert_array_equal(np.isnan(adjusted), ~made)
    np.testing.assert_array_equal(adjusted[made], holm(values[made]))


def test_the_p_values_given_are_left_as_they_are() -> None:
    p_values = np.array([0.04, 0.01])
    holm(p_values)
    np.testing.assert_array_equal(p_values, [0.04, 0.01])
