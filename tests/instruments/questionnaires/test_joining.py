"""Forms find their own session or none, and what found none is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import DataError, UsageError
from attunement.instruments.questionnaires import NoDayError, days, join_ratings
from attunement.tables import RATINGS

SESSIONS = pl.DataFrame(
    {
        "session_id": ["a1", "a2", "b1", "b2"],
        "patient_id": ["A", "A", "B", "B"],
        "number": ["2", "1", "1", "2"],
        "date": ["2026-03-09", "2026-03-02", "2026-03-09", "2026-03-16"],
    }
)


def _ratings(*forms: dict[str, Any]) -> pl.DataFrame:
    schema = {
        "form": pl.Int64,
        "file": pl.String,
        "line": pl.Int64,
        "session_id": pl.String,
        "patient_id": pl.String,
        "date": pl.Date,
        "number": pl.Int32,
        "rater": pl.String,
        "instrument": pl.String,
        "scale": pl.String,
        "value": pl.Float64,
    }
    rows = [
        {
            "form": n,
            "file": "forms.csv",
            "line": n + 2,
            "rater": "patient",
            "instrument": "SRS",
            "scale": "alliance",
            "value": float(n),
            **form,
        }
        for n, form in enumerate(forms)
    ]
    return pl.DataFrame(rows, schema=schema)


def _found(joined: pl.DataFrame) -> list[tuple[str, float]]:
    return sorted(joined.select("session_id", "value").rows())


def test_by_id_a_form_without_a_session_is_counted_and_named() -> None:
    joined = join_ratings(
        _ratings({"session_id": "b1"}, {"session_id": "zz"}, {"patient_id": "A"}), SESSIONS
    )
    assert joined.how == "id"
    assert list(joined.ratings.columns) == [*RATINGS.columns, "patient_id", "prorated"]
    assert joined.ratings.row(0) == ("b1", None, "patient", "SRS", "alliance", 0.0, "B", False)
    assert (joined.forms, joined.joined) == (3, 1)
    assert joined.left_out() == [
        "1 form left out, since no session has the id: zz",
        "1 form left out, since they name no session: A",
        "3 sessions without a patient form: a1, a2, b2",
    ]


def test_by_date_a_form_finds_the_patients_session_of_the_day() -> None:
    forms = _ratings(
        {"patient_id": "A", "date": date(2026, 3, 9)},
        {"patient_id": "B", "date": date(2026, 3, 9)},
        {"patient_id": "A", "date": date(2026, 3, 10)},
        {"patient_id": "C", "date": date(2026, 3, 9)},
        {"patient_id": "B"},
    )
    joined = join_ratings(forms, SESSIONS)
    assert joined.how == "date"
    assert _found(joined.ratings) == [("a1", 0), ("b1", 1)]
    assert joined.unmatched["reason"].to_list() == [
        "since the patient has no session on the day",
        "since the patient has no session",
        "since they have no date",
    ]


def test_by_date_two_sessions_of_a_day_are_told_apart_by_number_or_not_at_all() -> None:
    sessions = SESSIONS.with_columns(pl.lit("2026-03-09").alias("date"))
    day = {"patient_id": "A", "date": date(2026, 3, 9)}
    joined = join_ratings(_ratings({**day, "number": 2}, {**day, "number": 1}), sessions)
    assert _found(joined.ratings) == [("a1", 0), ("a2", 1)]
    with pytest.raises(DataError, match=r"patient A has two sessions on 2026-03-09") as caught:
        join_ratings(_ratings(day), sessions)
    assert caught.value.line == 2


def test_by_order_the_nth_form_goes_with_the_nth_session_by_number() -> None:
    sessions = SESSIONS.drop("date")
    forms = _ratings(*({"patient_id": p} for p in "ABAB"))
    joined = join_ratings(forms, sessions)
    assert joined.how == "order"
    assert _found(joined.ratings) == [("a1", 2), ("a2", 0), ("b1", 1), ("b2", 3)]


def test_by_order_each_rater_has_an_order_of_their_own() -> None:
    forms = _ratings(
        *({"patient_id": "A", "rater": r} for r in ("patient", "therapist", "therapist", "patient"))
    )
    joined = join_ratings(forms, SESSIONS.drop("date"))
    assert joined.ratings.select("session_id", "rater").rows() == [
        ("a2", "patient"),
        ("a2", "therapist"),
        ("a1", "therapist"),
        ("a1", "patient"),
    ]


def test_by_order_forms_are_sorted_by_day_where_all_have_one() -> None:
    forms = _ratings(
        {"patient_id": "A", "date": date(2026, 5, 1)}, {"patient_id": "A", "date": date(2026, 4, 1)}
    )
    joined = join_ratings(forms, SESSIONS, how="order")
    assert _found(joined.ratings) == [("a1", 0), ("a2", 1)]


def test_by_order_numbers_on_both_sides_beat_places() -> None:
    forms = _ratings({"patient_id": "A", "number": 2}, {"patient_id": "B", "number": 7})
    joined = join_ratings(forms, SESSIONS.drop("date"))
    assert _found(joined.ratings) == [("a1", 0)]
    assert joined.unmatched["reason"].to_list() == [
        "since the patient has no session with the number"
    ]


def test_by_order_other_counts_are_refused_unless_allowed() -> None:
    sessions = SESSIONS.drop("date")
    forms = _ratings(*({"patient_id": "A"} for _ in range(3)))
    with pytest.raises(DataError, match=r"patient A has 3 patient forms and 2 sessions"):
        join_ratings(forms, sessions)
    joined = join_ratings(forms, sessions, uneven=True)
    assert _found(joined.ratings) == [("a1", 1), ("a2", 0)]
    assert joined.unmatched["reason"].to_list() == [
        "since the patient has fewer sessions than forms"
    ]


def test_by_order_an_empty_form_keeps_its_place() -> None:
    forms = _ratings(*({"patient_id": "A"} for _ in range(2)))
    scored = forms.filter(pl.col("form") == 1)
    joined = join_ratings(scored, SESSIONS.drop("date"), forms=forms)
    assert _found(joined.ratings) == [("a1", 1)]
    assert joined.joined == 2


def test_ids_that_match_nothing_are_shown_from_both_sides() -> None:
    with pytest.raises(DataError, match=r"none of 2 forms found its session by id") as caught:
        join_ratings(_ratings({"session_id": "A-1"}, {"session_id": "A-2"}), SESSIONS)
    assert "the first session_id of the answers is A-1, of the sessions a1" in str(caught.value)
    with pytest.raises(DataError, match=r"the first patient_id of the answers is 07, of .* A"):
        join_ratings(_ratings({"patient_id": "07"}), SESSIONS.drop("date"))


def test_auto_does_not_go_on_to_another_way_when_ids_do_not_fit() -> None:
    form = {"session_id": "nowhere", "patient_id": "A", "date": date(2026, 3, 9)}
    with pytest.raises(DataError, match="by id"):
        join_ratings(_ratings(form), SESSIONS)


def test_two_forms_of_one_rater_for_one_session_are_refused_with_both_lines() -> None:
    with pytest.raises(DataError, match=r'session "a1" has a patient form already \(line 2\)') as c:
        join_ratings(_ratings({"session_id": "a1"}, {"session_id": "a1"}), SESSIONS)
    assert c.value.line == 3


def test_a_form_and_its_session_of_different_patients_are_refused() -> None:
    with pytest.raises(DataError, match=r"the form is B's, and session \"a1\" is A's"):
        join_ratings(_ratings({"session_id": "a1", "patient_id": "B"}), SESSIONS)


@pytest.mark.parametrize(("how", "needed"), [("date", "date"), ("order", "patient_id")])
def test_a_join_without_its_columns_is_refused(how: Any, needed: str) -> None:
    with pytest.raises(UsageError, match=f"to join by {how}, the answers need a {needed}"):
        form: dict[str, Any] = {"patient_id": "A"} if how == "date" else {"session_id": "a1"}
        join_ratings(_ratings(form), SESSIONS, how=how)
    with pytest.raises(UsageError, match=f"to join by {how}, the sessions need a {needed}"):
        form = {"patient_id": "A", "date": date(2026, 3, 9)}
        join_ratings(_ratings(form), SESSIONS.drop(needed), how=how)


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing says which session"):
        join_ratings(_ratings({}), SESSIONS)


def test_two_sessions_with_one_id_are_refused() -> None:
    with pytest.raises(DataError, match='two sessions have the id "a1"'):
        join_ratings(_ratings({"session_id": "a1"}), pl.concat([SESSIONS, SESSIONS]))


@given(st.permutations(range(4)), st.permutations(range(4)))
def test_whatever_the_order_of_rows_the_same_ratings_reach_the_same_sessions(
    of_forms: Sequence[int], of_sessions: Sequence[int]
) -> None:
    forms = _ratings(
        *({"patient_id": p, "number": n} for p, n in (("A", 1), ("A", 2), ("B", 1), ("B", 2)))
    )
    joined = join_ratings(forms[list(of_forms)], SESSIONS.drop("date")[list(of_sessions)])
    assert _found(joined.ratings) == [("a1", 1), ("a2", 0), ("b1", 2), ("b2", 3)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-09",
        "2026-03-09 23:59",
        "2026-03-09T08:00:00Z",
        "2026/3/9",
        "20260309",
        "9.3.2026",
        "09.03.2026 08:15",
        "9 Mar 2026",
        "09-Mar-2026",
        "March 9, 2026",
        "Mar 9 2026",
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert days(pl.Series([text])).to_list() == [date(2026, 3, 9)]


def test_a_column_says_by_one_cell_whether_the_day_comes_first() -> None:
    assert days(pl.Series(["3/9/2026", "13/9/2026"]))[0] == date(2026, 9, 3)
    assert days(pl.Series(["3/9/2026", "9/13/2026"]))[0] == date(2026, 3, 9)
    assert days(pl.Series(["3/3/2026"]))[0] == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("cells", "row", "words"),
    [
        (["13.1.2026", "3/9/2026"], 1, "either of the two numbers before the year could be"),
        (["13/9/2026", "9/13/2026"], 1, "some days of this column begin with the day"),
        ([None, "2026-02-30"], 1, "expected a day"),
        (["soon"], 0, "expected a day"),
        (["1/2/26"], 0, "expected a day"),
    ],
)
def test_a_cell_that_is_no_day_or_could_be_two_is_refused(
    cells: list[str | None], row: int, words: str
) -> None:
    with pytest.raises(NoDayError, match=words) as caught:
        days(pl.Series(cells, dtype=pl.String))
    assert caught.value.row == row
