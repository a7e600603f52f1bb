"""The benchmark's arithmetic, on labels made up by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from benchmarks._markers import (
    ACT_LABELS,
    FLUENCY_LABELS,
    act_by_rules,
    act_labels,
    agreement,
    calibration,
    confusion,
    fluency_by_rules,
    labels,
    majority,
)

from attunement.tables import ACTS

TRUTH = pl.Series("act", ["a", "a", "a", "b", "b", "c"])
TOLD = pl.Series("told", ["a", "a", "b", "b", "a", "c"])


def test_precision_recall_and_f1() -> None:
    found = agreement(TRUTH, TOLD, "a")
    assert (found.n, found.precision, found.recall) == (3, 2 / 3, 2 / 3)
    assert found.f1 == pytest.approx(2 / 3)
    assert found.low < found.f1 < found.high
    other = agreement(TRUTH, TOLD, "b")
    assert (other.n, other.precision, other.recall, other.f1) == (2, 0.5, 0.5, 0.5)


def test_a_class_told_perfectly_has_no_doubt_and_one_never_told_has_none_right() -> None:
    perfect = agreement(TRUTH, TOLD, "c")
    assert (perfect.f1, perfect.low, perfect.high) == (1, 1, 1)
    never = agreement(TRUTH, pl.Series(["c"] * 6), "a")
    assert (never.recall, never.f1) == (0, 0)
    assert math.isnan(never.precision)


def test_weights_count_lines_as_often_as_they_stand_for() -> None:
    weight = pl.Series([1.0, 1.0, 3.0, 1.0, 2.0, 1.0])
    found = agreement(TRUTH, TOLD, "a", weight=weight)
    # Right 1 + 1, missed 3, wrongly given 2.
    assert found.precision == 2 / 4
    assert found.recall == 2 / 5
    assert found.f1 == pytest.approx(4 / 9)
    tripled = agreement(
        pl.concat([TRUTH, TRUTH[2:3], TRUTH[2:3], TRUTH[4:5]]),
        pl.concat([TOLD, TOLD[2:3], TOLD[2:3], TOLD[4:5]]),
        "a",
    )
    assert found.f1 == pytest.approx(tripled.f1)


def test_leniently_the_second_label_is_right_too() -> None:
    second = pl.Series("second", [None, None, "b", None, "a", None])
    found = agreement(TRUTH, TOLD, "a", second=second)
    # The third line was given its second label: not missed. The fifth has a as second: right.
    assert (found.n, found.precision, found.recall, found.f1) == (3, 1, 1, 1)
    assert agreement(TRUTH, TOLD, "b", second=second).f1 == 1
    nothing = pl.Series("second", [None] * 6, dtype=pl.String)
    assert agreement(TRUTH, TOLD, "a", second=nothing) == agreement(TRUTH, TOLD, "a")


def test_the_interval_narrows_as_lines_are_added() -> None:
    few = agreement(TRUTH, TOLD, "a")
    many = agreement(pl.concat([TRUTH] * 50), pl.concat([TOLD] * 50), "a")
    assert many.f1 == pytest.approx(few.f1)
    assert many.high - many.low < (few.high - few.low) / 3


def test_confusion_counts_hand_labels_in_rows() -> None:
    expected = [[2, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert confusion(TRUTH, TOLD, ["a", "b", "c"]).tolist() == expected


def test_calibration_is_the_distance_of_probability_from_what_is_right() -> None:
    right = pl.Series([True, False, True, True])
    found = calibration(right, pl.Series([0.5, 0.5, 1.0, 1.0]))
    assert (found.n, found.right, found.probability, found.error) == (4, 0.75, 0.75, 0.0)
    proud = calibration(right, pl.Series([0.9, 0.9, 0.9, 0.9]))
    assert proud.error == pytest.approx(0.15)
    # Too sure in one bin and too doubtful in another do not cancel.
    both = calibration(pl.Series([True, False]), pl.Series([0.3, 0.7]))
    assert both.error == pytest.approx(0.7)


def test_the_majority_is_the_most_frequent_label() -> None:
    assert majority(TRUTH).to_list() == ["a"] * 6


def test_rules_tell_questions_by_mark_and_word() -> None:
    texts = pl.Series(
        ["What now?", "Did he?", "It sounds like grief.", "You should rest.", "Mm.", "What a day."]
    )
    told = ["open_question", "closed_question", "reflection", "advice", "other", "other"]
    assert act_by_rules(texts).to_list() == told
    fluent = fluency_by_rules(pl.Series(["Um, no.", "I... I", "Umbrella.", "You know him."]))
    assert fluent.to_list() == [True, True, False, True]


def test_labels_are_of_the_six_acts_and_no_session_is_in_both_parts() -> None:
    acts = labels(ACT_LABELS)
    assert set(acts["act"]) == set(ACTS)
    assert set(acts["second"].drop_nulls()) <= set(ACTS)
    assert acts.filter(act=pl.col("second")).height == 0
    for table in (acts, labels(FLUENCY_LABELS)):
        assert set(table["part"]) == {"development", "test"}
        assert (table["weight"] > 0).all()
        assert table.select("corpus", "session_id", "turn").is_duplicated().sum() == 0
        parts = table.group_by("corpus", "session_id").agg(pl.col("part").n_unique())
        assert np.all(parts["part"].to_numpy() == 1)


def test_fresh_labels_are_read_where_they_are_asked_for_and_only_there(tmp_path: Path) -> None:
    header = "corpus,session_id,turn,part,act,second,stratum,weight\n"
    looked_at, fresh = tmp_path / "labels.csv", tmp_path / "fresh.csv"
    looked_at.write_text(
        f"{header}sample,s,1,test,other,,n0,1.5\nsample,t,2,development,advice,,q0,2\n"
    )
    told = act_labels(["test"], looked_at=looked_at, fresh=fresh)
    assert told.select("session_id", "part").rows() == [("s", "test")]
    fresh.write_text(f"{header}sample,u,3,test,other,advice,n0,1.5\n")
    told = act_labels(["fresh"], looked_at=looked_at, fresh=fresh)
    assert told.select("session_id", "part").rows() == [("u", "fresh")]
    told = act_labels(["fresh", "test"], looked_at=looked_at, fresh=fresh)
    assert told["part"].to_list() == ["test", "fresh"]
