"""Features of a session: their definitions, and the same ones however its turns come in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.alliance.fitted.invented import DIMENSION, WIDTH, first, turns_of

from attunement.alliance.fitted._features import Layout, SessionSoFar, session_features
from attunement.alliance.fitted._ridge import Scaling
from attunement.alliance.fitted._signals import SpokenTurns
from attunement.tables import ROLES

Numbers = NDArray[np.float64]

ORDERS = st.lists(st.sampled_from(ROLES), min_size=1, max_size=60)
SEEDS = st.integers(0, 2**32 - 1)


def by_hand(turns: SpokenTurns) -> Numbers:
    """The definition, written turn by turn."""
    count = len(turns)
    blocks, contrast, length = [], [], []
    for side in (turns.of_patient, ~turns.of_patient):
        own = [place for place in range(count) if side[place]]
        signals = turns.signals.astype(np.float64)
        meanings, scores, logs = [], [], []
        for weigh in (
            lambda q, m: 1.0,
            lambda q, m: (q / m) ** 3,
            lambda q, m: (q / m) ** 10,
            lambda q, m: ((m + 1 - q) / m) ** 3,
        ):
            weights = np.array([weigh(place + 1, count) for place in own])
            mean = (
                sum(w * signals[place] for w, place in zip(weights, own, strict=True))
                / weights.sum()
                if own
                else np.full(signals.shape[1], np.nan)
            )
            meanings.append(mean[:DIMENSION])
            scores.append(mean[DIMENSION : DIMENSION + 4])
            logs.append(mean[-2])
        said = signals[own, DIMENSION : DIMENSION + 4]
        unheard = np.full(4, np.nan)
        blocks += meanings
        contrast += [
            *scores,
            said.std(axis=0) if own else unheard,
            said.min(axis=0) if own else unheard,
            said.max(axis=0) if own else unheard,
        ]
        words = turns.words[own]
        length += [
            *logs,
            np.log(1 + words).std() if own else np.nan,
            np.log(1 + len(own)),
            np.log(1 + words.sum()),
            np.mean(words <= 2) if own else np.nan,
        ]
    patient_words, therapist_words = (
        turns.words[side].sum() for side in (turns.of_patient, ~turns.of_patient)
    )
    share = np.log((1 + patient_words) / (1 + therapist_words))
    return np.concatenate([*blocks, *contrast, length, [share]])


def assert_same(found: Numbers, expected: Numbers, *, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-9)


@settings(deadline=None)
@given(roles=ORDERS, seed=SEEDS)
def test_features_are_what_their_definition_says(roles: list[str], seed: int) -> None:
    turns = turns_of(roles, seed=seed)
    # Squares are kept in single precision, so a spread of nearly nothing is known to 1e-3 or so.
    np.testing.assert_allclose(session_features(turns)[0], by_hand(turns), rtol=1e-6, atol=5e-3)
    exact = ~spread_columns()
    assert_same(session_features(turns)[0][exact], by_hand(turns)[exact])


def spread_columns() -> NDArray[np.bool_]:
    """Which columns hold a standard deviation."""
    columns = np.zeros(WIDTH, dtype=np.bool_)
    contrast = 8 * DIMENSION
    for start in (contrast + 16, contrast + 28 + 16):
        columns[start : start + 4] = True
    columns[[contrast + 56 + 4, contrast + 56 + 8 + 4]] = True
    return columns


@settings(deadline=None)
@given(roles=ORDERS, seed=SEEDS, data=st.data())
def test_turns_may_come_one_by_one_in_parts_or_at_once(
    roles: list[str], seed: int, data: st.DataObject
) -> None:
    turns = turns_of(roles, seed=seed)
    cuts = data.draw(st.lists(st.integers(0, len(roles)), max_size=5).map(sorted))
    at_once, in_parts, one_by_one = (SessionSoFar(DIMENSION) for _ in range(3))
    at_once.add(turns, 0, len(turns))
    for start, stop in zip([0, *cuts], [*cuts, len(turns)], strict=True):
        in_parts.add(turns, start, stop)
    for place in range(len(turns)):
        one_by_one.add(turns, place, place + 1)
    assert_same(in_parts.features(), at_once.features())
    assert_same(one_by_one.features(), at_once.features())


@settings(deadline=None, max_examples=40)
@given(roles=ORDERS, seed=SEEDS)
def test_the_features_so_far_are_those_of_a_session_that_ends_there(
    roles: list[str], seed: int
) -> None:
    turns = turns_of(roles, seed=seed)
    every = session_features(turns, at=range(1, len(turns) + 1))
    for count, row in enumerate(every, start=1):
        assert_same(row, session_features(first(turns, count))[0])


def test_the_first_turn_weighs_most_early_and_least_late() -> None:
    turns = turns_of(["patient"] * 4)
    weights = {
        "all": np.array([1, 1, 1, 1]),
        "late": np.array([1, 8, 27, 64]) / 64,
        "last": np.array([1, 2**10, 3**10, 4**10]) / 4**10,
        "early": np.array([64, 27, 8, 1]) / 64,
    }
    found = session_features(turns)[0]
    layout = Layout(DIMENSION)
    for place, (name, weight) in enumerate(weights.items()):
        assert layout.names[place] == f"patient.{name}.meaning"
        mean = (weight @ turns.signals[:, :DIMENSION].astype(float)) / weight.sum()
        start = place * DIMENSION
        assert_same(found[start : start + DIMENSION], mean)


def test_the_width_of_a_row_is_the_layouts_and_so_are_the_weights() -> None:
    for dimension in (1, 3, 64):
        layout = Layout(dimension)
        row = session_features(turns_of(["patient", "therapist"], dimension=dimension))[0]
        assert row.shape == (layout.width,) == layout.column_weights().shape
        assert layout.width == 8 * dimension + 73
        # What a block counts for does not depend on how many columns it has.
        np.testing.assert_allclose(layout.column_weights().sum(), 8 * 0.1 + 2.0 + 1.0)
        np.testing.assert_allclose(layout.column_weights()[: 8 * dimension].sum(), 0.8)


def test_a_side_that_is_not_heard_is_unknown_and_counts_as_average() -> None:
    alone = session_features(turns_of(["patient"] * 5))[0]
    both = session_features(turns_of(["patient", "therapist"] * 5, seed=1))[0]
    theirs = slice(4 * DIMENSION, 8 * DIMENSION)
    assert np.isnan(alone[theirs]).all()
    assert np.isfinite(alone[: 4 * DIMENSION]).all()
    assert np.isfinite(both).all()
    other = session_features(turns_of(["therapist", "patient"] * 5, seed=2))[0]
    scaling = Scaling.of(np.stack([both, other]), np.ones(WIDTH))
    scaled = scaling.apply(alone[None])[0]
    assert (scaled[np.isnan(alone)] == 0).all()
    assert np.isfinite(scaled).all()


def test_when_the_sides_change_places_so_do_their_features() -> None:
    roles = ["patient", "therapist", "therapist", "patient", "therapist"]
    turns = turns_of(roles, seed=9)
    swapped = SpokenTurns(~turns.of_patient, turns.signals, turns.words)
    there, back = session_features(turns)[0], session_features(swapped)[0]
    ends = [4 * DIMENSION, 8 * DIMENSION, 8 * DIMENSION + 28, 8 * DIMENSION + 56, WIDTH - 9]
    patient, therapist, patient_scores, therapist_scores, patient_length, rest = np.split(
        there, ends
    )
    therapist_length, share = rest[:8], rest[8:]
    expected = [therapist, patient, therapist_scores, patient_scores]
    expected += [therapist_length, patient_length, -share]
    assert_same(back, np.concatenate(expected))


@pytest.mark.parametrize("together", [1, 7, 5_000])
def test_very_long_sessions_keep_their_precision(together: int) -> None:
    roles = np.random.default_rng(0).choice(ROLES, 5_000).tolist()
    turns = turns_of(roles, seed=4)
    so_far = SessionSoFar(DIMENSION)
    for start in range(0, len(turns), together):
        so_far.add(turns, start, min(start + together, len(turns)))
    exact = ~spread_columns()
    assert_same(so_far.features()[exact], by_hand(turns)[exact], rtol=1e-8)


def test_a_side_first_heard_at_the_very_end_of_a_very_long_session_is_heard_right() -> None:
    turns = turns_of(["therapist"] * 4_999 + ["patient"])
    found = session_features(turns)[0][: 4 * DIMENSION].reshape(4, DIMENSION)
    said = turns.signals[-1, :DIMENSION]
    np.testing.assert_allclose(found, np.tile(said, (4, 1)), atol=1e-3)
