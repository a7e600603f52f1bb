"""Sums, reversals, and what becomes of answers that are missing or cannot be."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import DataError
from attunement.instruments.questionnaires import (
    Instrument,
    consistency,
    item_column,
    load_instrument,
    reliable_changes,
    score_answers,
)

WAI_S = load_instrument("WAI-S")
SRS = load_instrument("SRS")


def _row(instrument: Instrument, *answers: float | None, rater: str = "patient") -> pl.DataFrame:
    columns = dict(zip(map(item_column, instrument.items), answers, strict=True))
    schema = dict.fromkeys(columns, pl.Float64)
    return pl.DataFrame([{"rater": rater, **columns}], schema={"rater": pl.String, **schema})


def _values(frame: pl.DataFrame) -> dict[str, float]:
    return dict(frame.select("scale", "value").iter_rows())


def test_reversed_items_are_turned_before_they_are_summed() -> None:
    # Task 1 2 8 12, bond 3 5 7 9, goal 4R 6 10R 11, answers 1 to 7.
    scored = score_answers(_row(WAI_S, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5), WAI_S)
    assert _values(scored.ratings) == {
        "task": 1 + 2 + 1 + 5,
        "bond": 3 + 5 + 7 + 2,
        "goal": (8 - 4) + 6 + (8 - 3) + 4,
        "alliance": 9 + 17 + 19,
    }


def test_the_srs_has_a_total_only_and_takes_decimals() -> None:
    scored = score_answers(_row(SRS, 9.5, 8.25, 10, 0), SRS)
    assert _values(scored.ratings) == {"alliance": 27.75}


def test_a_scale_of_four_bears_no_missing_answer_and_the_whole_two_prorated() -> None:
    answers = [5.0] * 12
    held: list[float | None] = [None, None, *answers[2:]]
    scored = score_answers(_row(WAI_S, *held), WAI_S)
    # Items 1 and 2 are task's: task is not scored, the whole stands on the ten others.
    turned = [3.0 if n in (4, 10) else 5.0 for n in range(3, 13)]
    assert _values(scored.ratings) == {
        "bond": 20,
        "goal": 16,
        "alliance": pytest.approx(12 * sum(turned) / 10),
    }
    assert scored.prorated == 1
    assert scored.ratings.select("scale", "prorated").rows() == [
        ("bond", False),
        ("goal", False),
        ("alliance", True),
    ]
    assert scored.missing.select("scale", "answered", "items", "reason").rows() == [
        ("task", 2, 4, "2 of 4 items unanswered, at most 0 may be")
    ]


def test_a_mean_is_the_mean_of_what_was_answered() -> None:
    means = replace(WAI_S, score="mean", missing=0.5)
    scored = score_answers(_row(means, 2, None, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6), means)
    assert _values(scored.ratings)["task"] == 4


def test_an_empty_form_is_kept_and_said_to_be_empty() -> None:
    scored = score_answers(_row(SRS, None, None, None, None), SRS)
    assert scored.ratings.is_empty()
    assert scored.missing["reason"].to_list() == ["nothing was answered"]
    assert scored.items.height == 1


def test_a_code_for_no_answer_is_none() -> None:
    coded = replace(WAI_S, missing_codes=(-99.0,))
    scored = score_answers(_row(coded, -99, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5), coded)
    assert scored.missing["scale"].to_list() == ["task"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.0, r"item_2: found 0, expected whole numbers 1 to 7 \(WAI-S\)"),
        (8.0, r"found 8, expected"),
        (3.5, r"found 3.5, expected whole numbers"),
        (float("nan"), r"found nan"),
        (float("inf"), r"found inf"),
    ],
)
def test_an_answer_that_cannot_be_is_told_with_file_line_and_column(
    answer: float, words: str
) -> None:
    rows = _row(WAI_S, 1, answer, *[4] * 10).with_columns(
        pl.lit("forms.csv").alias("file"), pl.lit(17, pl.Int64).alias("line")
    )
    with pytest.raises(DataError, match=words) as caught:
        score_answers(rows, WAI_S)
    assert (str(caught.value.path), caught.value.line) == ("forms.csv", 17)


def test_a_rater_without_a_form_is_refused() -> None:
    with pytest.raises(DataError, match=r'SRS has a form for patient; found "therapist"'):
        score_answers(_row(SRS, 1, 1, 1, 1, rater="therapist"), SRS)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match="item_4"):
        score_answers(_row(SRS, 1, 1, 1, 1).drop("item_4"), SRS)


@given(st.lists(st.integers(1, 7), min_size=12, max_size=12))
def test_turning_every_answer_round_turns_every_score_round(answers: list[int]) -> None:
    plain = _values(score_answers(_row(WAI_S, *answers), WAI_S).ratings)
    turned = _values(score_answers(_row(WAI_S, *(8 - a for a in answers)), WAI_S).ratings)
    for scale, value in plain.items():
        low, high = WAI_S.range_of(scale)
        assert low <= value <= high
        assert turned[scale] == low + high - value
    assert plain["alliance"] == plain["task"] + plain["bond"] + plain["goal"]


def test_changes_are_judged_from_each_form_to_the_next_by_the_first_forms_spread() -> None:
    stated = replace(SRS, reliability={"alliance": 0.88})
    totals = {"A": (20, 34, 33), "B": (30, 30), "C": (25, 11)}
    rows = pl.concat(
        _row(stated, total / 4, total / 4, total / 4, total / 4).with_columns(
            patient_id=pl.lit(patient), number=pl.lit(number, pl.Int32)
        )
        for patient, held in totals.items()
        for number, total in reversed(list(enumerate(held)))
    )
    scored = score_answers(rows, stated)
    changes = reliable_changes(scored, consistency=consistency(scored, draws=10))
    # First forms 20, 30, 25: SD 5; 1.96 x 5 x sqrt(2 x .12) = 4.80.
    assert changes["threshold"].unique().to_list() == [pytest.approx(4.801, abs=1e-3)]
    found = changes.sort("patient_id", "number").select("patient_id", "change", "verdict").rows()
    assert found == [
        ("A", 14, "reliably higher"),
        ("A", -1, "within error"),
        ("B", 0, "within error"),
        ("C", -14, "reliably lower"),
    ]


def test_changes_of_two_patients_are_not_judged() -> None:
    stated = replace(SRS, reliability={"alliance": 0.88})
    rows = pl.concat(
        _row(stated, a, a, a, a).with_columns(patient_id=pl.lit(p))
        for p, a in (("A", 1), ("A", 9), ("B", 5), ("B", 5))
    )
    scored = score_answers(rows, stated)
    changes = reliable_changes(scored, consistency=consistency(scored, draws=10))
    assert changes.height == 2
    assert changes["verdict"].to_list() == [None, None]
