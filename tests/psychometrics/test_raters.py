"""Judges whose faults are known: each figure says what was put into the world, and no more."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from attunement.errors import UsageError
from attunement.psychometrics import (
    BETWEEN_JUDGES,
    BETWEEN_REPEATS,
    CONSISTENCY,
    LENGTH,
    PROBE,
    RETEST,
    SHARE,
    UNSCORED,
    WITH_RATINGS,
    WITH_WORDS,
    WITH_WORDS_HELD,
    WORDS_APART,
    PsychometricsResult,
    psychometrics,
)
from attunement.tables import RATER_ITEMS, RATER_SHORT_FORMS, RATER_STATISTICS

from .invented import FEW_DRAWS, figure, scores_of, unscored, world

WHOLE = {"scale": "alliance"}


@pytest.fixture(scope="module")
def honest() -> PsychometricsResult:
    """Truth seen through noise of .5 by the judge, and of .5 by the patient."""
    return world(n=400, repeats=3, repeat_noise=0.5).asked()


def estimate(found: PsychometricsResult, **which: object) -> float:
    value = figure(found, **which)["estimate"]
    assert isinstance(value, float)
    return value


def test_a_judge_of_truth_and_noise_agrees_as_much_as_the_noise_lets_it(
    honest: PsychometricsResult,
) -> None:
    # The judge's mean of three repeats and twelve items leaves 1 + .25 + .25/3 + .25/36.
    expected = 1 / np.sqrt(1.25 * (1.25 + 0.25 / 3 + 0.25 / 36))
    for statistic in ("pearson", "pearson, length out"):
        row = figure(honest, question=WITH_RATINGS, statistic=statistic, **WHOLE)
        assert row["estimate"] == pytest.approx(expected, abs=0.03)
        assert row["ci_low"] < expected < row["ci_high"]
        assert (row["n_sessions"], row["n_patients"]) == (400, 200)
        assert row["other"] == "patient-rated alliance (questionnaire)"


def test_a_judge_of_words_alone_agrees_only_until_length_is_taken_out() -> None:
    made = world(n=300, truth_weight=0, length_weight=1, noise=0.2)
    assert made.ratings is not None
    longer = made.turns.group_by("session_id").agg(pl.col("words").sum().log()).sort("session_id")
    also = made.ratings.sort("session_id").with_columns(
        value=pl.col("value") + 2 * (longer["words"] - 6)
    )
    found = made.but(ratings=also).asked()
    asked = {"question": WITH_RATINGS, **WHOLE}
    assert estimate(found, statistic="spearman", **asked) > 0.5
    out = figure(found, statistic="spearman, length out", **asked)
    assert out["estimate"] == pytest.approx(0, abs=0.12)
    assert out["ci_low"] < 0 < out["ci_high"]  # type: ignore[operator]


def test_repeats_agree_by_the_noise_between_them_and_not_by_the_judges_own(
    honest: PsychometricsResult,
) -> None:
    # Of the same session: 1.25 shared, .25 + .25/12 of each repeat's own.
    shared, own = 1.25, 0.25 + 0.25 / 12
    asked = {"question": BETWEEN_REPEATS, **WHOLE}
    one = estimate(honest, statistic="icc(A,1)", **asked)
    assert one == pytest.approx(shared / (shared + own), abs=0.03)
    mean = estimate(honest, statistic="icc(A,k)", **asked)
    assert mean == pytest.approx(shared / (shared + own / 3), abs=0.02)
    alpha = figure(honest, statistic="krippendorff alpha, interval", **asked)
    assert alpha["estimate"] == pytest.approx(one, abs=0.01)
    assert alpha["n_raters"] == 3


def test_judges_agree_in_order_and_not_in_level_where_one_is_lenient() -> None:
    other = world(judge="judge-b", judge_seed=9)
    lenient = other.verdicts.with_columns(score=pl.col("score") + pl.col("key").cast(pl.Float64))
    found = world().beside(other.but(verdicts=lenient)).asked()
    asked = {"question": BETWEEN_JUDGES, "judge": "judge-a", "other": "judge-b", **WHOLE}
    # 1 shared, .25 + .25/12 of each judge's own; a point apart costs half a point of variance.
    consistent = 1 / (1.25 + 0.25 / 12)
    assert estimate(found, statistic="icc(C,1)", **asked) == pytest.approx(consistent, abs=0.08)
    agreed = estimate(found, statistic="icc(A,1)", **asked)
    assert agreed == pytest.approx(1 / (1.25 + 0.25 / 12 + 0.5), abs=0.08)
    assert estimate(found, statistic="mean difference", **asked) == pytest.approx(-1, abs=0.15)


def test_three_judges_stand_in_pairs_and_all_together() -> None:
    made = world(n=40)
    for at, name in enumerate(("judge-b", "judge-c")):
        made = made.beside(world(n=40, judge=name, judge_seed=20 + at))
    rows = made.asked().statistics.filter(
        question=BETWEEN_JUDGES, statistic="icc(C,1)", scale="alliance"
    )
    assert rows.select("judge", "other", "n_raters").rows() == [
        ("judge-a", "judge-b", 2),
        ("judge-a", "judge-c", 2),
        ("judge-b", "judge-c", 2),
        ("judge-a", "judge-b, judge-c", 3),
    ]


def test_judges_that_were_asked_different_items_are_not_held_against_each_other() -> None:
    other = world(n=40, judge="judge-b", judge_seed=9)
    fewer = other.verdicts.filter(pl.col("item") != "task-0", pl.col("scale") != "goal")
    found = world(n=40).beside(other.but(verdicts=fewer)).asked()
    rows = found.statistics.filter(question=BETWEEN_JUDGES)
    assert rows["scale"].unique().to_list() == ["bond"]
    assert any("different items" in one for one in found.notes)


def test_alpha_of_a_judges_scale_is_that_of_alike_items(honest: PsychometricsResult) -> None:
    # Between items of one session 1.25 + .25/3 is shared, .25/3 an item's own.
    r = (1.25 + 0.25 / 3) / (1.25 + 0.5 / 3)
    row = figure(honest, question=CONSISTENCY, statistic="cronbach alpha", scale="bond")
    assert row["estimate"] == pytest.approx(4 * r / (1 + 3 * r), abs=0.01)
    assert row["method"].startswith("bootstrap over patients")  # type: ignore[attr-defined]
    alone = world(n=60, per_patient=1).asked()
    row = figure(alone, question=CONSISTENCY, statistic="cronbach alpha", scale="bond")
    assert row["method"] == "Feldt's interval"


def test_the_next_session_is_not_a_repeat() -> None:
    """Sessions of a patient are unlike each other here, though repeats are all but equal."""
    found = world(n=300, per_patient=3, repeats=2, repeat_noise=0.05).asked()
    again = estimate(found, question=BETWEEN_REPEATS, statistic="icc(A,1)", **WHOLE)
    later = figure(found, question=RETEST, other=None, statistic="icc(A,1)", **WHOLE)
    assert again > 0.95
    assert later["estimate"] == pytest.approx(0, abs=0.15)
    assert later["n_sessions"] == 200  # pairs: two of each patient's three sessions have a next


def test_a_liking_for_length_shows_with_the_rating_held_constant_too() -> None:
    liking = world(n=300, length_weight=0.7).asked()
    asked = {"question": LENGTH, **WHOLE}
    assert estimate(liking, statistic=WITH_WORDS, **asked) > 0.35
    held = figure(liking, statistic=WITH_WORDS_HELD, **asked)
    assert held["ci_low"] > 0.3  # type: ignore[operator]
    fair = figure(world(n=300).asked(), statistic=WITH_WORDS_HELD, **asked)
    assert fair["ci_low"] < 0 < fair["ci_high"]  # type: ignore[operator]


def test_an_unreliable_rating_leaves_length_to_a_judge_that_does_not_look_at_it() -> None:
    """A rating of reliability .6, and words that go with the alliance at .42."""
    unreliable = float(np.sqrt(0.4 / 0.6))
    found = world(
        n=1500,
        items_per_scale=1,
        words_with_truth=0.42,
        rating_noise=unreliable,
        probes={"length": 0.0},
    ).asked()
    asked = {"question": LENGTH, **WHOLE}
    held = figure(found, statistic=WITH_WORDS_HELD, **asked)
    assert held["estimate"] == pytest.approx(0.19, abs=0.05)
    assert held["ci_low"] > 0  # type: ignore[operator]
    probe = figure(found, question=PROBE, other="length", **WHOLE)
    assert probe["ci_low"] < 0 < probe["ci_high"]  # type: ignore[operator]


def test_verdicts_on_windows_that_address_the_judge_are_counted() -> None:
    made = world(n=20)
    assert not [note for note in made.asked().notes if "address whoever rates" in note]
    marked = made.verdicts.with_columns(speaks_to_judge=pl.col("session_id") == "s0003")
    (note,) = (one for one in made.but(verdicts=marked).asked().notes if "address" in one)
    assert note.startswith("12 of 240 verdicts are of windows")


def test_probes_find_the_shift_that_was_put_in_and_adjust_over_the_family() -> None:
    found = world(n=100, probes={"length": 0.3, "jargon": 0.0, "second half first": -0.2}).asked()
    rows = found.statistics.filter(question=PROBE, scale="alliance").sort("other")
    assert rows["other"].to_list() == ["jargon", "length", "second half first"]
    assert rows["estimate"].to_list() == pytest.approx([0, 0.3, -0.2], abs=0.06)
    p_val, p_holm = (rows[name].to_numpy() for name in ("p_val", "p_holm"))
    assert (p_holm >= p_val).all()
    assert p_holm[1] == pytest.approx(3 * p_val[1])
    assert p_holm[0] > 0.05 > p_holm[2]


def test_few_patients_are_tested_by_flipping_signs_and_have_no_interval() -> None:
    found = world(n=8, per_patient=1, probes={"length": 1.0}).asked()
    row = figure(found, question=PROBE, other="length", **WHOLE)
    assert row["estimate"] == pytest.approx(1, abs=0.3)
    assert (row["ci_low"], row["p_val"]) == (None, pytest.approx(2 / 2**8))
    assert row["reason"] == "no interval: 8 patients, and it takes 10"


def test_what_is_unscored_is_counted_by_reason_and_told_to_be_of_long_windows() -> None:
    made = world(n=100)
    words = made.turns.group_by("session_id").agg(pl.col("words").sum())
    long = words.sort("words", descending=True).head(25)["session_id"]
    verdicts = made.verdicts.with_columns(
        *unscored(
            "the question is too long for the model", pl.col("session_id").is_in(long.implode())
        )
    )
    verdicts = verdicts.with_columns(
        *unscored("no verdict in the answer", pl.col("item") == "task-0")
    )
    found = made.but(verdicts=verdicts).asked()
    every = figure(found, question=UNSCORED, statistic=SHARE, other=None)
    assert every["estimate"] == pytest.approx((25 * 12 + 75) / 1200)
    too_long = figure(
        found, question=UNSCORED, statistic=SHARE, other="the question is too long for the model"
    )
    # The first reason stays where a verdict had one.
    assert too_long["estimate"] == pytest.approx(25 * 11 / 1200)
    assert figure(found, question=UNSCORED, statistic=WORDS_APART)["ci_high"] < 0  # type: ignore[operator]


def test_numbers_are_compared_only_on_one_range() -> None:
    asked = {"question": WITH_RATINGS, "statistic": "mean difference", **WHOLE}
    other = world(n=60).asked().statistics
    assert other.filter(question=WITH_RATINGS, statistic="mean difference").is_empty()
    same = world(n=60, rated_instrument="OWN")
    squeezed = same.but(verdicts=same.verdicts.with_columns(low=-5.0, high=13.0))
    assert estimate(squeezed.asked(), **asked) == pytest.approx(0, abs=0.3)
    assert same.ratings is not None
    sums = same.but(ratings=same.ratings.with_columns(value=(pl.col("value") * 12).clip(12, 84)))
    row = figure(sums.asked(), **asked)
    assert row["estimate"] == pytest.approx(0, abs=3)
    assert "times 12 items" in str(row["method"])
    beyond = same.but(ratings=same.ratings.with_columns(value=pl.col("value") * 1000))
    row = figure(beyond.asked(), **asked)
    assert row["estimate"] is None
    assert "outside the range" in str(row["reason"])


def test_an_item_is_described_as_answered_and_ranked_by_what_it_carries() -> None:
    made = world(n=200)
    blind = pl.col("item") == "bond-2"
    noise = np.random.default_rng(3).uniform(1, 7, made.verdicts.height)
    stuck = pl.col("item") == "task-1"
    verdicts = made.verdicts.with_columns(
        score=pl.when(blind).then(pl.Series(noise)).when(stuck).then(7.0).otherwise("score")
    )
    items = made.but(verdicts=verdicts).asked().items
    bond = items.filter(scale="bond").sort("rank")
    assert bond["item"][-1] == "bond-2"
    assert abs(bond["item_rest"][-1]) < 0.2
    # Without the item that is noise, the others say one thing more clearly.
    assert bond["alpha_without"].arg_max() == 3
    full = items.filter(item="task-1").row(0, named=True)
    assert (full["mean"], full["sd"], full["at_ceiling"], full["item_rest"]) == (7, 0, 1, None)


@pytest.mark.parametrize("change", ["nothing is scored", "one session", "no patients", "nothing"])
def test_hard_tables_give_rows_with_reasons_and_never_raise(change: str) -> None:
    made = world(n=30)
    verdicts = made.verdicts
    if change == "nothing is scored":
        verdicts = verdicts.with_columns(*unscored("the endpoint failed", pl.lit(True)))
    elif change == "one session":
        verdicts = verdicts.filter(pl.col("session_id") == "s0000")
    elif change == "nothing":
        verdicts = verdicts.clear()
    sessions = made.sessions.with_columns(patient_id=pl.lit(None, pl.String))
    found = made.but(
        verdicts=verdicts, sessions=sessions if change == "no patients" else made.sessions
    ).asked()
    assert found.statistics.schema == RATER_STATISTICS.schema
    assert found.items.schema == RATER_ITEMS.schema
    assert found.short_forms.schema == RATER_SHORT_FORMS.schema
    missing = found.statistics.filter(pl.col("estimate").is_null() | pl.col("ci_low").is_null())
    assert missing["reason"].null_count() == 0
    given = found.statistics.filter(pl.col("ci_low").is_not_null())
    assert given["reason"].count() == 0
    assert given["method"].null_count() == 0
    assert given.filter(pl.col("ci_low") > pl.col("ci_high")).is_empty()
    if change == "no patients":
        assert given["method"].str.contains("patients").sum() == 0
        assert any("name no patient" in one for one in found.notes)


def test_perspectives_and_framings_are_never_mixed() -> None:
    made = world(n=40).beside(world(n=40, perspective="therapist", judge_seed=7))
    own = world(n=40, perspective="therapist", judge_seed=8)
    made = made.beside(own.but(verdicts=own.verdicts.with_columns(framing=pl.lit("own"))))
    found = made.asked().statistics
    assert found.filter(question=BETWEEN_JUDGES).is_empty()
    whole = found.filter(question=WITH_RATINGS, statistic="pearson", scale="alliance")
    assert whole.select("perspective", "framing").rows() == [
        ("patient", "reader"),
        ("therapist", "own"),
        ("therapist", "reader"),
    ]


def test_a_table_without_a_column_is_named() -> None:
    made = world(n=10)
    with pytest.raises(UsageError, match="verdicts has no column judge"):
        psychometrics(
            made.verdicts.drop("judge"),
            scores_of(made.verdicts),
            ratings=None,
            sessions=made.sessions,
            turns=made.turns,
            options=FEW_DRAWS,
        )


def test_equal_tables_give_equal_figures_in_whatever_order_they_come() -> None:
    made = world(n=40, repeats=2, repeat_noise=0.3, probes={"length": 0.2})
    shuffled = made.but(
        verdicts=made.verdicts.sample(fraction=1, shuffle=True, seed=1),
        sessions=made.sessions.sample(fraction=1, shuffle=True, seed=2),
    )
    one, other = made.asked(), shuffled.asked()
    keys = ["question", "judge", "other", "scale", "statistic"]
    columns = [*keys, "estimate", "ci_low", "p_holm"]
    first, second = (found.statistics.select(columns).sort(keys) for found in (one, other))
    for name in ("estimate", "ci_low", "p_holm"):
        np.testing.assert_allclose(
            first[name].to_numpy(), second[name].to_numpy(), atol=1e-9, equal_nan=True
        )
