"""Correlations of single columns and of many weighted draws, against scipy and by definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from attunement.statistics import pearson, pearsons, ranks, spearman, spearmans

VALUES = st.lists(st.integers(-4, 4), min_size=6, max_size=30)


def residual(y: np.ndarray, *given: np.ndarray) -> np.ndarray:
    design = np.column_stack([np.ones(len(y)), *given])
    return np.asarray(y - design @ np.linalg.lstsq(design, y, rcond=None)[0])


def test_spearman_shares_ranks_between_ties() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
    x, y = np.array([1.0, 5.0, 5.0, 9.0]), np.array([10.0, 20.0, 30.0, 40.0])
    assert spearman(x, y) == pytest.approx(0.9486832980505138)


@pytest.mark.parametrize("seed", range(5))
def test_plain_correlations_are_scipys_with_ties(seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = np.round(generator.standard_normal(200), 1)
    y = np.round(0.5 * x + generator.standard_normal(200), 1)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("confounds", [1, 2, 3])
def test_a_partial_correlation_is_that_of_residuals(confounds: int) -> None:
    generator = np.random.default_rng(confounds)
    given_ = list(generator.standard_normal((confounds, 150)))
    x = sum(given_) + generator.standard_normal(150)
    y = sum(given_) - 0.4 * x + generator.standard_normal(150)
    expected = stats.pearsonr(residual(x, *given_), residual(y, *given_)).statistic
    assert pearson(x, y, *given_) == pytest.approx(expected, abs=1e-10)
    ranked = [stats.rankdata(one) for one in (x, y, *given_)]
    by_ranks = stats.pearsonr(residual(ranked[0], *ranked[2:]), residual(ranked[1], *ranked[2:]))
    assert spearman(x, y, *given_) == pytest.approx(by_ranks.statistic, abs=1e-10)


def test_a_partial_correlation_is_zero_when_length_explains_everything() -> None:
    generator = np.random.default_rng(3)
    length = generator.standard_normal(4_000)
    x = length + 0.1 * generator.standard_normal(4_000)
    y = length + 0.1 * generator.standard_normal(4_000)
    assert spearman(x, y) > 0.95
    assert abs(spearman(x, y, length)) < 0.1


def test_two_confounds_are_partialled_out_together() -> None:
    # x and y share nothing but two confounds; either alone leaves the other's share in.
    generator = np.random.default_rng(8)
    one, two, own, other = generator.standard_normal((4, 4_000))
    x, y = one + two + own, one + two + other
    assert pearson(x, y, one) > 0.3
    assert abs(pearson(x, y, one, two)) < 0.06


def test_the_same_confound_twice_and_one_that_is_constant_take_out_nothing_more() -> None:
    generator = np.random.default_rng(4)
    x, y, z = generator.standard_normal((3, 80))
    x, y = x + z, y + z
    alone = pearson(x, y, z)
    assert pearson(x, y, z, 3 * z + 1) == pytest.approx(alone, abs=1e-6)
    assert pearson(x, y, z, np.full(80, 7.0)) == pytest.approx(alone, abs=1e-9)


def test_what_does_not_vary_correlates_with_nothing() -> None:
    x = np.arange(10.0)
    assert np.isnan(spearman(np.full(10, 0.1), x))
    assert np.isnan(pearson(x, np.full(10, 1e6 + 0.1)))
    # Nothing is left of a score that is the confound.
    assert np.isnan(pearson(2 * x + 1, x**2, x))


@given(values=VALUES, data=st.data())
def test_a_row_drawn_twice_ranks_like_two_rows(values: list[int], data: st.DataObject) -> None:
    n = len(values)
    times = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any))
    column, weights = np.array(values, dtype=float), np.array(times)
    drawn = ranks(column)(weights[None].astype(float))[0]
    expected = stats.rankdata(np.repeat(column, weights))
    np.testing.assert_allclose(np.repeat(drawn, weights), expected)


@given(x=VALUES, data=st.data())
def test_weighted_draws_correlate_as_if_rows_were_repeated(
    x: list[int], data: st.DataObject
) -> None:
    n = len(x)
    whole = st.lists(st.integers(-4, 4), min_size=n, max_size=n)
    columns = [np.array(one, dtype=float) for one in (x, data.draw(whole), data.draw(whole))]
    times = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any))
    weights = np.array([times, [1] * n])
    for statistic, direct in ((spearmans, spearman), (pearsons, pearson)):
        for used in (columns[:2], columns):
            found = statistic(*used)(weights.astype(float))[:, 0]
            repeated = [np.repeat(one, weights[0]) for one in used]
            for value, expected in zip(found, (direct(*repeated), direct(*used)), strict=True):
                # Where nothing or next to nothing is left, either may find no figure.
                if np.isfinite(value) and np.isfinite(expected):
                    assert value == pytest.approx(expected, abs=1e-6)


@given(x=VALUES)
def test_spearman_sees_only_the_order(x: list[int]) -> None:
    first = np.array(x, dtype=float)
    second = np.arange(len(x), dtype=float)
    before, after = spearman(first, second), spearman(np.exp(first) + 5, second)
    assert before == pytest.approx(after, abs=1e-9) or (np.isnan(before) and np.isnan(after))
