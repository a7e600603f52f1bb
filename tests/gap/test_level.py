"""Level and gap: the trap of regression to the mean is shown, and not fallen into."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats
from tests.gap import corpora

from attunement.gap import GapOptions, analyze_scores
from attunement.gap._level import NAIVE, SPLIT, split_halves
from attunement.gap._published import as_published
from attunement.gap._turns import Turns
from attunement.statistics import Design

N = 400


def _independent_sides(n_turns: int) -> pl.DataFrame:
    """Sides whose true levels have nothing to do with each other, and noisy turns."""
    rng = np.random.default_rng(8)
    levels = rng.normal(0, 1, size=(N, 2))
    noise = rng.normal(0, 2, size=(N, n_turns))
    return corpora.scores(
        N,
        n_turns,
        lambda s, time, therapist: noise[s] + np.where(therapist, levels[s, 1] + 2, levels[s, 0]),
    )


def test_the_naive_figure_is_a_trap_and_the_split_one_is_not() -> None:
    # With a gap above zero, a high patient has a small |gap| by construction alone.
    sessions = corpora.sessions(N, per_patient=1, per_therapist=1)
    result = analyze_scores(
        _independent_sides(16), sessions, on_common_scale=True, options=GapOptions(draws=199)
    )
    rows = {
        row["effect"]: row
        for row in result.effects.filter(family="level", scale="bond").iter_rows(named=True)
    }
    assert rows[NAIVE]["ci_high"] < -0.3
    assert rows[NAIVE]["p_val"] is None
    assert rows[SPLIT]["ci_low"] < 0 < rows[SPLIT]["ci_high"]


def test_sessions_that_part_where_they_are_high_are_found_by_the_split_halves() -> None:
    rng = np.random.default_rng(9)
    level = rng.normal(0, 1, N)
    apart = np.exp(0.5 * level) * rng.choice([-1, 1], N)
    noise = rng.normal(0, 0.5, size=(N, 16))
    scores = corpora.scores(
        N, 16, lambda s, time, therapist: noise[s] + level[s] + (therapist - 0.5) * apart[s]
    )
    result = analyze_scores(
        scores,
        corpora.sessions(N, per_patient=1, per_therapist=1),
        on_common_scale=True,
        options=GapOptions(draws=199),
    )
    row = result.effects.filter(family="level", effect=SPLIT, scale="bond").row(0, named=True)
    assert row["ci_low"] > 0.5


def test_the_halves_share_no_turn() -> None:
    scores = corpora.scores(1, 8, lambda s, time, therapist: np.arange(8.0))
    turns = Turns.of(scores, ["s0"]).frame
    halves = split_halves(turns, 1, zero=np.zeros(4))
    # Of the tenths counted from 0, the even ones hold patient 0 2 6 and therapist 3, the odd ones
    # patient 4 and therapist 1 5 7.
    assert halves[SPLIT].level[0] == pytest.approx([(8 / 3 + 3) / 2] * 4)
    assert halves[SPLIT].apart[0] == pytest.approx([13 / 3 - 4] * 4)
    assert halves[NAIVE].level[0] == pytest.approx([3.0] * 4)


def test_off_a_common_scale_a_constant_offset_is_no_misalignment() -> None:
    scores = corpora.scores(
        30, 8, lambda s, time, therapist: np.sin(np.arange(8) + s) + 100 * therapist
    )
    turns = Turns.of(scores, [f"s{at}" for at in range(30)]).frame
    halves = split_halves(turns, 30, zero=np.full(4, 100.0))
    assert halves[SPLIT].apart.max() < 3


def test_as_published_is_students_t_over_pooled_turns_and_says_it_is_not_to_be_trusted() -> None:
    noise = np.random.default_rng(2).normal(size=(6, 11))
    scores = corpora.scores(6, 11, lambda s, time, therapist: noise[s])
    sessions = corpora.sessions(6, conditions=("x", "y", None))
    design = Design.of(sessions)
    table = as_published(Turns.of(scores, design.session_ids).frame, design)
    assert table["condition"].to_list() == ["x"] * 4 + ["y"] * 4 + [None] * 4
    row = table.filter(condition="x", scale="goal").row(0, named=True)
    inside = noise[[0, 3]]
    expected = stats.ttest_ind(inside[:, 1::2].ravel(), inside[:, ::2].ravel())
    assert (row["t"], row["p_val"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert (row["therapist_turns"], row["patient_turns"]) == (10, 12)
    assert "not independent" in row["note"]
