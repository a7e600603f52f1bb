"""Limits of agreement: R, Bland & Altman's variance, and what must hold of any ratings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.gap.congruence.conftest import Ratings, agrees, two_raters

from attunement.errors import DataError
from attunement.gap.congruence import bland_altman, proportional_bias
from attunement.gap.congruence._bland_altman import Spread, limits_redrawn

Array = NDArray[np.float64]
FromR = Callable[[str, str], Mapping[str, float]]


@pytest.mark.parametrize("name", ["single", "repeated"])
def test_the_mean_the_limits_and_their_intervals_are_rs(
    name: str, request: pytest.FixtureRequest, from_r: FromR
) -> None:
    data: Ratings = request.getfixturevalue(name)
    found = bland_altman(data.truth, data.judgement, patients=data.patients, factors=data.factors)
    agrees(found.mean, from_r(name, "mean difference"))
    assert found.sd == pytest.approx(from_r(name, "sd")["estimate"])
    agrees(found.lower, from_r(name, "lower limit of agreement"))
    agrees(found.upper, from_r(name, "upper limit of agreement"))


@pytest.mark.parametrize("name", ["single", "repeated"])
def test_proportional_bias_is_rs(name: str, request: pytest.FixtureRequest, from_r: FromR) -> None:
    data: Ratings = request.getfixturevalue(name)
    found = proportional_bias(data.truth, data.judgement, factors=data.factors)
    agrees(found.estimate(0.0, 1.0), from_r(name, "proportional bias"))


def test_with_as_many_sessions_each_the_variance_is_bland_and_altmans_of_2007(
    repeated: Ratings, from_r: FromR
) -> None:
    numbered = repeated.table.with_columns(
        pl.int_range(pl.len()).over("patient_id").alias("number"),
        pl.len().over("patient_id").alias("sessions"),
    )
    two_each = Ratings(numbered.filter(pl.col("sessions") > 1, pl.col("number") < 2))
    found = bland_altman(two_each.truth, two_each.judgement, patients=two_each.patients)
    assert found.sd == pytest.approx(from_r("balanced", "sd")["estimate"])


def test_a_session_drawn_with_all_its_patients_is_that_patient_drawn_again(
    repeated: Ratings,
) -> None:
    # The bootstrap counts sessions; writing the drawn patients out must give the same variance.
    rng = np.random.default_rng(3)
    patients = repeated.patients
    times = rng.multinomial(24, np.full(24, 1 / 24))
    copies = [
        (np.flatnonzero(patients == patient), copy)
        for patient in range(24)
        for copy in range(times[patient])
    ]
    rows = np.concatenate([where for where, _ in copies])
    written = np.concatenate([np.full(len(where), at) for at, (where, _) in enumerate(copies)])
    difference = repeated.judgement - repeated.truth
    drawn = Spread.of(difference, patients, multiplicities=times[patients][None].astype(float))
    out = Spread.of(difference[rows], written, multiplicities=np.ones((1, len(rows))))
    assert drawn.total[0] == pytest.approx(out.total[0])


def test_drawing_every_session_once_gives_the_limits_themselves(repeated: Ratings) -> None:
    found = bland_altman(
        repeated.truth, repeated.judgement, patients=repeated.patients, factors=repeated.factors
    )
    once = np.ones((1, len(repeated.truth)))
    mean, lower, upper = limits_redrawn(found, repeated.patients, multiplicities=once)
    assert mean[0] == pytest.approx(found.mean.estimate)
    assert lower[0] == pytest.approx(found.lower.estimate)
    assert upper[0] == pytest.approx(found.upper.estimate)


@settings(deadline=None)
@given(
    ratings=two_raters(),
    shift=st.integers(-1000, 1000),
    factor=st.sampled_from([0.01, 0.5, 3, 40]),
)
def test_a_common_shift_leaves_the_limits_and_a_common_unit_scales_them(
    ratings: tuple[Array, Array], shift: int, factor: float
) -> None:
    truth, judgement = ratings
    assume(np.ptp(judgement - truth) > 0)
    found = bland_altman(truth, judgement)
    moved = bland_altman(factor * truth + shift, factor * judgement + shift)
    for one, other in (
        (moved.mean.estimate, found.mean.estimate),
        (moved.mean.se, found.mean.se),
        (moved.lower.estimate, found.lower.estimate),
        (moved.upper.estimate, found.upper.estimate),
        (moved.upper.ci_high, found.upper.ci_high),
    ):
        assert other is not None
        assert one == pytest.approx(factor * other, rel=1e-6, abs=1e-7 * factor)


@settings(deadline=None)
@given(ratings=two_raters())
def test_swapping_the_raters_turns_the_limits_round(ratings: tuple[Array, Array]) -> None:
    truth, judgement = ratings
    assume(np.ptp(judgement - truth) > 0)
    found, swapped = bland_altman(truth, judgement), bland_altman(judgement, truth)
    assert swapped.mean.estimate == pytest.approx(-found.mean.estimate, abs=1e-9)
    assert swapped.lower.estimate == pytest.approx(-found.upper.estimate, abs=1e-9)
    assert swapped.lower.ci_low is not None
    assert found.upper.ci_high is not None
    assert swapped.lower.ci_low == pytest.approx(-found.upper.ci_high, abs=1e-9)


def test_differences_that_do_not_vary_are_refused() -> None:
    truth = np.array([0.1, 0.2, 0.3, 0.7])
    with pytest.raises(DataError, match="differences do not vary"):
        bland_altman(truth, truth + 0.1)


def test_a_missing_rating_is_refused() -> None:
    with pytest.raises(DataError, match="missing"):
        bland_altman(np.array([1.0, 2.0, np.nan, 4.0]), np.arange(4.0))


def test_raters_of_different_numbers_of_sessions_are_refused() -> None:
    with pytest.raises(DataError, match="shapes"):
        bland_altman(np.arange(5.0), np.arange(4.0))
