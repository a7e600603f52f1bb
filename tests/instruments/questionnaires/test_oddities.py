"""What looks wrong in forms and ratings is named, and what is right is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.instruments.questionnaires.conftest import Forms

from attunement.errors import DataError
from attunement.instruments.questionnaires import (
    check_ratings,
    consistency,
    item_column,
    load_instrument,
    oddities,
    rating_ranges,
    score_answers,
)

WAI_36 = load_instrument("WAI-36")
WAI_S = load_instrument("WAI-S")
WAI_SR = load_instrument("WAI-SR")


@pytest.mark.parametrize("name", ["WAI-36", "WAI-S", "WAI-SR", "SRS"])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_odd_about_forms_filled_in_as_they_should_be(
    forms: Forms, name: str, seed: int
) -> None:
    instrument = replace(load_instrument(name), ceiling=0.5)
    assert oddities(score_answers(forms(instrument, seed=seed), instrument)) == []


@pytest.mark.parametrize("instrument", [WAI_36, WAI_S])
def test_reversed_items_that_were_turned_before_are_named(forms: Forms, instrument: object) -> None:
    assert instrument in (WAI_36, WAI_S)
    own = WAI_36 if instrument is WAI_36 else WAI_S
    found = oddities(score_answers(forms(own, patients=60, already_turned=True), own))
    assert len(found) == 1
    assert "probably turned already" in found[0]
    if own is WAI_S:
        assert "(4R, 10R)" in found[0]


def test_an_item_keyed_the_wrong_way_is_named_alone(forms: Forms) -> None:
    answers = forms(WAI_SR).with_columns(pl.col("item_7") * -1 + 6)
    found = oddities(score_answers(answers, WAI_SR))
    assert [words.split(" (")[0] for words in found] == [
        "WAI-SR, patient form: item 7 goes against the others"
    ]


def test_a_whole_scale_keyed_the_wrong_way_is_named_as_one(forms: Forms) -> None:
    bond = [item_column(item) for item in WAI_SR.items_of("bond")]
    found = oddities(score_answers(forms(WAI_SR).with_columns(pl.col(bond) * -1 + 6), WAI_SR))
    assert found == [
        "WAI-SR, patient form: the whole scale bond goes against the others: probably keyed the "
        "wrong way"
    ]


def test_forms_that_agree_with_items_and_their_opposites_are_counted_by_line(forms: Forms) -> None:
    answers = forms(WAI_36).with_row_index("line", offset=2)
    items = [item_column(item) for item in WAI_36.items]
    careless = pl.col("line").is_in([5, 9])
    answers = answers.with_columns(
        pl.when(careless).then(pl.lit(7.0)).otherwise(pl.col(name)).alias(name) for name in items
    )
    found = oddities(score_answers(answers, WAI_36))
    assert len(found) == 1
    assert "2 of 30 forms agree with items and with their opposites alike" in found[0]
    assert "(lines 5, 9)" in found[0]


def test_nine_forms_are_too_few_to_judge_a_key_by(forms: Forms) -> None:
    answers = forms(WAI_SR, patients=9).with_columns(pl.col("item_7") * -1 + 6)
    assert oddities(score_answers(answers, WAI_SR)) == []


def test_a_ceiling_is_named_with_its_scales(forms: Forms) -> None:
    answers = forms(WAI_SR, patients=20)
    bond = [item_column(item) for item in WAI_SR.items_of("bond")]
    answers = answers.with_columns(
        pl.when(pl.int_range(pl.len()) < 8).then(pl.lit(5.0)).otherwise(pl.col(n)).alias(n)
        for n in bond
    )
    scored = score_answers(answers, WAI_SR)
    share = consistency(scored, draws=20).filter(scale="bond")["ceiling"].item()
    assert share == 0.4
    assert any("a ceiling" in words and "bond 40%" in words for words in oddities(scored))


def test_equal_values_are_named_and_have_no_coefficient() -> None:
    answers = pl.DataFrame(
        {"rater": ["patient"] * 5, **{item_column(item): [4.0] * 5 for item in WAI_SR.items}}
    )
    scored = score_answers(answers, WAI_SR)
    assert "all 5 values of task are equal" in oddities(scored)[0]
    described = consistency(scored, draws=20)
    assert described["alpha"].null_count() == described.height
    assert described["omega"].null_count() == described.height


def test_consistency_counts_what_was_scored_and_what_was_not(forms: Forms) -> None:
    answers = forms(WAI_SR, patients=12, each=2).with_columns(
        pl.when(pl.int_range(pl.len()) < 3).then(None).otherwise(pl.col("item_1")).alias("item_1")
    )
    found = consistency(score_answers(answers, WAI_SR), draws=200).to_dicts()
    assert [(row["scale"], row["n"], row["missing"], row["complete"]) for row in found] == [
        ("task", 21, 3, 21),
        ("bond", 24, 0, 24),
        ("goal", 24, 0, 24),
        ("alliance", 24, 0, 21),
    ]
    for row in found:
        for name in ("alpha", "omega"):
            assert row[f"{name}_low"] < row[name] < row[f"{name}_high"] < 1


def _ratings(
    scale: str, values: Sequence[float], instrument: str = "WAI-SR", rater: str = "patient"
) -> pl.DataFrame:
    n = len(values)
    return pl.DataFrame(
        {
            "session_id": [f"s{k}" for k in range(n)],
            "turn": pl.Series([None] * n, dtype=pl.Int32),
            "rater": [rater] * n,
            "instrument": [instrument] * n,
            "scale": [scale] * n,
            "value": [float(value) for value in values],
        }
    )


@pytest.mark.parametrize("spelled", ["WAI-SR", "wai_sr"])
@pytest.mark.parametrize("values", [[4, 12, 20], [1, 3.25, 5]])
def test_sums_and_means_in_range_are_both_right(values: list[float], spelled: str) -> None:
    assert check_ratings(_ratings("bond", values, spelled)) == []


@pytest.mark.parametrize(
    ("values", "session", "found"),
    [([12, 21, 19], "s1", 21), ([4, 3, 2, 6.5], "s3", 6.5), ([3, 19, 18], "s0", 3)],
)
def test_a_rating_out_of_range_is_told_with_its_session(
    values: list[float], session: str, found: float
) -> None:
    with pytest.raises(DataError) as caught:
        check_ratings(_ratings("bond", values))
    message = str(caught.value)
    assert f'session "{session}" has {found:g} on bond (WAI-SR, patient)' in message
    assert "expected 4 to 20 (sum) or 1 to 5 (mean)" in message


def test_raters_may_differ_in_form_but_one_may_not_mix_sums_and_means() -> None:
    sums, means = _ratings("bond", [12, 18]), _ratings("bond", [2, 3], rater="therapist")
    assert check_ratings(pl.concat([sums, means])) == []
    with pytest.raises(DataError, match="the same for all"):
        check_ratings(pl.concat([_ratings("bond", [2, 3]), _ratings("goal", [12, 18])]))


def test_reversed_scales_equal_values_unknown_scales_and_ceilings_are_warned_of() -> None:
    rng = np.random.default_rng(1)
    felt = rng.uniform(6, 18, size=40)
    task = np.clip(np.round(felt + rng.normal(size=40)), 4, 20)
    goal = np.clip(24 - np.round(felt + rng.normal(size=40)), 4, 20)
    ratings = pl.concat(
        [
            _ratings("task", task.tolist()),
            _ratings("goal", goal.tolist()),
            _ratings("bond", [20.0] * 40),
            _ratings("trust", rng.normal(size=40).tolist()),
        ]
    )
    found = check_ratings(ratings)
    assert any("task and goal go against each other" in words for words in found)
    assert any("all 40 values of bond are equal" in words for words in found)
    assert any("WAI-SR has no scale trust" in words for words in found)
    assert any("a ceiling" in words and "bond 100%" in words for words in found)


def test_ratings_of_turns_and_of_other_instruments_are_held_to_no_range() -> None:
    turns = _ratings("bond", [100.0, 101.0]).with_columns(turn=pl.lit(3, pl.Int32))
    assert check_ratings(pl.concat([turns, _ratings("bond", [100, 101], "house scale")])) == []


def test_where_no_range_is_known_values_far_from_all_others_are_named_with_their_session() -> None:
    usual = [0.0, 1, 2, 3, 4, 5, 5, 4, 3, 2] * 4
    (found,) = check_ratings(_ratings("bond", [*usual, 99, -99, 99], "house scale"))
    assert found.startswith("house scale, patient: ")
    assert 'session "s40" has 99 on bond, far from all others (0 to 5); 2 more such' in found
    ratings = _ratings("trust", [*usual, 55], "WAI-SR")[::-1]
    assert 'session "s40" has 55 on trust' in check_ratings(ratings)[1]
    assert "a session has 55 on trust" in check_ratings(ratings, name_sessions=False)[1]


@pytest.mark.parametrize(
    "values",
    [
        [0.0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 10],  # as far off as the others lie apart
        [9.0] * 20 + [10.0] * 20 + [0.0],  # two steps say little of how far others may lie
        [1.0, 2, 3] * 8 + [97.0, 98, 99] * 8,  # two groups, neither a slip
        [1.0, 2, 3, 99],
    ],
)
def test_values_that_may_be_meant_are_not_called_slips(values: list[float]) -> None:
    assert check_ratings(_ratings("bond", values, "house scale")) == []


def test_the_range_is_that_of_sums_or_of_means_and_of_either_where_both_would_do() -> None:
    sums, means = _ratings("bond", [12, 18]), _ratings("bond", [2, 3], rater="therapist")
    either = _ratings("bond", [4.0, 5.0], "wai_sr", rater="observer")
    found = rating_ranges(pl.concat([sums, means, either, _ratings("bond", [3], "house scale")]))
    assert (
        found.items()
        >= {
            ("patient", "WAI-SR", "bond"): (4, 20),
            ("patient", "WAI-SR", "alliance"): (12, 60),
            ("therapist", "WAI-SR", "bond"): (1, 5),
            ("observer", "wai_sr", "bond"): (1, 20),
        }.items()
    )
    assert {name for _, name, _ in found} == {"WAI-SR", "wai_sr"}
    assert not rating_ranges(_ratings("bond", [2, 99]))
    own = [replace(WAI_SR, name="House scale", low=0, high=4)]
    known = rating_ranges(_ratings("bond", [3], "house scale"), instruments=own)
    assert known["patient", "house scale", "bond"] == (0, 16)


def test_an_instrument_of_ones_own_holds_ratings_to_its_range() -> None:
    own = replace(WAI_SR, name="CLINIC-6", low=0, high=4)
    with pytest.raises(DataError, match='"s10" has 99 on bond'):
        check_ratings(_ratings("bond", [2.0] * 10 + [99], "clinic 6"), instruments=[own])
