"""ICC, concordance and correlation: R's figures, and what must hold of any ratings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.gap.congruence.conftest import Ratings, agrees, two_raters

from attunement.errors import DataError
from attunement.gap.congruence import concordance, correlation, intraclass_correlation
from attunement.gap.congruence._ratings import varies

Array = NDArray[np.float64]
FromR = Callable[[str, str], Mapping[str, float]]
COEFFICIENTS = {
    "ICC(A,1)": intraclass_correlation,
    "CCC": concordance,
    "correlation": correlation,
}


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_a_coefficient_and_its_interval_are_rs(name: str, single: Ratings, from_r: FromR) -> None:
    agrees(COEFFICIENTS[name](single.truth, single.judgement), from_r("single", name))


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_repeated_sessions_get_rs_jackknife_over_patients(
    name: str, repeated: Ratings, from_r: FromR
) -> None:
    found = COEFFICIENTS[name](repeated.truth, repeated.judgement, clusters=repeated.patients)
    agrees(found, from_r("repeated", name))


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_patients_of_one_session_each_are_no_clusters(name: str, single: Ratings) -> None:
    coefficient = COEFFICIENTS[name]
    alone = coefficient(single.truth, single.judgement, clusters=single.patients)
    assert alone == coefficient(single.truth, single.judgement)


@settings(deadline=None)
@given(
    ratings=two_raters(),
    shift=st.integers(-1000, 1000),
    factor=st.sampled_from([-2.5, -1, 0.01, 3, 40]),
)
def test_neither_a_common_shift_nor_a_common_unit_changes_a_coefficient(
    ratings: tuple[Array, Array], shift: int, factor: float
) -> None:
    truth, judgement = ratings
    for coefficient in COEFFICIENTS.values():
        found = coefficient(truth, judgement)
        moved = coefficient(factor * truth + shift, factor * judgement + shift)
        assert moved.estimate == pytest.approx(found.estimate, rel=1e-6, abs=1e-9)
        assert (moved.ci_low is None) == (found.ci_low is None)
        if found.ci_low is not None and found.ci_high is not None:
            assert moved.ci_low == pytest.approx(found.ci_low, rel=1e-5, abs=1e-6)
            assert moved.ci_high == pytest.approx(found.ci_high, rel=1e-5, abs=1e-6)


@settings(deadline=None)
@given(ratings=two_raters())
def test_who_is_called_patient_does_not_change_a_coefficient(
    ratings: tuple[Array, Array],
) -> None:
    truth, judgement = ratings
    for coefficient in COEFFICIENTS.values():
        swapped = coefficient(judgement, truth)
        assert swapped.estimate == pytest.approx(coefficient(truth, judgement).estimate, abs=1e-12)


@settings(deadline=None)
@given(ratings=two_raters())
def test_concordance_never_exceeds_correlation(ratings: tuple[Array, Array]) -> None:
    assert abs(concordance(*ratings).estimate) <= abs(correlation(*ratings).estimate) + 1e-12


@settings(deadline=None)
@given(ratings=two_raters())
def test_concordance_and_the_intraclass_correlation_differ_by_no_more_than_one_over_n(
    ratings: tuple[Array, Array],
) -> None:
    n = len(ratings[0])
    concordant, classed = concordance(*ratings).estimate, intraclass_correlation(*ratings).estimate
    # Where the two sides go opposite ways the bound is twice as wide.
    bound = 1 / (n - 1) if concordant >= 0 else 2 / (n - 2)
    assert abs(classed - concordant) <= bound + 1e-12


@settings(deadline=None)
@given(ratings=two_raters())
def test_an_interval_holds_its_estimate(ratings: tuple[Array, Array]) -> None:
    for coefficient in COEFFICIENTS.values():
        found = coefficient(*ratings)
        assert (found.reason is None) == (found.ci_low is not None)
        if found.ci_low is not None and found.ci_high is not None:
            assert found.ci_low - 1e-9 <= found.estimate <= found.ci_high + 1e-9


def test_sides_that_run_opposite_ways_exactly_have_no_intraclass_interval() -> None:
    truth = np.array([1.0, 2.0, 3.0, 4.0, 6.0])
    for offset in (5.0, 6.4, 40.0):
        found = intraclass_correlation(truth, offset - truth)
        assert found.estimate < 0
        assert found.ci_low is None
        assert found.reason is not None


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_equal_ratings_agree_fully_and_have_no_interval(name: str) -> None:
    found = COEFFICIENTS[name](np.arange(5.0), np.arange(5.0))
    assert found.estimate == pytest.approx(1)
    assert found.ci_low is None
    assert found.reason is not None


@pytest.mark.parametrize("name", COEFFICIENTS)
@pytest.mark.parametrize("side", [0, 1])
def test_a_side_that_does_not_vary_is_refused_by_name(name: str, side: int) -> None:
    ratings = [np.arange(6.0), np.arange(6.0)]
    ratings[side] = np.full(6, 0.1)
    with pytest.raises(DataError, match=("patient", "therapist")[side]):
        COEFFICIENTS[name](*ratings)


@settings(deadline=None)
@given(ratings=two_raters(fewest=6), seed=st.integers(0, 99))
def test_every_clustering_gives_an_interval_or_a_reason(
    ratings: tuple[Array, Array], seed: int
) -> None:
    assume(all(varies(side) for side in ratings))
    clusters = np.random.default_rng(seed).integers(0, 4, len(ratings[0]))
    for coefficient in COEFFICIENTS.values():
        found = coefficient(*ratings, clusters=clusters)
        assert np.isfinite(found.estimate)
        assert (found.reason is None) == (found.ci_low is not None)
