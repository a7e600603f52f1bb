"""Group means and contrasts, against tests whose answers are known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.gap import corpora

from attunement.gap._effects import Chance, Question, effect_rows
from attunement.statistics import (
    THE_REST,
    Clusters,
    Design,
    GroupMeans,
    fit_mixed,
    groups_of,
    references,
)

RNG = np.random.default_rng(3)


def _independent(sizes: dict[str, int]) -> tuple[Design, dict[str, np.ndarray]]:
    conditions = [label for label, size in sizes.items() for _ in range(size)]
    n = len(conditions)
    table = pl.DataFrame({"session_id": [f"s{at}" for at in range(n)], "condition": conditions})
    design = Design.of(table)
    return design, groups_of(design)


def test_two_groups_without_clusters_are_welchs_t_test() -> None:
    design, groups = _independent({"a": 30, "b": 12})
    values = np.r_[RNG.normal(0, 1, 30), RNG.normal(0.5, 3, 12)]
    found = GroupMeans.of(values, design, groups=groups).estimate("a", "b")
    expected = stats.ttest_ind(values[:30], values[30:], equal_var=False)
    assert found.p_val == pytest.approx(expected.pvalue, rel=1e-5)
    assert found.df == pytest.approx(expected.df, rel=1e-5)
    low, high = expected.confidence_interval()
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), rel=1e-5)


def test_one_group_without_clusters_is_the_t_test_against_zero() -> None:
    design, groups = _independent({"a": 25})
    values = RNG.normal(0.4, 1, 25)
    found = GroupMeans.of(values, design, groups=groups).estimate("a")
    expected = stats.ttest_1samp(values, 0)
    assert (found.p_val, found.df) == pytest.approx((expected.pvalue, 24), rel=1e-5)


def test_the_rest_is_the_mean_of_the_other_sessions_not_of_the_other_groups() -> None:
    design, groups = _independent({"a": 10, "b": 30, "c": 10})
    values = np.r_[RNG.normal(0, 1, 10), RNG.normal(1, 1, 30), RNG.normal(9, 1, 10)]
    found = GroupMeans.of(values, design, groups=groups).estimate("a", THE_REST)
    assert found.estimate == pytest.approx(values[:10].mean() - values[10:].mean(), rel=1e-6)


def test_sessions_that_agree_exactly_within_patients_are_as_many_as_the_patients() -> None:
    values = np.repeat([-2.0, 5.0, -3.0, 1.0, 4.0, 0.0], 4)
    fit = fit_mixed(values, np.ones((24, 1)), factors={"patient": np.repeat(np.arange(6), 4)})
    found = fit.contrast(np.ones(1))
    assert found.se == pytest.approx(values[::4].std(ddof=1) / 6**0.5, rel=1e-4)
    assert found.df == pytest.approx(5, rel=1e-3)


def test_twenty_sessions_of_one_patient_do_not_count_as_twenty() -> None:
    # Five patients, four sessions each that agree: what is known of the mean is five values.
    patients = np.repeat(np.arange(5), 4)
    values = np.repeat(RNG.normal(0, 1, 5), 4) + RNG.normal(0, 0.01, 20)
    fit = fit_mixed(values, np.ones((20, 1)), factors={"patient": patients})
    found = fit.contrast(np.ones(1))
    assert found.df == pytest.approx(4, abs=0.01)
    by_patient = values.reshape(5, 4).mean(axis=1)
    assert found.se == pytest.approx(by_patient.std(ddof=1) / np.sqrt(5), rel=1e-3)


def test_the_larger_spread_of_one_condition_is_not_lent_to_another() -> None:
    design, groups = _independent({"quiet": 40, "loud": 40})
    values = np.r_[RNG.normal(0, 0.1, 40), RNG.normal(0, 10, 40)]
    model = GroupMeans.of(values, design, groups=groups)
    assert model.estimate("quiet").se == pytest.approx(values[:40].std(ddof=1) / 40**0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1.0], "one session: no interval"),
        ([np.nan, np.nan], "no session has a value"),
        ([2.0, 2.0, 2.0], "every session has the same value"),
    ],
)
def test_a_group_that_cannot_have_an_interval_says_why_and_leaves_the_others_theirs(
    values: list[float], reason: str
) -> None:
    design, groups = _independent({"a": 12, "odd": len(values)})
    model = GroupMeans.of(np.r_[RNG.normal(size=12), values], design, groups=groups)
    assert model.reason("odd") == reason
    assert model.reason("a") is None
    assert model.estimate("a").df == pytest.approx(11, rel=1e-4)


def test_pairs_come_once_and_a_rest_needs_three_groups() -> None:
    assert references(["a", "b"]) == [("a", "b")]
    assert references(["a", "b", "c"])[3:] == [(label, THE_REST) for label in "abc"]


def test_a_patient_saturated_group_stays_finite() -> None:
    # Nearly every session has a patient and a therapist of its own: little is left to a residual.
    patients = np.r_[np.arange(15), [3, 5, 5, 9]]
    therapists = np.r_[np.arange(18), [2]]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y, x = rng.normal(size=19), np.stack([np.ones(19), rng.normal(size=19)], axis=1)
        fit = fit_mixed(y, x, factors={"patient": patients, "therapist": therapists})
        found = fit.contrast(np.array([0.0, 1.0]))
        assert abs(found.estimate) < 3
        assert 0 < found.se < 3


@settings(max_examples=40, deadline=None)
@given(
    shift=st.floats(-50, 50),
    scale=st.floats(0.01, 100),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_shift_moves_the_mean_and_a_scale_stretches_the_interval(
    shift: float, scale: float, seed: int
) -> None:
    design = Design.of(corpora.sessions(40, per_patient=2, per_therapist=8))
    values = np.random.default_rng(seed).normal(size=40)
    base = GroupMeans.of(values, design, groups=groups_of(design)).estimate("x")
    moved = GroupMeans.of(scale * values + shift, design, groups=groups_of(design)).estimate("x")
    assert moved.estimate == pytest.approx(scale * base.estimate + shift, abs=1e-4 * scale + 1e-6)
    assert moved.se == pytest.approx(scale * base.se, rel=1e-3)


def test_where_a_patients_sessions_agree_exactly_patients_are_what_is_tested() -> None:
    fit = fit_mixed(
        np.array([-2.0, -2.0, 5.0, 5.0, -3.0]),
        np.ones((5, 1)),
        factors={"patient": np.array([0, 0, 1, 1, 2])},
    )
    found = fit.contrast(np.ones(1))
    expected = stats.ttest_1samp([-2.0, 5.0, -3.0], 0)
    assert fit.converged
    assert found.df == pytest.approx(2, rel=1e-4)
    assert found.se == pytest.approx(stats.sem([-2.0, 5.0, -3.0]), rel=1e-4)
    assert found.p_val == pytest.approx(expected.pvalue, rel=1e-4)


def test_a_group_that_varies_millions_of_times_more_hides_no_other() -> None:
    design, groups = _independent({"a": 30, "b": 5})
    values = np.r_[RNG.normal(0, 1, 30), [0, 1e6, 0, 0, 2e6]]
    model = GroupMeans.of(values, design, groups=groups)
    for label, where in (("a", values[:30]), ("b", values[30:])):
        found = model.estimate(label)
        assert found.df == pytest.approx(len(where) - 1, rel=1e-4)
        assert found.se == pytest.approx(stats.sem(where), rel=1e-4)


def test_a_model_that_does_not_converge_says_so_and_leaves_its_factors_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("attunement.statistics._mixed._ROUNDS", 0)
    fit = fit_mixed(
        np.array([-2.0, -2.0, 5.0, 5.0, -3.0]),
        np.ones((5, 1)),
        factors={"patient": np.array([0, 0, 1, 1, 2])},
    )
    assert not fit.converged
    assert "the mixed model did not converge" in fit.warnings
    assert fit.coefficients[0] == pytest.approx(0.6)


def test_where_the_model_does_not_converge_the_bootstrap_gives_the_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("attunement.statistics._mixed._ROUNDS", 0)
    table = corpora.sessions(5).with_columns(patient_id=pl.Series(["a", "a", "b", "b", "c"]))
    design = Design.of(table)
    values = np.array([-2.0, -2.0, 5.0, 5.0, -3.0])
    clusters = Clusters.draw(design, draws=1000, rng=np.random.default_rng(0))
    question = Question(
        mean_family="difference", between_family="between", effect="mean", scale="x", quantity="y"
    )
    (row,) = effect_rows(question, values, design, Chance(clusters=clusters, draws=199, seed=1))
    assert "did not converge" in row["warnings"]
    assert row["method"].startswith("cluster bootstrap (patients)")
    assert row["df"] == 2
    assert (row["ci_low"], row["ci_high"]) == (row["boot_low"], row["boot_high"])


def test_no_factor_and_nothing_to_estimate_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer observations"):
        fit_mixed(np.ones(1), np.ones((1, 1)), factors={})
    with pytest.raises(ValueError, match="two random factors"):
        codes = np.arange(4)
        fit_mixed(np.ones(4), np.ones((4, 1)), factors={"a": codes, "b": codes, "c": codes})
