"""The gap tables, by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from tests.gap import corpora

from attunement.errors import DataError, UsageError
from attunement.gap._gap_tables import (
    bin_gaps,
    conditions,
    dyads,
    session_gaps,
    session_table,
    turn_pairs,
)
from attunement.gap._matching import matched_gaps
from attunement.gap._turns import Turns
from attunement.statistics import MOST_GROUPS, Design
from attunement.tables import GAP_SESSIONS, MEASURES

SESSIONS = pl.DataFrame(
    {
        "session_id": ["a", "b", "c"],
        "patient_id": ["p1", "p1", "p2"],
        "therapist_id": ["t1", "t1", None],
        "condition": ["x", "x", None],
    }
)


def _scores(rows: list[tuple[str, int, str, float, float]]) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=["session_id", "turn", "role", "time", "bond"], orient="row")
    return table.with_columns(
        *(pl.col("bond").alias(m) for m in MEASURES if m != "bond"),
        pl.lit("invented").alias("estimator"),
    )


SCORES = _scores(
    [
        ("a", 0, "therapist", 0.0, 9.0),
        ("a", 1, "patient", 0.25, 1.0),
        ("a", 2, "therapist", 0.5, 2.0),
        ("a", 3, "therapist", 0.55, 4.0),
        ("a", 4, "patient", 1.0, 3.0),
        ("b", 0, "patient", 0.0, 1.0),
        ("b", 1, "therapist", 1.0, 2.0),
        ("c", 0, "patient", 0.0, 5.0),
    ]
)


@pytest.fixture
def design() -> Design:
    return Design.of(SESSIONS)


@pytest.fixture
def turns(design: Design) -> pl.DataFrame:
    return Turns.of(SCORES, design.session_ids).frame


def test_a_pair_is_a_patient_turn_and_the_therapist_turn_that_answers_it(
    turns: pl.DataFrame, design: Design
) -> None:
    pairs = turn_pairs(turns, design)
    assert pairs.select(
        "session_id", "patient_turn", "therapist_turn", "time", "gap_bond"
    ).rows() == [
        ("a", 1, 2, 0.375, 1.0),
        ("b", 0, 1, 0.5, 1.0),
    ]


def test_a_session_gap_is_the_difference_of_the_sides_means_and_needs_both_sides(
    turns: pl.DataFrame, design: Design
) -> None:
    table = session_table(session_gaps(turns), SESSIONS, design)
    assert table.schema == GAP_SESSIONS.schema
    assert table["gap_bond"].to_list() == [3.0, 1.0, None]
    assert table["therapist_turns"].to_list() == [3, 1, 0]
    assert table["reason"].to_list() == [None, None, "no scored therapist turn"]


def test_the_last_turn_falls_in_the_last_tenth(turns: pl.DataFrame, design: Design) -> None:
    bins = bin_gaps(turns, design).filter(pl.col("session_id") == "a")
    assert bins["bin"].to_list() == [1, 3, 6, 10]
    assert bins["time"].to_list() == pytest.approx([0.05, 0.25, 0.55, 0.95])
    # Two therapist turns fall in the sixth tenth and no patient turn: no gap there.
    assert bins["inferred_therapist_bond"].to_list() == [9.0, None, 3.0, None]
    assert bins["gap_bond"].to_list() == [None] * 4


def test_a_dyad_needs_both_names_and_counts_its_sessions(
    turns: pl.DataFrame, design: Design
) -> None:
    table = dyads(session_table(session_gaps(turns), SESSIONS, design))
    assert table.select("patient_id", "therapist_id", "n_sessions", "gap_bond").rows() == [
        ("p1", "t1", 2, 2.0)
    ]


def test_a_condition_counts_sessions_with_both_sides_and_keeps_those_without_a_label_apart(
    turns: pl.DataFrame, design: Design
) -> None:
    table = conditions(session_table(session_gaps(turns), SESSIONS, design))
    row = table.filter(pl.col("scale") == "bond").row(0, named=True)
    assert table["condition"].to_list() == ["x"] * 4
    assert (row["gap"], row["absolute_gap"], row["n_sessions"], row["n_patients"]) == (2, 2, 2, 1)
    assert row["gap_sd"] == pytest.approx(2**0.5)
    assert row["small"]


def test_swapping_the_sides_turns_every_gap_round(turns: pl.DataFrame) -> None:
    other = pl.col("role").replace_strict({"patient": "therapist", "therapist": "patient"})
    turned = session_gaps(turns.with_columns(other.alias("role")))["gap_bond"].to_list()
    assert turned == [None if gap is None else -gap for gap in session_gaps(turns)["gap_bond"]]


def test_matching_on_length_leaves_no_gap_where_length_is_all_that_differs() -> None:
    # Long turns score 1 and short ones 0; the therapist speaks at length three times in four.
    table = corpora.scores(
        3,
        16,
        lambda _, time, therapist: _long(therapist).astype(float),
        words=lambda _, therapist: np.where(_long(therapist), 42, 2),
    )
    turns = Turns.of(table, ["s0", "s1", "s2"]).frame
    assert session_gaps(turns)["gap_bond"].to_list() == pytest.approx([0.5] * 3)
    assert matched_gaps(turns, on="stratum")["gap_bond"].to_list() == pytest.approx([0.0] * 3)


def _long(therapist: NDArray[np.bool_]) -> NDArray[np.bool_]:
    place = np.arange(len(therapist)) // 2
    return np.asarray(np.where(therapist, place % 4 != 0, place % 4 == 0), dtype=np.bool_)


def test_matching_on_place_leaves_no_gap_where_place_is_all_that_differs() -> None:
    rows = [("a", at, "patient", 0.01 * at, 0.0) for at in range(3)]
    rows += [("a", 3, "therapist", 0.05, 0.0), ("a", 4, "patient", 0.95, 4.0)]
    rows += [("a", at, "therapist", 0.96, 4.0) for at in range(5, 8)]
    turns = Turns.of(_scores(rows), ["a"]).frame
    assert session_gaps(turns)["gap_bond"].item() == pytest.approx(2.0)
    assert matched_gaps(turns, on="bin")["gap_bond"].item() == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (lambda table: table.drop("bond"), UsageError, "no column bond"),
        (
            lambda table: pl.concat([table, table.with_columns(estimator=pl.lit("second"))]),
            UsageError,
            "2 estimators",
        ),
        (lambda table: pl.concat([table, table.tail(1)]), DataError, "more than once"),
        (
            lambda table: table.with_columns(session_id=pl.lit("elsewhere")),
            DataError,
            "not in the sessions table",
        ),
    ],
)
def test_scores_that_cannot_be_used_are_refused_with_the_field(
    spoil: Callable[[pl.DataFrame], pl.DataFrame], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Turns.of(spoil(SCORES), SESSIONS["session_id"].to_list())


def test_a_session_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataError, match="more than once"):
        Design.of(pl.concat([SESSIONS, SESSIONS.head(1)]))


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="patient_id, therapist_id, condition"):
        Design.of(SESSIONS, by="diagnosis")


def test_a_column_of_too_many_values_names_no_groups() -> None:
    many = corpora.sessions(MOST_GROUPS + 1)
    with pytest.raises(UsageError, match="at most"):
        Design.of(many, by="session_id")


def test_unknown_patients_count_each_for_themselves_and_it_is_said() -> None:
    design = Design.of(SESSIONS.with_columns(patient_id=pl.lit(None, pl.String)))
    assert len(set(design.patients.tolist())) == 3
    assert "No patient is named" in design.notes[0]


def test_an_id_under_several_therapists_is_one_patient_and_it_is_said() -> None:
    design = Design.of(SESSIONS.with_columns(therapist_id=pl.Series(["t1", "t2", "t3"])))
    assert design.patients[0] == design.patients[1]
    assert any("more than one therapist" in note for note in design.notes)
