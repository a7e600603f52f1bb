"""What a fitted model promises: estimates on the questionnaire's scale, never from the future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alliance.fitted.invented import DIMENSION, WIDTH, first, hearing, turns_of

from attunement.alliance.fitted import Estimated, FittedModel, HeldOut, Knot, ScaleModel
from attunement.alliance.fitted._features import session_features
from attunement.alliance.fitted._ridge import Head, Scaling
from attunement.tables import ROLES

HELD_OUT = HeldOut(60, 12, 0.5, 0.5, 5.0, 6.0, 0.9, 0.8, 1.0, 0.25, 0.7, 16.0)
KNOTS = (Knot(4, 24.0, 0.1, 9.0, 60), Knot(16, 4.0, 0.9, 6.0, 50))


def scale_model(*, knots: tuple[Knot, ...] = KNOTS, steep: float = 1.0) -> ScaleModel:
    """A head with known slopes on every feature."""
    rng = np.random.default_rng(11)
    scaling = Scaling(mean=rng.standard_normal(WIDTH), factor=rng.uniform(0.1, 1, WIDTH))
    slopes = steep * rng.standard_normal(WIDTH)
    return ScaleModel(
        perspective="patient",
        instrument="SRS",
        scale="alliance",
        head=Head(scaling, slopes, 25.0, 1.0),
        lowest=8.0,
        highest=40.0,
        half_width=5.0,
        knots=knots,
        held_out=HELD_OUT,
    )


def model_of(*scales: ScaleModel) -> FittedModel:
    return FittedModel(
        encoder_name="invented",
        encoder_fingerprint="invented-1",
        hearing=hearing(),
        scales=scales,
        level=0.9,
        learned_from=frozenset(),
        patients=frozenset(),
    )


ORDERS = st.lists(st.sampled_from(ROLES), min_size=1, max_size=40)


def test_its_estimates_are_on_a_common_scale() -> None:
    assert FittedModel.on_common_scale is True
    assert model_of(scale_model()).on_common_scale is True
    assert model_of(scale_model()).name == "fitted"


@settings(deadline=None)
@given(roles=ORDERS, seed=st.integers(0, 2**32 - 1), steep=st.sampled_from([0.0, 0.3, 1, 50]))
def test_estimates_stay_on_the_scale_and_inside_their_intervals_unless_these_lie_beyond_it(
    roles: list[str], seed: int, steep: float
) -> None:
    turns = turns_of(roles, seed=seed)
    for knots in (KNOTS, ()):
        model = model_of(scale_model(steep=steep, knots=knots))
        whole = model.estimate(turns)
        for found, count in ((whole, 1), (model.after_each_turn(turns), len(turns))):
            (one,) = found
            assert one.estimate.shape == one.low.shape == one.high.shape == (count,)
            assert ((one.estimate >= 8) & (one.estimate <= 40)).all()
            middle = (one.low + one.high) / 2
            if knots or found is whole:
                # Clipping the interval as well would cost coverage at the ends of the scale.
                np.testing.assert_allclose(one.estimate, np.clip(middle, 8, 40))


def test_intervals_are_cut_to_what_the_questionnaire_allows_and_estimates_are_not_moved() -> None:
    turns = turns_of(["patient", "therapist"] * 6, seed=2)
    free = scale_model(steep=0.3)
    (before,) = model_of(free).estimate(turns)
    low, high = float(before.low[0]) + 2, float(before.high[0]) - 1
    cut = model_of(replace(free, bounds=(low, high)))
    (after,) = cut.estimate(turns)
    assert (after.estimate[0], after.low[0], after.high[0]) == (before.estimate[0], low, high)
    for running in cut.after_each_turn(turns):
        assert ((running.low >= low) & (running.high <= high)).all()
    wide = model_of(replace(free, bounds=(-1e3, 1e3)))
    np.testing.assert_array_equal(wide.estimate(turns)[0].high, before.high)


def test_the_estimate_is_the_heads_value_give_or_take_the_half_width() -> None:
    turns = turns_of(["patient", "therapist"] * 6, seed=2)
    scale = scale_model(steep=0.05)
    features = session_features(turns)
    known = np.where(np.isnan(features), scale.head.scaling.mean, features)[0]
    value = 25 + ((known - scale.head.scaling.mean) * scale.head.scaling.factor) @ scale.head.slopes
    assert 8 + 5 < value < 40 - 5
    (found,) = model_of(scale).estimate(turns)
    np.testing.assert_allclose(
        [found.estimate[0], found.low[0], found.high[0]], [value, value - 5, value + 5]
    )


@settings(deadline=None)
@given(roles=ORDERS, seed=st.integers(0, 2**32 - 1))
def test_the_estimate_after_a_turn_is_that_of_a_session_that_ends_there(
    roles: list[str], seed: int
) -> None:
    turns = turns_of(roles, seed=seed)
    model = model_of(scale_model())
    (running,) = model.after_each_turn(turns)
    for count in range(1, len(turns) + 1):
        (there,) = model.after_each_turn(first(turns, count))
        for name in Estimated.__slots__:
            now, alone = getattr(running, name)[count - 1], getattr(there, name)[-1]
            np.testing.assert_allclose(now, alone, rtol=1e-6)


def test_what_comes_later_does_not_change_what_was_estimated_before() -> None:
    roles = ["patient", "therapist"] * 10
    turns, other = turns_of(roles, seed=1), turns_of(roles, seed=2)
    mixed = replace(
        turns,
        signals=np.vstack([turns.signals[:9], other.signals[9:] * 30]),
        words=np.concatenate([turns.words[:9], other.words[9:] * 9]),
    )
    model = model_of(scale_model(steep=0.05))
    (one,), (two,) = model.after_each_turn(turns), model.after_each_turn(mixed)
    np.testing.assert_array_equal(one.estimate[:9], two.estimate[:9])
    np.testing.assert_array_equal(one.high[:9], two.high[:9])
    assert np.abs(one.estimate[9:] - two.estimate[9:]).max() > 0.1


def test_a_running_estimate_is_the_heads_value_so_far_calibrated_for_the_turn() -> None:
    turns = turns_of(["patient", "therapist"] * 10, seed=3)
    scale = scale_model(steep=0.02)
    (found,) = model_of(scale).after_each_turn(turns)
    for count, intercept, slope, width in ((4, 24, 0.1, 9), (8, 14, 0.5, 7.5), (16, 4, 0.9, 6)):
        value = scale.head.predict(session_features(first(turns, count)))[0]
        expected = intercept + slope * value
        np.testing.assert_allclose(found.estimate[count - 1], expected, rtol=1e-9)
        np.testing.assert_allclose(found.low[count - 1], expected - width, rtol=1e-9)
    last = scale.head.predict(session_features(turns))[0]
    np.testing.assert_allclose(found.estimate[-1], 4 + 0.9 * last, rtol=1e-9)


def test_without_knots_only_the_mean_rating_is_known_until_the_end() -> None:
    turns = turns_of(["patient", "therapist"] * 4)
    model = model_of(scale_model(knots=()))
    (found,) = model.after_each_turn(turns)
    assert set(found.estimate) == {25.0}
    assert set(found.low) == {8.0}
    assert set(found.high) == {40.0}
    (whole,) = model.estimate(turns)
    assert whole.estimate[0] != 25.0


@pytest.mark.parametrize("role", ROLES)
def test_a_side_that_said_nothing_leaves_an_estimate(role: str) -> None:
    turns = turns_of([role] * 5)
    (whole,) = model_of(scale_model(steep=0.02)).estimate(turns)
    assert np.isfinite([whole.estimate[0], whole.low[0], whole.high[0]]).all()


def test_each_scale_has_its_own_estimate_in_order() -> None:
    one = scale_model(steep=0.02)
    two = replace(one, perspective="therapist", head=replace(one.head, intercept=30.0))
    turns = turns_of(["patient", "therapist"] * 3)
    model = model_of(one, two)
    first_found, second_found = model.estimate(turns)
    np.testing.assert_allclose(second_found.estimate - first_found.estimate, 5.0)
    assert session_features(turns).shape == (1, WIDTH)
    assert model.hearing.dimension == DIMENSION
