"""What the trials count is what was drawn: truths, published tests, flags, verdicts, tables."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from benchmarks._simulated import CompassLike, ContrastLike, Design, owned_by, simulate
from benchmarks._simulated._population import draw_latent, lay_out
from benchmarks._trials.counts import (
    COVERAGE,
    FALSE_POSITIVES,
    flag,
    judged,
    misses,
    misses_text,
    rates,
    rates_text,
    verdicts,
    with_truth,
)
from benchmarks._trials.designs import FOUR, TRIALS, Trial, groups
from benchmarks._trials.ours import OURS, SCHEMA, Task, replication, run, trial_named
from benchmarks._trials.peers import mixed_lm, published, session_gaps
from benchmarks._trials.truth import KEY, absolute_slopes, closed_form
from benchmarks.gap_simulation import report, tasks
from scipy import stats

TINY = Trial(
    name="tiny",
    about="a few short sessions",
    kind="scores",
    design=Design(groups=groups({"a": 22, "b": 22}, bond=(0.5, 0.0), turns=(10, 14))),
)


@pytest.fixture(scope="module")
def answers() -> pl.DataFrame:
    rows = [
        replication(TINY, (1, number), peers=number == 0).with_columns(
            trial=pl.lit("tiny"), replication=pl.lit(number)
        )
        for number in range(4)
    ]
    return judged(with_truth(pl.concat(rows), [TINY], None))


def test_four_replications_give_every_rate_and_a_table(
    answers: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    report(answers, [TINY])
    printed = capsys.readouterr().out
    for wanted in ("difference: mean", "between: pair", "convergence: slope of |gap|", "(4 repl"):
        assert wanted in printed
    for method in ("ours", "ours, role permutation p", "published", "MixedLM"):
        assert method in answers["method"].unique().to_list()
        assert method in printed


def test_every_difference_and_slope_we_give_has_a_known_truth(answers: pl.DataFrame) -> None:
    ours = answers.filter(
        pl.col("method") == OURS,
        pl.col("family").is_in(["difference", "between"]) | (pl.col("effect") == "slope of gap"),
    )
    assert ours.height == 4 * 4 * 2 * (2 + 1 + 1)
    assert ours["truth"].null_count() == 0
    assert set(ours.filter("null")["scale"]) == {"task", "goal", "bond", "alliance"}
    bond = ours.filter(scale="bond", family="between", replication=0)
    assert bond["truth"].to_list() == [0.5]


def test_a_seed_gives_the_same_answers_again() -> None:
    task = Task(trial="ratings, 28 dyads", replication=3)
    assert run(task).equals(run(task))
    assert run(task).drop("trial", "replication").schema == SCHEMA


def test_a_trial_runs_its_share_of_the_replications() -> None:
    options = argparse.Namespace(replications=40, first=5, peers=2)
    asked = tasks([trial_named("published"), trial_named("two")], options)
    assert sum(task.trial == "two" for task in asked) == 40
    assert sum(task.trial == "published" for task in asked) == 10
    assert sum(task.peers for task in asked) == 4


def test_the_trials_cover_the_designs_that_were_promised() -> None:
    sizes = {one.name: [g.sessions for g in one.design.groups] for one in TRIALS}
    assert sizes["published"] == [498, 377, 71, 12]
    assert min(sizes["four"]) == 20
    assert sizes["two"] == [20, 40]
    assert any(one.design.crossed for one in TRIALS)


@pytest.mark.parametrize("name", ["offset of the form", "constant of the axis"])
def test_under_a_pure_offset_the_truth_between_conditions_is_nothing(name: str) -> None:
    known = closed_form(trial_named(name))
    between = [value for key, value in known.items() if key[0] == "between"]
    assert np.abs(between).max() == pytest.approx(0, abs=1e-12)
    assert known["difference", "mean", "anxiety" if "form" in name else "a", None, "bond"] > 0.2


def test_the_published_method_finds_overestimation_on_bond_and_task_under_a_pure_offset() -> None:
    design = Design(groups=groups({"a": 200}, turns=(40, 40)))
    corpus = simulate(design, CompassLike(constants=owned_by("form", 0.04)), 2)
    found = {row["scale"]: row for row in published(corpus, "published").iter_rows(named=True)}
    for scale in ("bond", "task"):
        assert found[scale]["p_val"] < 0.001
        assert found[scale]["estimate"] > 0
    assert abs(found["goal"]["estimate"]) < 0.1


def test_the_published_method_is_students_t_on_pooled_turns() -> None:
    corpus = simulate(TINY.design, ContrastLike(), 3)
    frame = corpus.scores.join(corpus.sessions, on="session_id").filter(condition="a")
    sides = [frame.filter(role=role)["task"].to_numpy() for role in ("therapist", "patient")]
    expected = stats.ttest_ind(*sides)
    (row,) = (
        published(corpus, "published")
        .filter(family="difference", group="a", scale="task")
        .iter_rows(named=True)
    )
    assert row["p_val"] == pytest.approx(expected.pvalue)
    assert row["estimate"] == pytest.approx(sides[0].mean() - sides[1].mean())


def test_mixed_lm_estimates_the_same_means_as_averages_where_nothing_clusters() -> None:
    design = replace(TINY.design, patient_sd=0.0, therapist_sd=0.0)
    corpus = simulate(design, ContrastLike(), 4)
    found = mixed_lm(corpus, "MixedLM").filter(family="difference", group="a", scale="task")
    gaps = session_gaps(corpus, 0)[corpus.layout.group == 0]
    assert found["estimate"].item() == pytest.approx(gaps.mean(), abs=0.05)


def test_the_slope_of_the_gaps_size_is_what_is_left_of_a_large_gaps_slope() -> None:
    # A gap of 3 never changes its sign, so that |gap| falls as the gap does; noise cancels.
    trial = replace(
        TINY,
        design=Design(
            groups=groups({"a": 40, "b": 40}, bond=(3.0, 3.0), slopes=(-0.6, 0.0), turns=(60, 60))
        ),
    )
    found = absolute_slopes(trial, sessions=4_000, seed=(5,))
    assert found["convergence", "slope of |gap|", "a", None, "bond"] == pytest.approx(
        -0.6, abs=0.05
    )
    assert found["convergence", "slope of |gap|", "b", None, "bond"] == pytest.approx(0, abs=0.05)
    assert found["convergence", "slope of |gap|", "a", None, "task"] == pytest.approx(0, abs=0.05)
    pair = found["convergence between", "slope of |gap|", "a", "b", "bond"]
    assert pair == pytest.approx(-0.6, abs=0.07)


def test_congruence_in_closed_form_is_that_of_a_large_corpus() -> None:
    trial = trial_named("ratings, therapists differ")
    known = closed_form(trial)
    design, rng = trial.design.with_sessions(400), np.random.default_rng(6)
    latent = draw_latent(design, lay_out(design, rng), rng)
    for place, scale in enumerate(("task", "bond", "goal")):
        truth, judgement = latent.truth[:, place], (latent.truth + latent.gap)[:, place]
        joint = np.cov(truth, judgement)
        bias = judgement.mean() - truth.mean()
        expected = {
            "correlation": np.corrcoef(truth, judgement)[0, 1],
            "truth force": joint[0, 1] / joint[0, 0],
            "directional bias": bias,
            "CCC": 2 * joint[0, 1] / (joint[0, 0] + joint[1, 1] + bias**2),
            "lower limit of agreement": bias - 1.96 * (judgement - truth).std(),
        }
        for effect, value in expected.items():
            assert known["congruence", effect, "a", None, scale] == pytest.approx(value, abs=0.03)


def test_the_rest_counts_by_its_sessions() -> None:
    trial = replace(
        TINY, design=Design(groups=groups({"a": 10, "b": 30, "c": 60}, bond=(1.0, 2.0, 3.0)))
    )
    known = closed_form(trial)
    assert known["between", "versus rest", "a", "the rest", "bond"] == pytest.approx(
        1 - (30 * 2 + 60 * 3) / 90
    )
    assert known["difference", "mean", "all sessions", None, "bond"] == pytest.approx(2.5)


def test_nulls_are_counted_for_false_positives_and_the_rest_for_power() -> None:
    rows = pl.DataFrame(
        {
            "trial": "tiny",
            "replication": [0, 1, 0, 1],
            "method": OURS,
            "family": "difference",
            "effect": "mean",
            "group": "a",
            "reference": None,
            "scale": ["task", "task", "bond", "bond"],
            "estimate": [0.0, 0.4, 0.5, 0.1],
            "ci_low": [-0.1, 0.3, 0.4, -0.1],
            "ci_high": [0.1, 0.5, 0.6, 0.3],
            "boot_low": None,
            "boot_high": None,
            "p_val": [0.9, 0.01, 0.001, 0.3],
            "small": False,
            "sample_truth": None,
            "controls": "survives all",
        },
        schema_overrides={
            "reference": pl.String,
            "boot_low": pl.Float64,
            "boot_high": pl.Float64,
            "sample_truth": pl.Float64,
        },
    )
    (rate,) = rates(judged(with_truth(rows, [TINY], None)), by=["method"]).iter_rows(named=True)
    assert rate["false_positive"] == 0.5
    assert rate["power"] == 0.5
    assert rate["covered"] == 0.5
    assert rate["covered_se"] == pytest.approx(np.std([1, 0], ddof=1) / np.sqrt(2))


@pytest.mark.parametrize(
    ("rate", "n", "expected"),
    [(0.05, 400, ""), (0.10, 400, "MISS"), (0.08, 100, "miss?"), (0.0, 20, "miss?"), (None, 9, "")],
)
def test_a_miss_by_more_than_chance_is_told_from_one_within(
    rate: float | None, n: int, expected: str
) -> None:
    row = {"false_positive": rate, "false_positive_se": None, "false_positive_n": n}
    assert flag(row, "false_positive", FALSE_POSITIVES) == expected


def test_too_narrow_intervals_are_listed_as_a_miss(answers: pl.DataFrame) -> None:
    narrow = answers.with_columns(covered=pl.lit(0.0)).filter(effect="mean")
    listed = misses(narrow)
    assert set(listed["group"]) == {"a", "b", "all sessions"}
    assert set(listed["covered_flag"]) == {"MISS"}
    assert "outside by more than two standard errors: 3" in misses_text(listed)
    assert COVERAGE[0] > 0.9


def test_small_groups_are_set_apart() -> None:
    design = Design(groups=groups({"a": 24, "b": 12}, turns=(10, 12)))
    trial = replace(TINY, design=design)
    rows = replication(trial, (1,), peers=False).with_columns(
        trial=pl.lit("tiny"), replication=pl.lit(0)
    )
    found = judged(with_truth(rows, [trial], None))
    of_b = found.filter((pl.col("group") == "b") | (pl.col("reference") == "b"))
    assert of_b["is_small"].all()
    assert not found.filter(group="a", family="difference")["is_small"].any()
    assert "small: difference: mean" in rates_text(found, "tiny")
    assert "b" not in misses(found)["group"].to_list()


def test_verdicts_are_counted_a_scale_and_a_method() -> None:
    trial = replace(
        TINY,
        kind="wording",
        design=Design(groups=groups({"a": 30, "b": 30}, turns=(12, 16))),
        estimator=CompassLike(constants=owned_by("form", 0.06)),
    )
    rows = replication(trial, (2,), peers=False).with_columns(
        trial=pl.lit("tiny"), replication=pl.lit(0)
    )
    found = verdicts(judged(with_truth(rows, [trial], None)))
    bond = found.filter(scale="bond", family="difference")
    assert bond.filter(method="published")["above"].item() == 1
    ours = bond.filter(method=OURS)
    assert ours["found"].item() == 1
    assert ours["survives"].item() == 0
    assert ours["key offset"].item() == 1


def test_keys_name_every_row_once(answers: pl.DataFrame) -> None:
    rows = answers.filter(method=OURS).select("replication", *KEY)
    assert rows.is_duplicated().sum() == 0
    assert set(FOUR) == {"a", "b", "c", "d"}
