"""The cluster bootstrap: whole patients, paired draws, intervals that hold."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from attunement.statistics import Resampling, spearmans, together


def naive(x: np.ndarray, y: np.ndarray, patients: np.ndarray, *, draws: int) -> tuple[float, float]:
    """Draw patients, put their rows together, correlate: one draw after the other."""
    generator = np.random.default_rng(7)
    names = np.unique(patients)
    members = [np.flatnonzero(patients == name) for name in names]
    found = []
    for _ in range(draws):
        rows = np.concatenate([members[k] for k in generator.integers(0, len(names), len(names))])
        found.append(stats.spearmanr(x[rows], y[rows]).statistic)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def test_the_interval_is_that_of_drawing_patients_one_draw_after_the_other() -> None:
    generator = np.random.default_rng(1)
    patients = np.sort(generator.integers(0, 25, 120)).astype(str)
    x = np.round(generator.standard_normal(120), 1)
    y = np.round(0.6 * x + generator.standard_normal(120))
    resampling = Resampling.of(pl.Series(patients), draws=250, seed=7)
    (found,) = resampling.intervals(spearmans(x, y))
    assert (found.low, found.high) == pytest.approx(naive(x, y, patients, draws=250), abs=1e-12)
    assert found.value == pytest.approx(stats.spearmanr(x, y).statistic)


def test_the_interval_draws_whole_patients() -> None:
    # Forty sessions of each of five patients say the same: drawn one by one, they look like much.
    x = np.repeat(np.random.default_rng(2).standard_normal(5), 40)

    def width(clusters: np.ndarray) -> float:
        resampling = Resampling.of(pl.Series(clusters), draws=400, seed=0)
        (found,) = resampling.intervals(
            lambda weights: (weights @ x / weights.sum(axis=1))[:, None]
        )
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low

    assert width(np.repeat(np.arange(5), 40)) > 3 * width(np.arange(200))


def test_draws_of_a_subset_are_those_of_the_whole() -> None:
    x = np.arange(30.0)
    whole = Resampling.of(pl.Series(np.arange(30) // 3), draws=200, seed=3)
    rows = np.arange(0, 30, 2)
    part = whole.at(rows)
    (paired,) = part.intervals(lambda weights: (weights @ x[rows] - weights @ x[rows])[:, None])
    assert paired.value == 0
    assert paired.low is None  # the same in every draw: no interval
    assert np.shares_memory(part.counts, whole.counts)


def test_portions_of_draws_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(5)
    x, y = generator.standard_normal((2, 40))
    resampling = Resampling.of(pl.Series(np.arange(40)), draws=300, seed=1)
    at_once = resampling.intervals(together(spearmans(x, y), spearmans(y, x)))
    monkeypatch.setattr("attunement.statistics._drawn._CELLS", 170)
    in_portions = resampling.intervals(together(spearmans(x, y), spearmans(y, x)))
    assert at_once == in_portions


def test_one_patient_gives_a_figure_and_no_interval() -> None:
    x = np.arange(8.0)
    resampling = Resampling.of(pl.Series(["p"] * 8), draws=200, seed=0)
    (found,) = resampling.intervals(spearmans(x, x**2))
    assert found.value == pytest.approx(1)
    assert (found.low, found.high) == (None, None)


def test_a_figure_undefined_in_many_draws_has_no_interval() -> None:
    # One of six rows differs: a third of the draws leave it out, and then nothing varies.
    x = np.array([0, 0, 0, 0, 0, 1.0])
    resampling = Resampling.of(pl.Series(np.arange(6)), draws=400, seed=0)
    (found,) = resampling.intervals(spearmans(x, np.arange(6.0)))
    assert found.value is not None
    assert found.low is None


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    # 40 patients with four sessions each, half the variance between patients; true rho .5.
    generator = np.random.default_rng(12)
    truth, held, trials = 6 / np.pi * np.arcsin(0.5 / 2), 0, 150
    for trial in range(trials):
        shared, own = generator.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], (2, 160))
        between = shared[:40].repeat(4, axis=0)
        x, y = ((between + own) / np.sqrt(2)).T
        clusters = pl.Series(np.repeat(np.arange(40), 4))
        resampling = Resampling.of(clusters, draws=199, seed=trial)
        (found,) = resampling.intervals(spearmans(x, y))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.88 <= held / trials <= 0.985
