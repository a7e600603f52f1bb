"""The response surface: R's figures, and surfaces whose shape is known before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from tests.gap.congruence.conftest import Ratings, agrees

from attunement.errors import DataError
from attunement.gap.congruence import response_surface
from attunement.gap.congruence._response_surface import WEIGHTS, surface_redrawn

FromR = Callable[[str, str], Mapping[str, float]]


@pytest.mark.parametrize("name", ["single", "repeated"])
def test_every_coefficient_slope_and_curvature_is_rs(
    name: str, request: pytest.FixtureRequest, from_r: FromR
) -> None:
    data: Ratings = request.getfixturevalue(name)
    found = response_surface(data.truth, data.judgement, data.outcome, factors=data.factors)
    for quantity in WEIGHTS:
        agrees(found.estimates[quantity], from_r(name, quantity))


def test_an_outcome_of_disagreement_alone_has_its_curvature_and_no_other() -> None:
    rng = np.random.default_rng(5)
    truth, judgement = rng.normal(50, 10, (2, 200))
    outcome = 100 - 0.5 * (truth - judgement) ** 2 + rng.normal(0, 0.01, 200)
    found = response_surface(truth, judgement, outcome)
    assert found.estimates["a4"].estimate == pytest.approx(-2.0, abs=0.01)
    for other in ("a1", "a2", "a3"):
        assert found.estimates[other].estimate == pytest.approx(0, abs=0.01)
    assert found.reading.startswith("the outcome is lower the further")


def test_an_outcome_of_noise_is_not_read_as_agreement() -> None:
    rng = np.random.default_rng(6)
    truth, judgement, outcome = rng.normal(50, 10, (3, 60))
    found = response_surface(truth, judgement, outcome)
    assert found.estimates["a4"].p_val > 0.05
    assert "not seen to matter" in found.reading


def test_swapping_the_raters_keeps_agreement_and_turns_the_slope_of_disagreement(
    single: Ratings,
) -> None:
    found = response_surface(single.truth, single.judgement, single.outcome).estimates
    swapped = response_surface(single.judgement, single.truth, single.outcome).estimates
    for kept in ("b0", "b4", "a1", "a2", "a4"):
        assert swapped[kept].estimate == pytest.approx(found[kept].estimate)
    assert swapped["a3"].estimate == pytest.approx(-found["a3"].estimate)


def test_drawing_every_session_once_gives_the_surface_itself(repeated: Ratings) -> None:
    found = response_surface(
        repeated.truth, repeated.judgement, repeated.outcome, factors=repeated.factors
    )
    drawn = surface_redrawn(found, multiplicities=np.ones((1, len(repeated.truth))))
    for name, estimate in found.estimates.items():
        assert drawn[name][0] == pytest.approx(estimate.estimate, rel=1e-6)


def test_too_few_sessions_for_six_coefficients_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="6 sessions are too few for 6 coefficients"):
        response_surface(*rng.normal(size=(3, 6)))


def test_two_answers_a_side_are_too_few_for_a_curve() -> None:
    rng = np.random.default_rng(0)
    truth, judgement = rng.integers(0, 2, (2, 40)).astype(float)
    with pytest.raises(DataError, match="distinct values"):
        response_surface(truth, judgement, rng.normal(size=40))


def test_an_outcome_that_does_not_vary_or_is_missing_is_refused() -> None:
    rng = np.random.default_rng(0)
    truth, judgement, outcome = rng.normal(size=(3, 40))
    with pytest.raises(DataError, match="outcomes do not vary"):
        response_surface(truth, judgement, np.full(40, 7.0))
    outcome[3] = np.nan
    with pytest.raises(DataError, match="outcome is missing"):
        response_surface(truth, judgement, outcome)
