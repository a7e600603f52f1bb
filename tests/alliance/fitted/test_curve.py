"""The learning curve: honest sizes, other patients to measure on, more with more."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.alliance.fitted.invented import material_of, names, rated_by

from attunement.alliance.fitted import CURVE_SCHEMA, learning_curve, sizes
from attunement.alliance.fitted._curve import REPEATS

Numbers = NDArray[np.float64]


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        (50, []),
        (62, []),
        (63, [50]),
        (124, [50]),
        (125, [50, 100]),
        (500, [50, 100, 200, 400]),
        (499, [50, 100, 200]),
    ],
)
def test_sizes_double_from_fifty_and_leave_a_fifth(sessions: int, expected: list[int]) -> None:
    assert sizes(sessions) == expected


def planted(sessions: int, *, seed: int = 0) -> tuple[Numbers, Numbers]:
    """A signal spread thinly over many features."""
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((sessions, 60))
    ratings = 20 + columns @ rng.standard_normal(60) / np.sqrt(60) + rng.standard_normal(sessions)
    return columns, ratings


def test_the_curve_grows_with_sessions_where_there_is_something_to_learn() -> None:
    columns, ratings = planted(600)
    told: list[int] = []
    curve = learning_curve(
        material_of(columns, names(200, 3)), rated_by("patient", ratings), on_step=told.append
    )
    assert curve.schema == CURVE_SCHEMA
    assert curve["n_sessions"].to_list() == [50, 100, 200, 400]
    assert curve["repeats"].to_list() == [REPEATS] * 4
    assert sum(told) == 4 * REPEATS
    # Patients of three sessions each: 17 of them have 50.
    assert curve["n_patients"].to_list() == [17, 34, 67, 134]
    pearson = curve["pearson"].to_numpy()
    assert (np.diff(pearson) > 0).all()
    assert pearson[3] > pearson[0] + 0.15
    assert (curve["pearson_lowest"] <= curve["pearson"]).all()
    assert (curve["pearson"] <= curve["pearson_highest"]).all()
    np.testing.assert_allclose(curve["spearman"], pearson, atol=0.1)


def test_patients_are_drawn_until_their_own_sessions_are_enough() -> None:
    columns, ratings = planted(240)
    whose = [*(f"a{one}" for one in range(60)), *names(20, 9)]
    curve = learning_curve(material_of(columns, whose), rated_by("patient", ratings))
    # Three sessions a patient on average: 50 come from some 17, whoever comes first in the table.
    drawn = curve["n_patients"].to_list()
    assert 9 < drawn[0] < 30
    assert 20 < drawn[1] < 50


def test_the_same_seed_draws_the_same_patients() -> None:
    columns, ratings = planted(150)
    material, rated = material_of(columns, names(50, 3)), rated_by("patient", ratings)
    one, again, other = (learning_curve(material, rated, seed=seed) for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)


def test_a_size_that_leaves_too_few_sessions_of_other_patients_is_left_out() -> None:
    columns, ratings = planted(63)
    curve = learning_curve(material_of(columns, names(9, 7)), rated_by("patient", ratings))
    # Eight patients of seven sessions are needed for 50, and only seven sessions are left.
    assert curve.height == 0
    assert curve.schema == CURVE_SCHEMA


def test_one_patient_with_most_of_the_sessions_does_not_stop_the_curve() -> None:
    columns, ratings = planted(150)
    whose = ["much"] * 60 + names(30, 3)
    curve = learning_curve(material_of(columns, whose), rated_by("patient", ratings), seed=3)
    assert curve["pearson"].is_finite().all()
    assert (curve["n_patients"] > 1).all()
