"""Bootstrap, permutations and shuffles: against exact answers."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.gap import corpora

from attunement.gap._role_permutation import role_null
from attunement.gap._slopes import Shuffle, Slopes, slopes
from attunement.gap._turns import Turns
from attunement.statistics import (
    Clusters,
    Design,
    Means,
    Null,
    Side,
    clustered,
    exchange_p,
    patient_means,
    sign_flip_p,
)
from attunement.tables import MEASURES

RNG = np.random.default_rng(11)


def _crossed(n_patients: int, n_therapists: int) -> pl.DataFrame:
    pairs = list(product(range(n_patients), range(n_therapists)))
    return pl.DataFrame(
        {
            "session_id": [f"s{at}" for at in range(len(pairs))],
            "patient_id": [f"p{patient}" for patient, _ in pairs],
            "therapist_id": [f"t{therapist}" for _, therapist in pairs],
        }
    )


def test_the_bootstrap_of_whole_patients_is_as_wide_as_the_spread_of_their_means() -> None:
    table = corpora.sessions(120, per_patient=4).drop("therapist_id")
    design = Design.of(table)
    values = np.repeat(RNG.normal(size=30), 4) + RNG.normal(0, 0.2, 120)
    clusters = Clusters.draw(design, draws=4000, rng=np.random.default_rng(0))
    found = clusters.estimate(0.0, [Side(np.arange(120), np.full(120, 1 / 120))], values)
    means = values.reshape(30, 4).mean(axis=1)
    expected = stats.t.ppf(0.975, 29) * means.std(ddof=1) / np.sqrt(30)
    assert found is not None
    assert found.ci_high == pytest.approx(expected, rel=0.05)


def test_crossed_patients_and_therapists_both_widen_the_bootstrap() -> None:
    # 25 x 25, one session each: Var(mean) = tau_p^2/25 + tau_t^2/25 + sigma^2/625.
    design = Design.of(_crossed(25, 25))
    widths = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        values = (
            np.repeat(rng.normal(0, 1, 25), 25)
            + np.tile(rng.normal(0, 1, 25), 25)
            + rng.normal(0, 2, 625)
        )
        clusters = Clusters.draw(design, draws=400, rng=rng)
        assert clusters.name == "patients and therapists"
        found = clusters.estimate(0.0, [Side(np.arange(625), np.full(625, 1 / 625))], values)
        assert found is not None
        widths.append(found.ci_high**2)
    expected = stats.t.ppf(0.975, 24) ** 2 * (2 / 25 + 4 / 625)
    assert np.mean(widths) == pytest.approx(expected, rel=0.15)


def test_few_therapists_are_not_drawn() -> None:
    few = Design.of(corpora.sessions(20, per_therapist=4))
    many = Design.of(corpora.sessions(40, per_therapist=4))
    rng = np.random.default_rng(0)
    assert Clusters.draw(few, draws=10, rng=rng).name == "patients"
    assert Clusters.draw(many, draws=10, rng=rng).name == "therapists"


def test_flipping_signs_is_exact_where_every_flip_is_tried() -> None:
    units = np.array([1.0, 2.0, 3.0, -0.5])
    flips = np.array(list(product([1, -1], repeat=4)))
    expected = np.mean(np.abs(flips @ units) >= 5.5 - 1e-9)
    assert sign_flip_p(units, draws=2000, rng=RNG) == pytest.approx(expected)
    assert sign_flip_p(np.array([1.0]), draws=2000, rng=RNG) is None


def test_exchanging_patients_is_scipys_exact_permutation_test() -> None:
    one, other = RNG.normal(1, 1, 5), RNG.normal(0, 3, 6)
    expected = stats.permutation_test(
        (one, other),
        lambda a, b: abs(stats.ttest_ind(a, b, equal_var=False).statistic),
        n_resamples=np.inf,
        alternative="greater",
        vectorized=False,
    )
    assert exchange_p(one, other, draws=2000, rng=RNG) == pytest.approx(expected.pvalue)


def test_many_patients_are_exchanged_at_random_and_agree_with_welch() -> None:
    one, other = RNG.normal(0.6, 1, 30), RNG.normal(0, 1, 40)
    expected = stats.ttest_ind(one, other, equal_var=False).pvalue
    found = exchange_p(one, other, draws=5000, rng=np.random.default_rng(0))
    assert found == pytest.approx(expected, abs=0.01)


def test_a_patients_sessions_are_exchanged_together() -> None:
    means = patient_means(np.array([1.0, 3.0, 10.0]), np.array([7, 7, 2]))
    assert means.tolist() == [10.0, 2.0]


def test_exchanged_roles_centre_on_no_gap_with_the_spread_of_the_blocks() -> None:
    # One pair of turns a tenth: the gap is the mean of ten differences, its null that of signs.
    values = RNG.normal(size=(1, 20))
    table = corpora.scores(1, 20, lambda session, time, therapist: values[session])
    turns = Turns.of(table, ["s0"])
    null = _role_null(turns.frame, 1, draws=20_000)
    differences = values[0, 1::2] - values[0, ::2]
    assert null.observed["x"].mean == pytest.approx([differences.mean()])
    assert null.drawn["x"].mean.mean() == pytest.approx(0, abs=0.01)
    expected = np.sqrt((differences**2).sum()) / 10
    assert null.drawn["x"].mean.std() == pytest.approx(expected, rel=0.03)


def _role_null(turns: pl.DataFrame, n_sessions: int, draws: int, seed: int = 0) -> Null:
    return role_null(
        turns,
        n_sessions=n_sessions,
        groups={"x": np.arange(n_sessions)},
        units=np.arange(n_sessions),
        draws=draws,
        rng=np.random.default_rng(seed),
    )[0]


def test_sessions_that_differ_around_no_difference_are_not_taken_for_one() -> None:
    # Each session has a gap of its own, far above its noise; their mean is zero but for chance.
    rejected = bare = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        gaps, noise = rng.normal(0, 1, 25), rng.normal(0, 0.5, size=(25, 20))
        scored = noise + gaps[:, None] * (np.arange(20) % 2)
        table = corpora.scores(25, 20, lambda s, *_, scored=scored: np.asarray(scored[s]))
        turns = Turns.of(table, [f"s{at}" for at in range(25)])
        null = _role_null(turns.frame, 25, draws=199, seed=seed)
        compared = null.compare("x", [])
        assert compared is not None
        means, p_val = compared
        rejected += p_val < 0.05
        bare += np.mean(np.abs(means) >= abs(null.observed["x"].mean[0])) < 0.05
    assert bare > 20
    assert rejected <= 8


def test_a_studentised_difference_of_groups_is_theirs_and_not_the_pools() -> None:
    still = Means(np.zeros(1000), np.full(1000, 1.0))
    rng = np.random.default_rng(0)
    moved = Means(rng.normal(size=1000), np.full(1000, 1.0))
    null = Null(
        control="c",
        drawn={"a": moved, "b": still, "c": still},
        observed={
            "a": Means(np.array([3.0]), np.array([1.0])),
            "b": Means(np.array([1.0]), np.array([1.0])),
            "c": Means(np.array([-1.0]), np.array([1.0])),
        },
        sizes={"a": 10, "b": 30, "c": 10},
        detail="",
    )
    # Against the rest: 3 - (0.75 - 0.25) = 2.5 over sqrt(1 + .75^2 + .25^2); drawn over the same.
    compared = null.compare("a", ["b", "c"])
    assert compared is not None
    extreme = np.count_nonzero(np.abs(moved.mean - moved.mean.mean()) >= 2.5 - moved.mean.mean())
    assert compared[1] == pytest.approx((extreme + 1) / 1001, abs=0.003)


def test_the_error_of_a_mean_counts_clusters_and_not_sessions() -> None:
    units = np.repeat(np.arange(10), 3)
    values = np.repeat(np.random.default_rng(0).normal(size=10), 3)
    mean, variance = clustered(values[None, :, None], units)
    assert mean.item() == pytest.approx(values.mean())
    assert variance.item() == pytest.approx(values[::3].var(ddof=1) / 10)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_a_shuffle_moves_turns_only_within_their_session_and_side(
    lengths: list[int], seed: int
) -> None:
    blocks = np.repeat(np.arange(len(lengths)), lengths)
    order = Shuffle.within(blocks).draw(np.random.default_rng(seed))
    assert sorted(order.tolist()) == list(range(len(blocks)))
    assert np.array_equal(blocks[order], blocks)


def test_every_order_of_a_shuffle_is_equally_likely() -> None:
    shuffle = Shuffle.within(np.array([0, 0, 0, 1]))
    rng = np.random.default_rng(0)
    drawn = [tuple(shuffle.draw(rng)[:3]) for _ in range(6000)]
    counts = np.unique(np.array(drawn), axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert stats.chisquare(counts).pvalue > 1e-4


def _slopes(table: pl.DataFrame, n_sessions: int, draws: int = 200) -> Slopes:
    turns = Turns.of(table, [f"s{at}" for at in range(n_sessions)])
    return slopes(
        turns.frame,
        n_sessions=n_sessions,
        groups={"x": np.arange(n_sessions)},
        units=np.arange(n_sessions),
        draws=draws,
        rng=np.random.default_rng(0),
    )


def test_a_gap_that_closes_has_its_slope() -> None:
    # The gap falls from 2 by 2 over the session; twenty turns a side, two a tenth.
    table = corpora.scores(2, 41, lambda _, time, therapist: therapist * (2 - 2 * time))
    found = _slopes(table, 2)
    assert found.signed == pytest.approx(np.full((2, 4), -2.0), abs=0.05)
    assert found.nulls[0].observed["x"].mean == pytest.approx([-2.0], abs=0.05)
    assert np.abs(found.nulls[0].drawn["x"].mean).mean() < 1


def test_noise_alone_has_no_slope_of_the_absolute_gap_though_its_level_is_above_zero() -> None:
    noise = np.random.default_rng(1).normal(size=(300, 60))
    table = corpora.scores(300, 60, lambda session, time, therapist: noise[session])
    found = _slopes(table, 300, draws=100)
    mean = found.absolute[:, 0].mean()
    se = found.absolute[:, 0].std(ddof=1) / np.sqrt(300)
    assert abs(mean) < 3 * se
    assert found.nulls[0].drawn["x"].mean.std() == pytest.approx(se, rel=0.3)


def test_what_silence_does_to_the_size_of_the_gap_is_taken_away() -> None:
    # Turns thin out: fewer a tenth towards the end, so |gap| of pure noise rises by itself.
    rng = np.random.default_rng(2)
    rows = []
    for session in range(200):
        place = np.sort(np.r_[rng.random(30) * 0.5, 0.5 + rng.random(8) * 0.5])
        rows += [
            pl.DataFrame(
                {
                    "session_id": f"s{session}",
                    "turn": np.arange(38) * 2 + (role == "therapist"),
                    "role": role,
                    "time": place,
                    **dict.fromkeys(MEASURES, rng.normal(size=38)),
                }
            )
            for role in ("patient", "therapist")
        ]
    found = _slopes(pl.concat(rows), 200, draws=100)
    raw = found.nulls[0].observed["x"].mean[0]
    corrected = np.nanmean(found.absolute[:, 0])
    se = np.nanstd(found.absolute[:, 0]) / np.sqrt(200)
    assert raw > 4 * se
    assert abs(corrected) < 3 * se
