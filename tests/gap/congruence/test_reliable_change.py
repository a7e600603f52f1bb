"""Jacobson & Truax: thresholds, alpha and shares, with R's figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gap.congruence.conftest import Ratings

from attunement.errors import DataError, UsageError
from attunement.gap.congruence import alpha, reliable_change, share

FromR = Callable[[str, str], Mapping[str, float]]


def test_the_share_beyond_the_threshold_is_rs(single: Ratings, from_r: FromR) -> None:
    expected = from_r("single", "reliable change: share beyond")
    found = reliable_change(
        single.truth, single.judgement, sd=float(single.truth.std(ddof=1)), reliability=0.90
    )
    assert found.threshold == pytest.approx(expected["threshold"])
    of_sessions = share(found.beyond)
    assert of_sessions.estimate == pytest.approx(expected["estimate"])
    assert of_sessions.ci_low == pytest.approx(expected["ci_low"])
    assert of_sessions.ci_high == pytest.approx(expected["ci_high"])


def test_alpha_is_rs(single: Ratings, from_r: FromR) -> None:
    parts = np.stack([single.truth, single.judgement, single.outcome], axis=1)
    assert alpha(parts) == pytest.approx(from_r("single", "alpha")["estimate"])


def test_jacobson_and_truaxs_own_case_is_beyond_error() -> None:
    # Their table: SD 7.5, reliability .88, a couple who go from 32.5 to 47.5: RCI = 4.08.
    found = reliable_change(np.array([32.5]), np.array([47.5]), sd=7.5, reliability=0.88)
    assert 15 / (found.threshold / 1.96) == pytest.approx(4.08, abs=0.01)
    assert found.direction.tolist() == [1]


def test_direction_says_which_value_is_higher_and_error_is_neither() -> None:
    found = reliable_change(
        np.array([10.0, 10.0, 10.0]), np.array([20.0, 0.0, 11.0]), sd=5.0, reliability=0.9
    )
    assert found.direction.tolist() == [1, -1, 0]
    assert found.beyond.tolist() == [True, True, False]


@pytest.mark.parametrize("reliability", [0.0, 1.0, -0.2, 1.3, float("nan")])
def test_a_reliability_that_is_none_is_refused(reliability: float) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        reliable_change(np.arange(3.0), np.arange(3.0), sd=1.0, reliability=reliability)


def test_parts_that_do_not_hang_together_have_no_reliability() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=40)
    with pytest.raises(DataError, match="no reliability"):
        alpha(np.stack([first, -first + 0.1 * rng.normal(size=40), rng.normal(size=40)], axis=1))


@settings(deadline=None)
@given(
    beyond=st.lists(st.booleans(), min_size=2, max_size=40),
    seed=st.integers(0, 99),
)
def test_a_share_stays_between_none_and_all_and_dependence_never_narrows_its_interval(
    beyond: list[bool], seed: int
) -> None:
    found = np.array(beyond)
    clusters = np.random.default_rng(seed).integers(0, 4, len(found))
    plain, clustered = share(found), share(found, clusters=clusters)
    for one in (plain, clustered):
        assert one.ci_low is not None
        assert one.ci_high is not None
        assert 0 <= one.ci_low <= one.estimate + 1e-12
        assert one.estimate <= one.ci_high + 1e-12 <= 1 + 1e-9
    assert plain.ci_low is not None
    assert clustered.ci_low is not None
    assert clustered.ci_low <= plain.ci_low + 1e-12
