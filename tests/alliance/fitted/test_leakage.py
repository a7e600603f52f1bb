"""No figure may profit from a patient, or a rating, that it is measured on."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.alliance.fitted.invented import material_of, names, rated_by

from attunement.alliance.fitted import CrossFitted, cross_fit, fit_model, learning_curve
from attunement.alliance.fitted._early import running_knots

Numbers = NDArray[np.float64]


def who_it_is(seed: int, *, patients: int, each: int) -> tuple[Numbers, Numbers]:
    """Features that say who the patient is and nothing else, and ratings that hang on that."""
    rng = np.random.default_rng(seed)
    columns = np.repeat(rng.standard_normal((patients, 60)), each, axis=0)
    columns += rng.normal(0, 0.3, columns.shape)
    ratings = 20 + np.repeat(rng.normal(0, 5, patients), each) + rng.normal(0, 1, patients * each)
    return columns, ratings


def test_knowing_who_the_patient_is_does_not_help_on_others() -> None:
    on_others, on_the_same, outcome = [], [], []
    for seed in range(8):
        columns, ratings = who_it_is(seed, patients=40, each=5)
        known = material_of(columns, names(40, 5))
        model = fit_model(known, [rated_by("patient", ratings)], seed=seed)
        (scale,) = model.scales
        seen = scale.head.predict(known.features.astype(np.float64))
        on_the_same.append(np.corrcoef(seen, ratings)[0, 1])
        on_others.append(scale.held_out.pearson)
        # With the patients unknown, each session stands for one, and who it is leaks.
        unknown = material_of(columns, [None] * len(columns))
        leaking = fit_model(unknown, [rated_by("patient", ratings)], seed=seed)
        outcome.append(leaking.scales[0].held_out.pearson)
    assert min(outcome) > 0.6
    assert max(on_the_same) > 0.6
    assert np.mean(on_others) < 0.1
    assert np.abs(on_others).max() < 0.45


def test_what_is_no_signal_at_a_knot_is_given_no_weight_there() -> None:
    slopes = []
    for seed in range(5):
        columns, ratings = who_it_is(seed, patients=40, each=5)
        so_far = {8: (range(200), columns)}
        material = material_of(columns, names(40, 5), so_far=so_far)
        (scale,) = fit_model(material, [rated_by("patient", ratings)], seed=seed).scales
        _, knot = scale.knots
        slopes.append(knot.slope * np.std(scale.head.predict(material.features.astype(float))))
    # In the ratings' unit, whose standard deviation is 5; leaking would make it 4 or so.
    assert np.mean(slopes) < 1.0


def test_a_line_is_not_flattened_by_how_much_the_heads_means_differ() -> None:
    slopes, right = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        # Ten patients of twenty sessions; the patient is as much in the ratings as the words are.
        columns, later = rng.standard_normal((200, 40)), rng.standard_normal((1_000, 40))
        who = np.repeat(rng.normal(0, 0.6, 10), 20)
        ratings = 20 + 0.5 * columns[:, 0] + who + rng.normal(0, 0.6, 200)
        material = material_of(columns, names(10, 20), so_far={8: (range(200), columns)})
        (scale,) = fit_model(material, [rated_by("patient", ratings)], seed=seed).scales
        slopes.append(scale.knots[1].slope)
        # The session so far is the whole session here, so the line that is right for further
        # patients is that of their ratings on the head's values.
        values = scale.head.predict(material_of(later, [None] * 1_000).features.astype(float))
        right.append(np.cov(values, 0.5 * later[:, 0])[0, 1] / np.var(values))
    # With each fold's values left on the mean of its others, the lines have .7 of that slope.
    assert 0.8 * np.mean(right) < np.mean(slopes) < 1.1 * np.mean(right)


def test_how_often_a_running_interval_holds_is_counted_on_patients_left_out_of_it() -> None:
    folds = np.repeat(np.arange(5), 20)
    ratings = np.random.default_rng(4).normal(20, 1, 100)
    # Most ratings of one fold are far higher. An interval that has seen them is wide and holds
    # them; one that has not holds the five others of that fold and those of all other folds.
    ratings[:20] = [80.0] * 15 + [20.0] * 5
    values = np.zeros(100)
    crossed = CrossFitted(
        rated=rated_by("patient", ratings),
        folds=folds,
        estimates=values,
        half_widths=values,
        centres=values,
        before_closing=values,
        at_knots={8: values},
    )
    knots = running_knots(crossed, level=0.9)
    assert [knot.turns for knot in knots] == [1, 8]
    for knot in knots:
        assert np.mean(np.abs(ratings - knot.intercept) <= knot.half_width + 1e-9) >= 0.9
        assert knot.coverage == pytest.approx(0.85)


def test_running_intervals_hold_further_patients_ratings_as_often_as_is_said() -> None:
    said, held = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        slopes = rng.standard_normal(8)
        columns = rng.standard_normal((620, 8))
        ratings = 20 + columns @ slopes + rng.normal(0, 2, 620)
        early = columns + rng.normal(0, 1, columns.shape)
        material = material_of(columns[:120], names(40, 3), so_far={8: (range(120), early[:120])})
        (scale,) = fit_model(material, [rated_by("patient", ratings[:120])], seed=seed).scales
        knot = scale.knots[1]
        later = material_of(early[120:], [None] * 500).features.astype(np.float64)
        found = scale.so_far(later, np.full(500, 8))
        said.append(knot.coverage)
        held.append(np.mean((found.low <= ratings[120:]) & (ratings[120:] <= found.high)))
    assert abs(np.mean(np.asarray(said, dtype=float)) - np.mean(held)) < 0.02
    assert abs(np.mean(held) - 0.9) < 0.03


def test_shuffled_ratings_are_not_found_again_and_intervals_still_hold() -> None:
    correlations, held, sessions = [], 0.0, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        columns = rng.standard_normal((100, 30))
        ratings = rng.permutation(20 + columns @ rng.standard_normal(30))
        (scale,) = fit_model(
            material_of(columns, names(25, 4)), [rated_by("patient", ratings)], seed=seed
        ).scales
        correlations.append(scale.held_out.pearson)
        held += scale.held_out.coverage * 100
        sessions += 100
    assert abs(np.mean(correlations)) < 0.15
    low, high = stats.binom.interval(0.999, sessions, 0.9)
    assert low <= held <= high


def test_the_coverage_reported_is_not_flattered_by_errors_on_sessions_learned_from() -> None:
    coverage = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        columns = rng.standard_normal((100, 80))
        ratings = 20 + columns @ rng.standard_normal(80) + rng.normal(0, 2, 100)
        material = material_of(columns, names(25, 4))
        (scale,) = fit_model(material, [rated_by("patient", ratings)], seed=seed).scales
        in_sample = ratings - scale.head.predict(material.features.astype(np.float64))
        # Heads with 80 columns for 100 sessions fit these far too well.
        assert np.std(in_sample) < 0.6 * scale.held_out.rmse
        coverage.append(scale.held_out.coverage)
    assert abs(np.mean(coverage) - 0.9) < 0.04


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_intervals_hold_the_ratings_of_patients_yet_to_come(level: float) -> None:
    held, sessions = 0, 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        slopes = rng.standard_normal(8)
        columns = rng.standard_normal((220, 8))
        ratings = 20 + columns @ slopes + rng.standard_t(4, 220) * 2
        material = material_of(columns[:120], names(40, 3))
        model = fit_model(material, [rated_by("patient", ratings[:120])], level=level, seed=seed)
        (scale,) = model.scales
        later = material_of(columns[120:], [None] * 100).features.astype(np.float64)
        found = scale.head.predict(later)
        held += int(np.sum(np.abs(found - ratings[120:]) <= scale.half_width))
        sessions += 100
    # The corpora differ in how wide their interval came out, so the bounds are those of a
    # binomial with that spread added: the half width rests on 120 errors.
    chance_of_one = level * (1 - level) / 120
    spread = np.sqrt(level * (1 - level) / sessions + chance_of_one / 15)
    assert abs(held / sessions - level) < 3.3 * spread


def test_each_session_is_estimated_by_heads_that_never_saw_its_patient() -> None:
    columns, ratings = who_it_is(3, patients=12, each=5)
    material = material_of(columns, names(12, 5), so_far={4: (range(60), columns)})
    one = rated_by("patient", ratings)
    before = cross_fit(material, [one], seed=1)[id(one)]
    # Whatever the last patient rated, the estimates of that patient's sessions stay as they are.
    other = rated_by("patient", np.append(ratings[:-5], [900.0, -900, 400, 0, 7]))
    after = cross_fit(material, [other], seed=1)[id(other)]
    np.testing.assert_array_equal(before.estimates[-5:], after.estimates[-5:])
    np.testing.assert_array_equal(before.half_widths[-5:], after.half_widths[-5:])
    np.testing.assert_array_equal(before.at_knots[4][-5:], after.at_knots[4][-5:])
    assert np.any(np.abs(before.estimates[:-5] - after.estimates[:-5]) > 1)


def test_the_learning_curve_does_not_measure_on_patients_it_learned_from() -> None:
    found = []
    for seed in range(6):
        columns, ratings = who_it_is(seed, patients=40, each=5)
        curve = learning_curve(
            material_of(columns, names(40, 5)), rated_by("patient", ratings), seed=seed
        )
        found.append(curve["pearson"].mean())
    assert abs(np.mean(np.asarray(found, dtype=float))) < 0.15
