"""The benchmark of the axes: its correlations are the known ones, alone and with others held."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.axes import moments, of_columns, partial
from scipy.stats import spearmanr

RNG = np.random.default_rng(3)


def test_two_columns_correlate_as_scipy_says() -> None:
    values = RNG.normal(size=(200, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
    figure = of_columns("c", "w", values, pl.Series(range(200)), ranked=True)
    assert figure.estimate == pytest.approx(spearmanr(values[:, 0], values[:, 1]).statistic)
    assert figure.low < figure.estimate < figure.high
    assert figure.n == 200


def test_what_only_a_third_column_makes_alike_is_gone_where_it_is_held() -> None:
    third = RNG.normal(size=5_000)
    first, second = (third + RNG.normal(size=5_000) for _ in range(2))
    assert partial(moments(np.column_stack([first, second]))) == pytest.approx(0.5, abs=0.05)
    held = partial(moments(np.column_stack([first, second, third])))
    assert held == pytest.approx(0.0, abs=0.05)


def test_one_person_with_many_chats_widens_the_interval() -> None:
    values = np.repeat(RNG.normal(size=(40, 2)), 10, axis=0)
    own = of_columns("c", "w", values, pl.Series(np.repeat(np.arange(40), 10)), ranked=False)
    apart = of_columns("c", "w", values, pl.Series(range(400)), ranked=False)
    assert own.high - own.low > 2 * (apart.high - apart.low)
