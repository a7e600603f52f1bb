"""Sessions and conditions in numbers, on answers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from attunement.errors import UsageError
from attunement.report import (
    ReportTables,
    condition_summary,
    last_quarter,
    moments,
    session_summary,
)
from attunement.tables import (
    CONDITION_SUMMARY,
    MOMENTS,
    ROLES,
    SESSION_SUMMARY,
)

from .invented import tables as invented
from .small import Said, patient, tables

P, T = "patient", "therapist"


def test_means_are_taken_within_a_role_and_the_difference_is_therapist_minus_patient() -> None:
    made = tables({"a": [Said(T, 1.0), Said(P, -1.0), Said(T, 3.0), Said(P, 0.0)]})
    row = session_summary(made).row(0, named=True)
    assert row["inferred_patient_alliance"] == -0.5
    assert row["inferred_therapist_alliance"] == 2.0
    assert row["role_difference_alliance"] == 2.5
    assert row["role_difference_bond"] == 5.0
    assert row["role_difference_goal"] == -2.5
    assert (row["patient_turns"], row["therapist_turns"]) == (2, 2)


def test_the_last_quarter_is_the_patients_turns_from_three_quarters_of_the_session_on() -> None:
    said = [Said(P, float(value)) for value in (9, 9, 9, 1, 2)]
    row = session_summary(tables({"a": said})).row(0, named=True)
    assert row["inferred_patient_last_quarter"] == 1.5  # times 0.75 and 1, not 0.5


def test_the_last_quarter_of_either_side_is_told_from_its_turns_and_the_sessions_time() -> None:
    made = tables({"a": [Said(P, 1.0), Said(T, 2.0), Said(P, 3.0), Said(T, 4.0), Said(P, 5.0)]})
    late = {role: made.scores.filter(last_quarter(role))["turn"].to_list() for role in ROLES}
    assert late == {P: [4], T: [3]}


def test_the_last_quarter_leaves_the_therapist_out_and_is_null_when_the_patient_fell_silent() -> (
    None
):
    said = [Said(P, 1.0), Said(T, 5.0), Said(T, 5.0), Said(T, 5.0), Said(T, 5.0)]
    assert session_summary(tables({"a": said}))["inferred_patient_last_quarter"].item() is None


def test_the_lowest_turn_is_the_patients_and_the_first_of_equals() -> None:
    said = [Said(T, -9.0), Said(P, 2.0), Said(P, -1.0), Said(T, 0.0), Said(P, -1.0)]
    assert session_summary(tables({"a": said}))["lowest_turn"].item() == 2


def test_sessions_keep_the_order_they_came_in_and_all_of_them_stay() -> None:
    made = tables({"z": patient(1.0), "a": patient(), "m": [Said("other", None)]})
    summary = session_summary(made)
    assert summary["session_id"].to_list() == ["z", "a", "m"]
    assert summary["patient_turns"].to_list() == [1, 0, 0]
    assert summary["inferred_patient_alliance"].to_list() == [1.0, None, None]


def test_scores_that_are_no_numbers_are_left_out_and_never_come_back_as_nan() -> None:
    made = tables({"a": patient(1.0, float("nan"), float("inf"), None)})
    summary = session_summary(made)
    assert summary["inferred_patient_alliance"].item() == 1.0
    floats = summary.select(pl.selectors.float())
    assert not floats.select(pl.all().is_nan().any()).row(0).count(True)


def test_questionnaires_get_a_column_each_and_ratings_of_single_turns_none() -> None:
    ratings = [
        ("a", None, "therapist", "SRS", "total", 31.0),
        ("a", None, "patient", "WAI-SR", "bond", 4.0),
        ("a", None, "patient", "WAI-SR", "task", 3.0),
        ("a", 1, "patient", "feedback", "feedback", 5.0),
    ]
    summary = session_summary(tables({"a": patient(1.0), "b": patient(1.0)}, ratings=ratings))
    columns = [
        "rated_patient_WAI-SR_task",
        "rated_patient_WAI-SR_bond",
        "rated_therapist_SRS_total",
    ]
    assert summary.columns[-3:] == columns
    assert summary.select(columns).rows() == [(3.0, 4.0, 31.0), (None, None, None)]
    assert "rated_patient_feedback_feedback" not in summary.columns


def test_a_questionnaire_without_a_name_keeps_its_scores() -> None:
    ratings = [("a", None, "patient", None, "bond", 4.0)]
    summary = session_summary(tables({"a": patient(1.0)}, ratings=ratings))
    assert summary["rated_patient_bond"].to_list() == [4.0]


@pytest.mark.parametrize(
    "made",
    [
        invented(n_sessions=4),
        invented(n_sessions=2, conditions=(None,), with_ratings=False),
        tables({"a": [Said("other", None)]}),
        tables({"a": []}),
        tables({"a": patient(1.0)}),
    ],
    ids=["full", "no questionnaires", "third party", "no turn", "one turn"],
)
def test_every_table_has_the_schema_the_docs_describe_whatever_is_missing(
    made: ReportTables,
) -> None:
    assert condition_summary(made).schema == CONDITION_SUMMARY.schema
    assert moments(made).schema == MOMENTS.schema
    summary = session_summary(made)
    fixed = SESSION_SUMMARY.schema.names()
    assert summary.select(summary.columns[: len(fixed)]).schema == SESSION_SUMMARY.schema
    for column, kind in list(summary.schema.items())[len(fixed) :]:
        assert column.startswith("rated_")
        assert kind == pl.Float64


def test_a_condition_is_the_mean_of_session_means_so_that_long_sessions_count_once() -> None:
    made = tables(
        {"short": patient(4.0), "long": patient(*[0.0] * 30)},
        conditions={"short": "anxiety", "long": "anxiety"},
        patients={"short": "P1", "long": "P1"},
    )
    row = condition_summary(made).filter(scale="alliance", role="patient").row(0, named=True)
    assert row["mean"] == 2.0
    assert row["sd"] == pytest.approx(8**0.5)
    assert (row["n_sessions"], row["n_patients"], row["small"]) == (2, 1, True)


@pytest.mark.parametrize(("n", "small"), [(19, True), (20, False)])
def test_a_condition_is_small_below_twenty_sessions(n: int, small: bool) -> None:
    made = tables({str(place): patient(1.0) for place in range(n)})
    assert condition_summary(made)["small"].unique().to_list() == [small]


def test_only_sessions_in_which_a_role_speaks_count_for_it() -> None:
    made = tables(
        {"both": [Said(P, 1.0), Said(T, 2.0)], "alone": patient(3.0)},
        conditions={"both": "x", "alone": "x"},
    )
    summary = condition_summary(made).filter(scale="alliance")
    counts = dict(summary.select("role", "n_sessions").iter_rows())
    assert counts == {"patient": 2, "therapist": 1}


def test_sessions_without_a_condition_form_a_group_of_their_own_at_the_end() -> None:
    made = tables({"a": patient(1.0), "b": patient(2.0)}, conditions={"b": "zeta"})
    summary = condition_summary(made).filter(scale="alliance")
    assert summary.select("condition", "mean").rows() == [("zeta", 2.0), (None, 1.0)]


def test_unnamed_patients_are_not_counted_as_one() -> None:
    made = tables({"a": patient(1.0), "b": patient(2.0)})
    assert condition_summary(made)["n_patients"].unique().to_list() == [None]


def test_two_estimators_in_one_table_are_refused() -> None:
    made = tables({"a": patient(1.0, 2.0)})
    mixed = made.scores.with_columns(pl.Series("estimator", ["compass", "contrast"]))
    with pytest.raises(UsageError, match=r"compass, contrast"):
        replace(made, scores=mixed)


def test_a_table_without_a_column_is_refused_by_name() -> None:
    made = tables({"a": patient(1.0)})
    with pytest.raises(UsageError, match="evidence table has no column similarity"):
        replace(made, evidence=made.evidence.drop("similarity"))
