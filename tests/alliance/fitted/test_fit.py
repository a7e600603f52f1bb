"""Fitting: what can be learned is found, what cannot is refused with what would do."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal
from scipy import stats
from tests.alliance.fitted.invented import WIDTH, material_of, names, rated_by, ratings_frame

from attunement.alliance.fitted import (
    Material,
    Rated,
    cross_closing,
    cross_estimates,
    cross_fit,
    fit_model,
    rated_sessions,
    steps_of,
)
from attunement.alliance.fitted._cross import FOLDS, _folds
from attunement.alliance.fitted._early import knots_without
from attunement.alliance.fitted._features import Layout
from attunement.alliance.fitted._model import HeldOut
from attunement.alliance.fitted._rated import patients_of
from attunement.errors import DataError
from attunement.tables import ESTIMATES


def invented(sessions: int = 60, patients: int = 12, *, seed: int = 0) -> Material:
    columns = np.random.default_rng(seed).standard_normal((sessions, 6))
    whose = [f"p{row % patients}" for row in range(sessions)]
    so_far = {4: (range(sessions), columns / 2)}
    return material_of(columns, whose, so_far=so_far)


def linear(material: Material, *, seed: int = 1) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    noise = np.random.default_rng(seed).normal(0, 0.5, len(material.features))
    return np.asarray(20 + material.features[:, :3].astype(float) @ [3, -2, 1] + noise)


@pytest.mark.parametrize(
    ("sessions", "patients", "found", "mend"),
    [
        (49, 12, "found 49 rated sessions of 12 patients", "Add 1 more rated session"),
        (60, 9, "found 60 rated sessions of 9 patients", "Add 1 more patient"),
        (20, 4, "20 rated sessions of 4 patients", "30 more rated sessions and 6 more patients"),
    ],
)
def test_too_few_sessions_or_patients_are_refused_with_how_many_would_do(
    sessions: int, patients: int, found: str, mend: str
) -> None:
    material = invented(sessions, patients)
    with pytest.raises(DataError) as refused:
        rated_sessions(material, ratings_frame(linear(material)))
    message = str(refused.value)
    assert found in message
    assert "at least 50 sessions of 10 patients" in message
    assert re.search(rf"{mend}\b", message)


def test_just_enough_is_enough() -> None:
    material = invented(50, 10)
    (one,) = rated_sessions(material, ratings_frame(linear(material)))
    assert (len(one.rows), one.perspective, one.instrument, one.scale) == (
        50,
        "patient",
        "form",
        "total",
    )


def test_nothing_rated_is_refused() -> None:
    material = invented()
    for ratings in (
        material.ratings,
        ratings_frame(linear(material), rater="observer"),
        ratings_frame(linear(material)).with_columns(turn=pl.lit(3, pl.Int32)),
        ratings_frame(linear(material)).with_columns(session_id=pl.lit("elsewhere")),
    ):
        with pytest.raises(DataError, match="no session is rated by its patient or its therapist"):
            rated_sessions(material, ratings)


def test_ratings_that_are_all_equal_are_refused() -> None:
    with pytest.raises(DataError, match=r"all 60 ratings by the patients are 36.*differ"):
        rated_sessions(invented(), ratings_frame(np.full(60, 36.0)))


def test_two_instruments_of_one_side_are_refused_by_name() -> None:
    material = invented()
    other = ratings_frame(linear(material)).with_columns(instrument=pl.lit("another"))
    both = pl.concat([ratings_frame(linear(material)), other])
    with pytest.raises(DataError, match=r"form, another.*--instrument"):
        rated_sessions(material, both)
    # Each side may have its own.
    theirs = other.with_columns(rater=pl.lit("therapist"))
    found = rated_sessions(material, pl.concat([ratings_frame(linear(material)), theirs]))
    assert [(one.perspective, one.instrument) for one in found] == [
        ("patient", "form"),
        ("therapist", "another"),
    ]


def test_each_scale_is_learned_from_the_sessions_it_was_rated_of() -> None:
    material = invented(80)
    values = linear(material)
    bond = ratings_frame(values, scale="bond")
    task = ratings_frame(values / 2, scale="task")[20:]
    goal = ratings_frame(values, scale="goal")[:49]
    theirs = ratings_frame(values + 1, rater="therapist", scale="bond")
    mixed = pl.concat([theirs, bond, task.reverse(), goal])
    found = rated_sessions(material, mixed)
    assert [(one.perspective, one.scale, len(one.rows)) for one in found] == [
        ("patient", "bond", 80),
        ("patient", "task", 60),
        ("therapist", "bond", 80),
    ]
    for one, expected in zip(found, (values, values / 2, values + 1), strict=True):
        np.testing.assert_allclose(one.ratings, expected[one.rows])


def test_sessions_of_unknown_patients_count_as_of_one_each() -> None:
    material = material_of(np.zeros((4, 1)), ["a", None, "a", None])
    patients = patients_of(material)
    assert patients[0] == patients[2]
    assert len(set(patients.tolist())) == 3
    # A patient who happens to be called what an unknown one is called inside stays another.
    odd = patients_of(material_of(np.zeros((3, 1)), ["session 1", None, "1"]))
    assert len(set(odd.tolist())) == 3


def sides(material: Material) -> list[Rated]:
    """Both sides: the patients' first 55 sessions, the therapists' last 55 and all of them."""
    values = linear(material)
    patients = Rated("patient", "form", "total", np.arange(55), values[:55])
    bond = Rated("therapist", "form", "bond", np.arange(5, 60), values[5:] * 2)
    return [patients, bond, rated_by("therapist", values * 3, scale="task")]


def test_the_model_has_a_head_a_scale_in_the_order_given() -> None:
    material = invented()
    rated = sides(material)
    model = fit_model(material, rated)
    assert [(one.perspective, one.scale) for one in model.scales] == [
        ("patient", "total"),
        ("therapist", "bond"),
        ("therapist", "task"),
    ]
    features = material.features.astype(np.float64)
    for one, scale in zip(rated, model.scales, strict=True):
        estimates = scale.head.predict(features[one.rows])
        assert np.corrcoef(estimates, one.ratings)[0, 1] > 0.95
        # On its own questionnaire's scale, not on the other one's.
        assert abs(estimates.mean() - one.ratings.mean()) < 0.1 * np.std(one.ratings)
        assert (scale.lowest, scale.highest) == (one.ratings.min(), one.ratings.max())
        assert scale.held_out.sessions == len(one.rows)
        assert scale.held_out.patients == 12
        assert [knot.turns for knot in scale.knots] == [1, 4]
        # At the knot the features are half of what they are at the end, so the line there doubles
        # them; a little more, as a penalised head keeps its values small.
        assert 2.0 < scale.knots[1].slope < 2.6
        # One turn says nothing yet: the mean, and how far ratings lie from it.
        assert scale.knots[0].slope == 0
        assert scale.knots[0].intercept == pytest.approx(one.ratings.mean())
        off = np.abs(one.ratings - one.ratings.mean())
        assert np.mean(off <= scale.knots[0].half_width) >= 0.9
    assert model.learned_from == frozenset(material.marks)


def test_scales_fitted_beside_others_are_as_if_fitted_alone() -> None:
    material = invented()
    for together, one in zip(
        fit_model(material, sides(material)).scales, sides(material), strict=True
    ):
        (alone,) = fit_model(material, [one]).scales
        np.testing.assert_allclose(together.head.slopes, alone.head.slopes, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(together.half_width, alone.half_width)
        np.testing.assert_allclose(together.held_out.pearson, alone.held_out.pearson)


def test_the_same_seed_gives_the_same_model_bit_for_bit_and_another_other_folds() -> None:
    material = invented()
    one, again, other = (fit_model(material, sides(material), seed=seed) for seed in (4, 4, 5))
    for first, second, third in zip(one.scales, again.scales, other.scales, strict=True):
        assert first.head.slopes.tobytes() == second.head.slopes.tobytes()
        assert (first.half_width, first.knots) == (second.half_width, second.knots)
        assert first.held_out == second.held_out
        assert first.held_out != third.held_out
        # The head itself is fitted on all sessions, whatever the folds.
        assert first.head.slopes.tobytes() == third.head.slopes.tobytes()


def test_scales_rated_of_the_same_sessions_share_their_steps() -> None:
    material = invented()
    values = linear(material)
    rated = [rated_by("patient", values), rated_by("therapist", values / 2)]
    assert steps_of(rated) == FOLDS + 1
    one, two = fit_model(material, rated).scales
    np.testing.assert_allclose(one.head.slopes, 2 * two.head.slopes, rtol=1e-9, atol=1e-12)


def test_the_interval_comes_from_the_errors_on_left_out_patients() -> None:
    material = invented()
    rated = rated_by("patient", linear(material))
    (scale,) = fit_model(material, [rated], level=0.8).scales
    errors = np.abs(rated.ratings - cross_fit(material, [rated], level=0.8)[id(rated)].estimates)
    # ceil(61 x .8) = 49: eleven of the sixty errors are larger.
    np.testing.assert_allclose(scale.half_width, np.sort(errors)[48])
    assert np.sum(errors > scale.half_width * (1 + 1e-9)) == 11


def test_every_step_is_told() -> None:
    material = invented()
    told: list[int] = []
    rated = sides(material)
    fit_model(material, rated, on_fold=told.append)
    assert sum(told) == len(told) == steps_of(rated) == 3 * (FOLDS + 1)


@settings(deadline=None)
@given(
    patients=st.lists(st.integers(0, 30), min_size=1, max_size=200),
    seed=st.integers(0, 2**32 - 1),
)
def test_folds_keep_a_patient_whole_and_are_about_equal(patients: list[int], seed: int) -> None:
    whose = np.asarray(patients, dtype=np.int64)
    folds = _folds(whose, seed=seed)
    for patient in np.unique(whose):
        assert len(np.unique(folds[whose == patient])) == 1
    counts = np.bincount(folds, minlength=FOLDS)
    assert len(counts) == FOLDS
    assert np.ptp(counts) <= np.bincount(whose).max()
    assert (counts > 0).sum() == min(FOLDS, len(np.unique(whose)))


def test_cross_estimates_are_a_row_a_session_side_and_scale_with_their_intervals() -> None:
    material = invented()
    rated = sides(material)
    crossed = cross_fit(material, rated)
    table = cross_estimates(material, crossed)
    assert table.select(ESTIMATES.schema.names()).schema == ESTIMATES.schema
    assert table.height == 55 + 55 + 60
    assert table["estimator"].unique().to_list() == ["fitted"]
    mine = table.filter(perspective="therapist", scale="bond")
    assert mine["session_id"].to_list() == [f"s{row}" for row in range(5, 60)]
    of_bond = crossed[id(rated[1])]
    # As the heads give them, for errors; what they began from stands beside, for correlations.
    np.testing.assert_allclose(mine["estimate"], of_bond.estimates)
    np.testing.assert_allclose(mine["mean_of_others"], of_bond.centres)
    for fold in range(FOLDS):
        left = of_bond.folds == fold
        others = of_bond.rated.ratings[~left].mean()
        np.testing.assert_allclose(of_bond.centres[left], others)
    middle = (mine["low"] + mine["high"]) / 2
    assert_series_equal(middle, mine["estimate"], check_names=False)
    width = mine["high"] - mine["low"]
    np.testing.assert_allclose(width, 2 * crossed[id(rated[1])].half_widths)


def test_the_figures_on_left_out_patients_are_what_their_names_say() -> None:
    held = HeldOut.of(
        ratings=np.array([1.0, 2.0, 3.0, 6.0]),
        estimates=np.array([1.0, 3.0, 2.0, 4.0]),
        centres=np.full(4, 2.0),
        half_widths=np.array([0.5, 0.5, 1.0, 2.0]),
        patients=np.array([7, 7, 8, 9]),
    )
    assert (held.sessions, held.patients) == (4, 3)
    # Errors 0, -1, 1, 2; ratings' mean 3, squares 4 + 1 + 0 + 9.
    np.testing.assert_allclose(held.rmse, np.sqrt(6 / 4))
    # The mean of the others is 2: to say it is off by -1, 0, 1, 4.
    np.testing.assert_allclose(held.rmse_of_mean, np.sqrt(18 / 4))
    np.testing.assert_allclose(held.pearson, 7 / np.sqrt(14 * 5))
    np.testing.assert_allclose(held.spearman, 0.8)
    np.testing.assert_allclose([held.coverage, held.width], [0.75, 2.0])
    # The lowest quarter is the rating of 1, whose error is 0.
    assert (held.share_of_lowest, held.coverage_of_lowest) == (0.25, 1.0)
    # Where the questionnaire goes from 1 to 5, .5 of the first interval and 1 of the last are cut.
    cut = HeldOut.of(
        ratings=np.array([1.0, 2.0, 3.0, 6.0]),
        estimates=np.array([1.0, 3.0, 2.0, 4.0]),
        centres=np.full(4, 2.0),
        half_widths=np.array([0.5, 0.5, 1.0, 2.0]),
        patients=np.array([7, 7, 8, 9]),
        bounds=(1.0, 5.0),
    )
    np.testing.assert_allclose([cut.coverage, cut.width], [0.75, (8 - 0.5 - 1) / 4])


@pytest.mark.parametrize(
    ("ratings", "share", "coverage"),
    [
        # Of 20 ratings 3 are 2 or less, and 14 are 4 or less: a quarter is nearest to the first.
        ([1] + [2] * 2 + [4] * 11 + [5] * 6, 0.15, 2 / 3),
        # Seven of twenty are the lowest there are.
        ([3] * 7 + [4] * 13, 0.35, 1 / 7),
        # Half of them are: no quarter can be told.
        ([3] * 10 + [5] * 10, None, None),
        # One of twenty is low, and all but that are equal.
        ([1] + [5] * 19, None, None),
    ],
)
def test_the_lowest_rated_are_as_near_a_quarter_as_equal_ratings_allow(
    ratings: list[int], share: float | None, coverage: float | None
) -> None:
    # Only the second, and all from the sixteenth on, are missed; or only the first is held.
    few = ratings[0] == ratings[1]
    held_ones = np.arange(20) < 1 if few else ~np.isin(np.arange(20), [1, *range(15, 20)])
    rated = np.asarray(ratings, dtype=float)
    found = HeldOut.of(
        ratings=rated,
        estimates=rated + np.where(held_ones, 0, 9),
        centres=np.zeros(20),
        half_widths=np.ones(20),
        patients=None,
    )
    assert found.share_of_lowest == share
    assert found.coverage_of_lowest == (None if coverage is None else pytest.approx(coverage))


def test_sessions_that_are_all_alike_give_a_model_that_agrees_with_nothing() -> None:
    material = material_of(np.ones((60, 4)), names(12, 5))
    ratings = np.random.default_rng(4).normal(20, 3, 60)
    (scale,) = fit_model(material, [rated_by("patient", ratings)]).scales
    assert (scale.held_out.pearson, scale.held_out.spearman) == (0.0, 0.0)
    assert np.isfinite([scale.held_out.coverage_low, scale.half_width]).all()


def test_the_interval_of_the_coverage_is_a_cluster_robust_one() -> None:
    # Ten patients of six sessions; all of a patient's are held, or none: worth ten, not sixty.
    held = np.repeat([True] * 8 + [False] * 2, 6)
    found = HeldOut.of(
        ratings=np.arange(60.0),
        estimates=np.arange(60.0) + np.where(held, 0.0, 9.0),
        centres=np.zeros(60),
        half_widths=np.ones(60),
        patients=np.repeat(np.arange(10), 6),
    )
    by_patient = np.array([1.0] * 8 + [0.0] * 2)
    reach = stats.t.ppf(0.975, 9) * by_patient.std(ddof=1) / np.sqrt(10)
    assert found.coverage == pytest.approx(0.8)
    assert found.coverage_low == pytest.approx(0.8 - reach)
    assert found.coverage_high == 1.0


def test_a_correlation_is_taken_of_estimates_less_the_mean_their_heads_began_from() -> None:
    ratings = np.array([1.0, 2.0, 3.0, 4.0])
    # Nothing is known but the others' mean, which is high where the left-out rate low.
    centres = np.array([3.5, 3.5, 1.5, 1.5])
    nudged = centres + np.array([-0.1, 0.1, -0.1, 0.1])
    held = HeldOut.of(
        ratings=ratings, estimates=nudged, centres=centres, half_widths=np.ones(4), patients=None
    )
    assert np.corrcoef(nudged, ratings)[0, 1] < -0.8
    assert held.pearson > 0
    assert held.patients is None


def test_ratings_that_have_nothing_to_do_with_the_text_correlate_with_nothing() -> None:
    found = []
    for seed in range(12):
        material = invented(60, 12, seed=seed)
        noise = np.random.default_rng(100 + seed).normal(20, 3, 60)
        (scale,) = fit_model(material, [rated_by("patient", noise)]).scales
        found.append(scale.held_out.pearson)
    # As they are, pooled estimates correlate about -.25 here.
    assert abs(np.mean(found)) < 0.15


def test_before_the_closing_the_heads_of_other_patients_speak() -> None:
    material = invented()
    rated = [rated_by("patient", linear(material), scale="alliance")]
    crossed = cross_fit(material, rated)
    table = cross_closing(material, crossed)
    assert table["session_id"].to_list() == material.sessions["session_id"].to_list()
    assert table["turn"].unique().to_list() == [9]
    assert table["task"].null_count() == table.height
    one = crossed[id(rated[0])]
    # Half the features, so half the way from the fold's own value at nought to the estimate. The
    # knot at four turns has half the features too, so the line there gives the other half back.
    halved = np.corrcoef(one.before_closing - one.centres, one.estimates - one.centres)[0, 1]
    assert halved > 0.95
    given = table["alliance"].to_numpy()
    spread = [np.std(values) for values in (given, one.before_closing, one.estimates)]
    assert spread[1] < 0.6 * spread[2]
    assert 0.9 * spread[2] < spread[0] < 1.3 * spread[2]
    # The line of the fold's others, kept within their ratings, and then moved to the common mean.
    ratings = one.rated.ratings
    for fold in range(FOLDS):
        left = one.folds == fold
        _, line = knots_without(one, fold, level=0.9)
        running = line.intercept + line.slope * one.before_closing[left]
        within = np.clip(running, ratings[~left].min(), ratings[~left].max())
        np.testing.assert_allclose(given[left], within - one.centres[left] + ratings.mean())


def test_before_the_closing_nothing_is_said_where_nothing_is_known_so_early() -> None:
    material = invented()
    noise = np.random.default_rng(2).standard_normal((60, 6))
    early = material_of(
        material.features[:, :6].astype(float), names(12, 5), so_far={8: (range(60), noise)}
    )
    one = rated_by("patient", linear(material), scale="alliance")
    crossed = cross_fit(early, [one])
    table = cross_closing(early, crossed)
    # After six turns the line is that of the knots at one and eight, and both are nearly flat,
    # whatever the heads make of the words.
    assert np.std(crossed[id(one)].before_closing) > 0.4 * np.std(one.ratings)
    assert np.std(table["alliance"].to_numpy()) < 0.2 * np.std(one.ratings)


def test_heads_that_may_hear_length_alone_hear_nothing_else() -> None:
    rng = np.random.default_rng(9)
    length = [
        place for place, weight in enumerate(Layout(2).column_weights(("length",))) if weight > 0
    ]
    features = rng.standard_normal((80, WIDTH))
    ratings = 20 + 2 * features[:, length[3]] + rng.normal(0, 1, 80)
    one = rated_by("patient", ratings)
    found = {}
    for name, others in (("same", features), ("other", rng.standard_normal((80, WIDTH)))):
        mixed = others.copy()
        mixed[:, length] = features[:, length]
        material = material_of(mixed, names(16, 5))
        found[name] = cross_fit(material, [one], kinds=("length",))[id(one)].estimates
    np.testing.assert_allclose(found["same"], found["other"])
    assert np.corrcoef(found["same"], ratings)[0, 1] > 0.7
    table = cross_estimates(material, cross_fit(material, [one]), name="length_alone")
    assert table["estimator"].unique().to_list() == ["length_alone"]


def test_a_signal_is_found_in_patients_left_out_and_narrows_the_interval() -> None:
    material = invented(120, 30)
    (scale,) = fit_model(material, [rated_by("patient", linear(material))]).scales
    held = scale.held_out
    assert held.pearson > 0.95
    assert held.rmse < 0.35 * held.rmse_of_mean
    assert held.width < 0.4 * (scale.highest - scale.lowest)


def test_few_patients_with_one_session_each_beside_one_with_very_many() -> None:
    rng = np.random.default_rng(0)
    columns = rng.standard_normal((100, 4))
    whose = ["much"] * 88 + names(12, 1)
    ratings = 10 + columns @ [2.0, 1, 0, 0]
    material = material_of(columns, whose)
    (scale,) = fit_model(material, [rated_by("patient", ratings)]).scales
    assert np.isfinite([scale.half_width, scale.held_out.pearson]).all()
    assert scale.held_out.patients == 13
