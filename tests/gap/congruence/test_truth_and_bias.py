"""West & Kenny's model: the published dyads, R's figures, and what must hold of any ratings."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.gap.congruence.conftest import Ratings, agrees, two_raters

from attunement.errors import DataError
from attunement.gap.congruence import correlation, truth_and_bias

Array = NDArray[np.float64]
FromR = Callable[[str, str], Mapping[str, float]]

CORPORA = Path(os.environ.get("ATTUNEMENT_CORPORA", "../shared/data"))


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not part of the project")
def test_twenty_eight_public_dyads_give_the_published_bias_and_truth() -> None:
    with (CORPORA / "iscience_language.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    truth, judgement = (
        np.array([float(row[header.index(name)]) for row in rows])
        for name in ("Patient Alliance", "Therapist Alliance")
    )
    found = truth_and_bias(truth, judgement)
    assert len(rows) == 28
    assert round(found.directional_bias.estimate, 2) == -5.93
    assert round(found.directional_bias.se, 2) == 1.76
    assert found.directional_bias.df == pytest.approx(26)
    assert round(found.truth_force.estimate, 2) == 0.50
    assert round(found.truth_force.se, 2) == 0.14
    assert round(correlation(truth, judgement).estimate, 2) == 0.56


@pytest.mark.parametrize("name", ["single", "repeated"])
def test_bias_and_truth_are_rs(name: str, request: pytest.FixtureRequest, from_r: FromR) -> None:
    data: Ratings = request.getfixturevalue(name)
    found = truth_and_bias(data.truth, data.judgement, factors=data.factors)
    agrees(found.directional_bias, from_r(name, "directional bias"))
    agrees(found.truth_force, from_r(name, "truth force"))


def test_repeated_sessions_are_modelled_and_single_ones_are_not(
    single: Ratings, repeated: Ratings
) -> None:
    plain = truth_and_bias(single.truth, single.judgement, factors=single.factors)
    mixed = truth_and_bias(repeated.truth, repeated.judgement, factors=repeated.factors)
    assert plain.regression.method == "least squares, t"
    assert mixed.regression.method == "mixed model (patient, therapist), Satterthwaite t"


@settings(deadline=None)
@given(
    ratings=two_raters(fewest=4),
    shift=st.integers(-1000, 1000),
    factor=st.sampled_from([0.01, 0.5, 3, 40]),
)
def test_a_common_shift_leaves_bias_and_force_and_a_common_unit_scales_the_bias_alone(
    ratings: tuple[Array, Array], shift: int, factor: float
) -> None:
    truth, judgement = ratings
    assume(abs(correlation(truth, judgement).estimate) < 0.999)
    found = truth_and_bias(truth, judgement)
    moved = truth_and_bias(factor * truth + shift, factor * judgement + shift)
    for one, other in (
        (moved.directional_bias.estimate, factor * found.directional_bias.estimate),
        (moved.directional_bias.se, factor * found.directional_bias.se),
    ):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-7 * factor)
    assert moved.truth_force.estimate == pytest.approx(found.truth_force.estimate, abs=1e-7)
    assert moved.truth_force.se == pytest.approx(found.truth_force.se, rel=1e-6)


@settings(deadline=None)
@given(ratings=two_raters(fewest=4))
def test_swapping_the_raters_flips_the_sign_of_the_bias(ratings: tuple[Array, Array]) -> None:
    truth, judgement = ratings
    assume(abs(correlation(truth, judgement).estimate) < 0.999)
    found, swapped = truth_and_bias(truth, judgement), truth_and_bias(judgement, truth)
    bias = found.directional_bias.estimate
    assert swapped.directional_bias.estimate == pytest.approx(-bias, abs=1e-8)
    assert bias == pytest.approx(judgement.mean() - truth.mean(), abs=1e-8)


def test_a_therapist_on_the_patients_line_leaves_no_error_to_judge_by() -> None:
    with pytest.raises(DataError, match="exactly"):
        truth_and_bias(np.arange(6.0), 2 * np.arange(6.0) + 1)


@pytest.mark.parametrize("side", [0, 1])
def test_a_side_that_does_not_vary_is_refused_by_name(side: int) -> None:
    ratings = [np.arange(6.0), np.arange(6.0) ** 2]
    ratings[side] = np.full(6, 3.0)
    with pytest.raises(DataError, match=("patient", "therapist")[side]):
        truth_and_bias(*ratings)
