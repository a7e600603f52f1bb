from __future__ import annotations

import polars as pl

from attunement.tables import RATINGS, SESSIONS, TURNS
from attunement.transcripts import (
    Rating,
    Session,
    Turn,
    ratings_table,
    sessions_table,
    turns_table,
)

ONE = Session("1", (Turn(0, "patient", "a"),), columns={"age": 40, "tag": "x", "ok": True, "n": 1})
THREE = Session(
    "3",
    (
        Turn(0, "patient", "a", start=1.5),
        Turn(1, "therapist", "", speaker="Bee"),
        Turn(2, "other", "c", end=9.0),
    ),
    number=2,
    columns={"age": 40.5, "tag": 7, "n": 2**70},
    ratings=(Rating("patient", "q", "bond", 4.0), Rating("observer", "q", "bond", 1.0, turn=2)),
)


def test_time_runs_from_0_to_1_and_is_0_in_a_session_of_one_turn() -> None:
    turns = turns_table([ONE, THREE])
    assert turns.schema == TURNS.schema
    assert turns["time"].to_list() == [0.0, 0.0, 0.5, 1.0]
    assert turns["turn"].to_list() == [0, 0, 1, 2]
    assert turns.row(2) == ("3", 1, "therapist", "Bee", "", None, None, 0.5)


def test_the_users_columns_follow_with_a_type_that_fits_all_values() -> None:
    table = sessions_table([Session("0", ()), ONE, THREE])
    assert table.columns == [*SESSIONS.columns, "age", "tag", "ok", "n"]
    assert table.dtypes[5:] == [pl.Float64, pl.String, pl.Boolean, pl.String]
    assert table["age"].to_list() == [None, 40.0, 40.5]
    assert table["tag"].to_list() == [None, "x", "7"]
    assert table["ok"].to_list() == [None, True, None]
    assert table["n"].to_list() == [None, "1", str(2**70)]
    assert table["number"].to_list() == [None, None, 2]


def test_ratings_of_turns_and_of_sessions() -> None:
    table = ratings_table([ONE, THREE])
    assert table.schema == RATINGS.schema
    assert table.rows() == [
        ("3", None, "patient", "q", "bond", 4.0),
        ("3", 2, "observer", "q", "bond", 1.0),
    ]


def test_no_sessions_give_empty_tables_with_their_columns() -> None:
    assert turns_table([]).schema == TURNS.schema
    assert sessions_table([]).schema == SESSIONS.schema
    assert ratings_table([]).schema == RATINGS.schema


def test_sessions_without_turns_have_no_rows_of_turns() -> None:
    assert turns_table([Session("0", ())]).height == 0
