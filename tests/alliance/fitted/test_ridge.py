"""Heads: the same numbers as refitting plainly, patients left out whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.alliance.fitted._ridge import PENALTIES, Groups, Scaling, fit_heads

Numbers = NDArray[np.float64]


def plainly(scaled: Numbers, ratings: Numbers, penalty: float) -> tuple[Numbers, float]:
    """Ridge with a free intercept, by the normal equations: slopes and intercept."""
    centre, mean = scaled.mean(axis=0), ratings.mean()
    away = scaled - centre
    left = away.T @ away + penalty * np.eye(scaled.shape[1])
    slopes = np.linalg.solve(left, away.T @ (ratings - mean))
    return slopes, float(mean - centre @ slopes)


def refitted(scaled: Numbers, ratings: Numbers, patients: Groups, penalty: float) -> Numbers:
    """Each session's value from a fit without its patient."""
    found = np.empty(len(ratings))
    for patient in np.unique(patients):
        left = patients == patient
        slopes, intercept = plainly(scaled[~left], ratings[~left], penalty)
        found[left] = intercept + scaled[left] @ slopes
    return found


def material(
    *, seed: int, sessions: int = 40, width: int = 6, scales: int = 2
) -> tuple[Numbers, Numbers, Groups, Numbers]:
    """Features with gaps, a constant and an unknown column; patients of one to many sessions."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((sessions, width)) * rng.uniform(0.1, 50, width) + 7
    features[rng.uniform(size=features.shape) < 0.1] = np.nan
    features[:, 1], features[:, 2] = 4.2, np.nan
    ratings = np.nan_to_num(features[:, :1]) * [1.0, -0.2][:scales] + rng.normal(
        0, 9, (sessions, scales)
    )
    patients = rng.integers(0, 12, sessions)
    return features, ratings, patients, rng.uniform(0.05, 1.0, width)


SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(seed=SEEDS)
def test_what_is_said_of_left_out_patients_is_what_refitting_without_them_says(seed: int) -> None:
    features, ratings, patients, weights = material(seed=seed)
    scaled = Scaling.of(features, weights).apply(features)
    for scale, fitted in enumerate(fit_heads(features, ratings, patients, column_weights=weights)):
        expected = refitted(scaled, ratings[:, scale], patients, fitted.head.penalty)
        np.testing.assert_allclose(fitted.predictions, expected, rtol=1e-7, atol=1e-7)


@settings(deadline=None)
@given(seed=SEEDS)
def test_the_penalty_is_the_one_that_does_best_on_left_out_patients(seed: int) -> None:
    features, ratings, patients, weights = material(seed=seed, scales=1)
    scaled = Scaling.of(features, weights).apply(features)
    errors = [
        np.sum((ratings[:, 0] - refitted(scaled, ratings[:, 0], patients, penalty)) ** 2)
        for penalty in PENALTIES
    ]
    (fitted,) = fit_heads(features, ratings, patients, column_weights=weights)
    chosen = errors[PENALTIES.index(fitted.head.penalty)]
    assert chosen <= min(errors) * (1 + 1e-9)


@settings(deadline=None)
@given(seed=SEEDS)
def test_a_head_is_plain_ridge_on_the_scaled_features(seed: int) -> None:
    features, ratings, patients, weights = material(seed=seed)
    scaling = Scaling.of(features, weights)
    for scale, fitted in enumerate(fit_heads(features, ratings, patients, column_weights=weights)):
        head = fitted.head
        slopes, intercept = plainly(scaling.apply(features), ratings[:, scale], head.penalty)
        np.testing.assert_allclose(head.slopes, slopes, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(head.intercept, intercept)
        np.testing.assert_allclose(
            head.predict(features), intercept + scaling.apply(features) @ slopes
        )


def test_noise_is_penalised_most_and_a_clear_signal_little() -> None:
    rng = np.random.default_rng(1)
    features, patients = rng.standard_normal((400, 5)), np.arange(400) // 4
    weights = np.full(5, 0.2)
    ratings = np.column_stack([rng.standard_normal(400), features @ [3.0, -2, 1, 0, 4]])
    noise, clear = fit_heads(features, ratings, patients, column_weights=weights)
    assert noise.head.penalty == max(PENALTIES)
    assert clear.head.penalty == min(PENALTIES)


def test_a_planted_signal_is_found_again_in_new_sessions() -> None:
    rng = np.random.default_rng(2)
    truth = rng.standard_normal(10)
    features = rng.standard_normal((600, 10)) * 30 + 100
    ratings = 20 + (features - 100) @ truth / 30 + rng.normal(0, 0.3, 600)
    (fitted,) = fit_heads(
        features[:300],
        ratings[:300, None],
        np.arange(300) // 3,
        column_weights=np.full(10, 0.1),
    )
    errors = ratings[300:] - fitted.head.predict(features[300:])
    assert np.sqrt(np.mean(errors**2)) < 0.35
    assert abs(errors.mean()) < 0.1


def test_scales_fitted_together_are_those_fitted_apart() -> None:
    features, ratings, patients, weights = material(seed=8)
    together = fit_heads(features, ratings, patients, column_weights=weights)
    for scale, one in enumerate(together):
        (apart,) = fit_heads(features, ratings[:, [scale]], patients, column_weights=weights)
        np.testing.assert_allclose(one.head.slopes, apart.head.slopes, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(one.predictions, apart.predictions, rtol=1e-9)
        assert one.head.penalty == apart.head.penalty


def test_the_order_of_sessions_changes_nothing() -> None:
    features, ratings, patients, weights = material(seed=8)
    order = np.random.default_rng(0).permutation(len(features))
    straight = fit_heads(features, ratings, patients, column_weights=weights)
    mixed = fit_heads(features[order], ratings[order], patients[order], column_weights=weights)
    for one, other in zip(straight, mixed, strict=True):
        np.testing.assert_allclose(one.predictions[order], other.predictions, rtol=1e-8)
        np.testing.assert_allclose(one.head.slopes, other.head.slopes, rtol=1e-8, atol=1e-10)


def test_the_unit_a_feature_comes_in_changes_nothing() -> None:
    features, ratings, patients, weights = material(seed=8)
    units = np.array([1e3, 1.0, 1.0, 1e-3, 60.0, 1.0])
    there = fit_heads(features, ratings, patients, column_weights=weights)
    elsewhere = fit_heads(features * units - 3, ratings, patients, column_weights=weights)
    for one, other in zip(there, elsewhere, strict=True):
        np.testing.assert_allclose(one.predictions, other.predictions, rtol=1e-8)


def test_a_column_that_weighs_more_is_used_more() -> None:
    signal = np.random.default_rng(4).standard_normal(60)
    (fitted,) = fit_heads(
        np.column_stack([signal, signal]),
        (signal + 5)[:, None],
        np.arange(60),
        column_weights=np.array([0.9, 0.1]),
    )
    use = fitted.head.slopes * fitted.head.scaling.factor
    np.testing.assert_allclose(use[0] / use[1], 9.0)


def test_scaling_knows_gaps_and_columns_that_do_not_vary() -> None:
    features = np.array(
        [[1.0, 5, np.nan, 0.1 + 0.2], [3, 5, np.nan, 0.3], [np.nan, 5, np.nan, 0.3]]
    )
    scaling = Scaling.of(features, np.array([0.25, 1, 1, 1]))
    np.testing.assert_allclose(scaling.mean[:2], [2.0, 5.0])
    np.testing.assert_allclose(scaling.factor, [0.5, 0, 0, 0])
    np.testing.assert_array_equal(
        scaling.apply(features), [[-0.5, 0, 0, 0], [0.5, 0, 0, 0], [0, 0, 0, 0]]
    )
    # What did not vary before may vary in a further session, and must not count then either.
    np.testing.assert_array_equal(scaling.apply(np.array([[4.0, 9, 9, 9]])), [[1.0, 0, 0, 0]])


@pytest.mark.parametrize("weights", [(0.3, 0.7), (2.0, 0.1)])
def test_the_variance_of_a_scaled_column_is_its_weight(weights: tuple[float, float]) -> None:
    features = np.random.default_rng(0).normal(40, 9, (30, 2))
    scaled = Scaling.of(features, np.array(weights)).apply(features)
    np.testing.assert_allclose(scaled.var(axis=0), weights)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
