"""Alpha and omega against R's psych, and intervals that know whose the forms are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.reliability import (
    alpha,
    alpha_of,
    feldt,
    omega,
    omega_of,
    smallest_reliable_change,
)

REFERENCE = Path(__file__).parent / "reference"
RESULTS: dict[str, Any] = json.loads((REFERENCE / "reliability.json").read_text(encoding="utf-8"))
PARTS = {
    "all": (slice(None), slice(None)),
    "first four": (slice(None), slice(4)),
    "thirty forms": (slice(30), slice(None)),
}


def _parts(name: str) -> NDArray[np.float64]:
    table = pl.read_csv(REFERENCE / "answers.csv").to_numpy().astype(float)
    return np.asarray(table[PARTS[name]])


@pytest.mark.parametrize("name", PARTS)
def test_alpha_and_feldts_limits_are_psychs(name: str) -> None:
    found = alpha(_parts(name), draws=1, seed=1)
    assert found.estimate == pytest.approx(RESULTS[name]["alpha"], abs=1e-9)
    assert [found.ci_low, found.ci_high] == pytest.approx(RESULTS[name]["feldt"], abs=1e-9)


@pytest.mark.parametrize("name", PARTS)
def test_omega_is_psychs_on_correlations_and_on_covariances(name: str) -> None:
    parts = _parts(name)
    correlations = np.asarray(np.corrcoef(parts, rowvar=False))
    expected = RESULTS[name]
    assert float(omega_of(correlations)) == pytest.approx(
        expected["omega_of_correlations"], abs=2e-5
    )
    assert omega(parts, draws=1, seed=1).estimate == pytest.approx(expected["omega"], abs=2e-5)


def test_omega_finds_the_reliability_of_unequal_items_where_alpha_falls_short() -> None:
    loadings, unique = np.array([1.5, 1.0, 0.6, 0.2]), np.array([0.5, 1.0, 0.7, 1.2])
    covariances = np.outer(loadings, loadings) + np.diag(unique)
    true = loadings.sum() ** 2 / covariances.sum()
    assert float(omega_of(covariances)) == pytest.approx(true, abs=1e-8)
    assert float(alpha_of(covariances)) < true - 0.02


def test_forms_of_few_patients_give_a_wider_interval_than_as_many_of_strangers() -> None:
    rng = np.random.default_rng(4)
    whose = np.repeat(np.arange(25), 8)
    felt = rng.normal(size=25)[whose]
    parts = felt[:, None] + rng.normal(size=(25, 4))[whose] + 0.3 * rng.normal(size=(200, 4))
    strangers = alpha(parts, draws=999, seed=1)
    patients = alpha(parts, patients=whose, draws=999, seed=1)
    assert strangers.ci_low is not None
    assert strangers.ci_high is not None
    assert patients.ci_low is not None
    assert patients.ci_high is not None
    assert patients.estimate == strangers.estimate
    narrow = strangers.ci_high - strangers.ci_low
    assert patients.ci_high - patients.ci_low > 1.5 * narrow


def test_a_part_that_hardly_varies_leaves_an_interval_and_no_warning() -> None:
    rng = np.random.default_rng(2)
    felt = rng.normal(size=12)
    parts = np.round(5 + felt[:, None] + rng.normal(size=(12, 4)))
    parts[:, 0] = 9.5
    parts[3, 0] = 1
    found = omega(parts, draws=500, seed=1)
    assert found.ci_low is not None
    assert found.ci_low < found.estimate


def test_nine_patients_are_too_few_to_draw_again() -> None:
    parts = np.random.default_rng(1).normal(size=(90, 3))
    found = omega(parts, patients=np.repeat(np.arange(9), 10), draws=50, seed=1)
    assert found.ci_low is None
    assert found.ci_high is None


def test_the_bootstraps_limits_are_not_too_narrow_to_hold_the_true_omega() -> None:
    rng = np.random.default_rng(11)
    loadings = np.array([1.0, 0.8, 0.9, 0.7])
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + 4)
    held = 0
    for draw in range(200):
        parts = rng.normal(size=(80, 1)) * loadings + rng.normal(size=(80, 4))
        found = omega(parts, draws=400, seed=draw)
        assert found.ci_low is not None
        assert found.ci_high is not None
        held += found.ci_low <= true <= found.ci_high
    assert 170 <= held < 200


def test_jacobson_and_truaxs_threshold() -> None:
    # Their own case: SD 7.5, reliability .88: the standard error of a difference is 3.674.
    assert smallest_reliable_change(sd=7.5, reliability=0.88) / 1.96 == pytest.approx(
        3.674, abs=1e-3
    )


def test_a_sum_that_does_not_vary_has_no_coefficient() -> None:
    assert np.isnan(alpha_of(np.zeros((3, 3))))
    assert np.isnan(omega_of(np.zeros((3, 3))))
    assert feldt(float("nan"), n=10, k=4) == (None, None)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(3, 8), st.floats(0.1, 50))
def test_neither_coefficient_depends_on_the_unit_or_the_order_of_items(
    seed: int, k: int, unit: float
) -> None:
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(40, 1)) + rng.normal(size=(40, k)) * rng.uniform(0.3, 2, size=k)
    plain = np.cov(parts, rowvar=False)
    other = np.cov(parts[:, rng.permutation(k)] * unit, rowvar=False)
    assert float(alpha_of(other)) == pytest.approx(float(alpha_of(plain)), abs=1e-9)
    assert float(omega_of(other)) == pytest.approx(float(omega_of(plain)), abs=1e-6)
    assert float(omega_of(plain)) <= 1
