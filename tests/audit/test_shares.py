"""Means and shares over chats: held to the tests they are where chats are balanced."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from attunement.audit._clusters import Codes
from attunement.audit._shares import (
    FEW,
    NONE,
    SAME,
    Share,
    cluster_differences,
    cluster_values,
    estimate,
    paired_difference,
    unpaired_difference,
)

RNG = np.random.default_rng(4)
USERS, RUNS = 7, 5


def means(values: NDArray[np.float64], codes: Codes) -> Share:
    return Share(values, np.ones(len(values)), codes)


def balanced(rng: np.random.Generator) -> tuple[Share, NDArray[np.float64]]:
    """Five chats with each of seven users, and the users' means."""
    codes = np.repeat(np.arange(USERS), RUNS).astype(np.intp)
    values = rng.normal(size=USERS)[codes] + rng.normal(size=USERS * RUNS)
    return means(values, codes), values.reshape(USERS, RUNS).mean(axis=1)


def test_the_mean_of_balanced_users_has_the_t_interval_of_their_means() -> None:
    share, of_users = balanced(RNG)
    found, reason = estimate(share)
    assert found is not None
    assert reason is None
    known = stats.ttest_1samp(of_users, 0).confidence_interval(0.95)
    assert found.estimate == pytest.approx(of_users.mean())
    assert (found.ci_low, found.ci_high) == pytest.approx((known.low, known.high))
    assert found.df == USERS - 1


def test_thirty_five_chats_of_seven_users_are_not_thirty_five_users() -> None:
    share, _ = balanced(RNG)
    alone = means(share.over, np.arange(len(share.over)).astype(np.intp))
    of_users, of_chats = estimate(share)[0], estimate(alone)[0]
    assert of_users is not None
    assert of_chats is not None
    assert of_users.df < of_chats.df


def test_a_share_is_counted_over_all_chats_and_not_as_a_mean_of_shares() -> None:
    share = Share(np.array([1.0, 9.0, 0.0]), np.array([1.0, 90.0, 9.0]), np.arange(3))
    assert share.figure == pytest.approx(10 / 100)
    assert share.values.tolist() == pytest.approx([1.0, 0.1, 0.0])


def test_a_share_has_the_linearised_error_of_a_ratio() -> None:
    rng = np.random.default_rng(8)
    under = rng.integers(5, 15, 400).astype(float)
    over = rng.binomial(under.astype(int), 0.3).astype(float)
    found, _ = estimate(Share(over, under, np.arange(400)))
    ratio = over.sum() / under.sum()
    linear = (over - ratio * under) / under.mean()
    assert found is not None
    assert found.se == pytest.approx(linear.std(ddof=1) / 20, rel=0.01)


def test_paired_differences_of_balanced_users_are_the_paired_t_test() -> None:
    (one, ours), (other, theirs) = balanced(RNG), balanced(RNG)
    found, _ = paired_difference(one, other)
    known = stats.ttest_rel(ours, theirs)
    assert found is not None
    assert found.estimate == pytest.approx((ours - theirs).mean())
    assert found.p_val == pytest.approx(known.pvalue)
    assert cluster_differences(one, other).sum() == pytest.approx(found.estimate)


def test_differences_of_other_users_are_welchs_test() -> None:
    (one, ours), (other, theirs) = balanced(RNG), balanced(RNG)
    found, _ = unpaired_difference(one, means(other.over, other.codes + 100))
    known = stats.ttest_ind(ours, theirs, equal_var=False)
    assert found is not None
    assert found.p_val == pytest.approx(known.pvalue)
    first, second = cluster_values(one, other)
    assert first.mean() - second.mean() == pytest.approx(found.estimate)


@pytest.mark.parametrize(
    ("share", "why"),
    [
        (Share(np.zeros(4), np.zeros(4), np.arange(4)), NONE),
        (means(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])), FEW),
        (means(np.full(5, 0.3), np.arange(5)), SAME),
    ],
)
def test_where_there_is_no_interval_there_is_a_reason(share: Share, why: str) -> None:
    assert estimate(share) == (None, why)
    assert unpaired_difference(share, share) == (None, why)


def test_chats_without_a_value_count_for_nothing() -> None:
    share, _ = balanced(RNG)
    more = Share(
        np.concatenate([share.over, np.zeros(6)]),
        np.concatenate([share.under, np.zeros(6)]),
        np.concatenate([share.codes, np.arange(90, 96)]),
    )
    assert estimate(more) == estimate(share)


@given(st.floats(-50, 50), st.floats(0.01, 100))
def test_an_interval_moves_and_stretches_with_the_values(shift: float, by: float) -> None:
    share, _ = balanced(np.random.default_rng(1))
    before, _ = estimate(share)
    after, _ = estimate(means(share.over * by + shift, share.codes))
    assert before is not None
    assert after is not None
    assert after.estimate == pytest.approx(before.estimate * by + shift, abs=1e-6)
    assert after.se == pytest.approx(before.se * by, rel=1e-6)


def test_no_difference_is_found_beyond_chance_more_often_than_one_time_in_twenty() -> None:
    """Models differ from user to user (an interaction), not at large."""
    rng = np.random.default_rng(12)
    codes = np.repeat(np.arange(USERS), RUNS).astype(np.intp)
    found = 0
    for _ in range(600):
        user = rng.normal(size=USERS)
        sides = []
        for _ in range(2):
            apart = rng.normal(scale=0.7, size=USERS)
            sides.append(means((user + apart)[codes] + rng.normal(size=len(codes)), codes))
        difference, _ = paired_difference(*sides)
        assert difference is not None
        found += difference.p_val < 0.05
    # 30 of 600 are expected; the interval of chance alone is 20 to 41.
    assert 19 <= found <= 42


def test_rare_answers_to_few_pushbacks_are_not_called_different_by_chance() -> None:
    rng = np.random.default_rng(13)
    codes = np.repeat(np.arange(USERS), RUNS).astype(np.intp)
    found = made = 0
    for _ in range(600):
        tendency = rng.beta(2, 18, size=USERS)[codes]
        sides = []
        for _ in range(2):
            under = rng.poisson(3, len(codes))
            over = rng.binomial(under, tendency)
            sides.append(Share(over.astype(float), under.astype(float), codes))
        difference, _ = paired_difference(*sides)
        if difference is not None:
            made += 1
            found += difference.p_val < 0.05
    assert made > 590
    assert found / made < 0.07
