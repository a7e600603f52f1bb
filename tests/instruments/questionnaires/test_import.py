"""Tables as clinics have them, and exports as REDCap and Qualtrics write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import DataError, UsageError
from attunement.instruments.questionnaires import (
    ImportedAnswers,
    import_answers,
    load_instrument,
)

WAI_SR = load_instrument("WAI-SR")
SRS = load_instrument("SRS")
SECRET = "Wir verstehen einander"
"""Stands for a question's or an answer's text, which no message may repeat."""


def _text(columns: Mapping[str, Sequence[str | None]]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _items(result: ImportedAnswers, row: int = 0) -> list[float]:
    return list(result.answers.select(pl.col(r"^item_\d+$")).row(row))


def _plain(prefix: str, *, first: int = 1, last: int = 4, **others: str) -> pl.DataFrame:
    items: dict[str, list[str | None]] = {f"{prefix}{n}": [str(n)] for n in range(first, last + 1)}
    return _text({**{name: [value] for name, value in others.items()}, **items})


@pytest.mark.parametrize("prefix", ["SRS_", "srs", "Q", "item ", "", "Q12_", "srs-0", "wai.x_"])
def test_the_one_family_of_columns_with_the_items_numbers_is_taken(prefix: str) -> None:
    found = import_answers(_plain(prefix, client="P1", date="2026-03-09"), instrument=SRS)
    assert _items(found) == [1, 2, 3, 4]
    assert found.answers.select("patient_id", "date", "rater").row(0) == (
        "P1",
        date(2026, 3, 9),
        "patient",
    )


def test_items_are_taken_by_number_and_not_by_place() -> None:
    table = _text({"q3": ["3"], "q1": ["1"], "q4": ["4"], "q2": ["2"]})
    assert _items(import_answers(table, instrument=SRS)) == [1, 2, 3, 4]


def test_the_family_with_the_instruments_name_is_taken_among_several() -> None:
    table = _plain("SRS_").hstack(_plain("ORS_"))
    found = import_answers(table, instrument=SRS)
    assert found.columns["items"] == "SRS_1 ... SRS_4"


def test_two_families_that_fit_are_not_chosen_between() -> None:
    table = _plain("before_").hstack(_plain("after_"))
    with pytest.raises(DataError, match=r"several families") as caught:
        import_answers(table, instrument=SRS)
    assert "before_# (4 columns), after_# (4 columns)" in str(caught.value)
    assert "--columns items=wai_#" in caught.value.mend
    chosen = import_answers(table, instrument=SRS, columns={"items": "after_#"})
    assert chosen.columns["items"] == "after_1 ... after_4"


def test_a_family_of_other_numbers_is_not_taken() -> None:
    with pytest.raises(DataError, match=r"no family .* 4 items of SRS; numbered columns: q_# \(6"):
        import_answers(_plain("q_", last=6), instrument=SRS)


def test_a_row_with_both_sides_answers_becomes_two_forms() -> None:
    table = _plain("p_wai", last=12, session_id="s1").hstack(_plain("t_wai", last=12))
    table = table.with_columns(pl.lit("5").alias("p_wai1"), pl.lit("3").alias("t_wai1"))
    table = table.with_columns(pl.lit("1").alias(f"{s}_wai{n}") for s in "pt" for n in range(2, 13))
    found = import_answers(
        table, instrument=WAI_SR, columns={"patient": "p_wai#", "therapist": "t_wai#"}
    )
    assert found.answers.select("session_id", "rater", "item_1").rows() == [
        ("s1", "patient", 5),
        ("s1", "therapist", 3),
    ]


def test_single_items_can_be_named() -> None:
    table = _text({"trust": ["4"], "q2": ["2"], "q3": ["3"], "q4": ["1"]})
    found = import_answers(table, instrument=SRS, columns={"1": "trust", "items": "q#"})
    assert _items(found) == [4, 2, 3, 1]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"itmes": "q#"}, 'a form has no "itmes"'),
        ({"items": "q"}, "is no pattern"),
        ({"items": "q#", "patient": "p#"}, "once for all raters and once for one"),
        ({"13": "q"}, 'a form has no "13"'),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(columns: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        import_answers(_plain("q"), instrument=SRS, columns=columns)


@pytest.mark.parametrize("columns", [{"date": "when"}, {"items": "wai_#"}, {"1": "first"}])
def test_a_chosen_column_that_is_not_there_is_named_with_those_that_are(
    columns: dict[str, str],
) -> None:
    with pytest.raises(DataError, match=r"the columns are q1, q2, q3, q4"):
        import_answers(_plain("q"), instrument=SRS, columns=columns)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("4", 4),
        (" 4 ", 4),
        ("4.0", 4),
        ("2,5", 2.5),
        ("5 - " + SECRET, 5),
        ("5 = always", 5),
        ("(5) always", 5),
        ("5: always", 5),
        ("5. always", 5),
        ("5 always", 5),
        ("NA", None),
        (".", None),
        ("n/a", None),
        (None, None),
    ],
)
def test_a_cell_is_a_number_a_label_that_begins_with_one_or_nothing(
    cell: str | None, value: float | None
) -> None:
    table = _plain("q").with_columns(pl.lit(cell, pl.String).alias("q1"))
    assert _items(import_answers(table, instrument=SRS))[0] == value


@pytest.mark.parametrize("cell", [SECRET, "always (5)", "4-5", "3/4", "5%", "1e1", "0x4"])
def test_a_text_that_is_no_answer_is_told_without_being_repeated(cell: str) -> None:
    table = _plain("q").with_columns(pl.lit(cell).alias("q2"))
    with pytest.raises(DataError, match=f"found a text of {len(cell)} characters") as caught:
        import_answers(
            table, instrument=SRS, path="forms.csv", lines=pl.Series([7], dtype=pl.Int64)
        )
    assert (str(caught.value.path), caught.value.line, caught.value.field) == ("forms.csv", 7, "q2")
    assert cell not in str(caught.value)


def test_labels_of_the_definition_are_worth_what_it_says_and_no_other_is() -> None:
    labelled = replace(SRS, labels={"Not at all": 0, "Very": 10})
    table = _text({"q1": ["very"], "q2": ["not  at all"], "q3": ["VERY"], "q4": ["7"]})
    assert _items(import_answers(table, instrument=labelled)) == [10, 0, 10, 7]
    with pytest.raises(DataError, match="found a text of 5 characters"):
        import_answers(table.with_columns(pl.lit("5 - a").alias("q1")), instrument=labelled)


def test_an_answer_out_of_range_is_told_by_its_own_column_and_line() -> None:
    table = _text({"q1": ["4", "11"], "q2": ["1", "1"], "q3": ["1", "1"], "q4": ["1", "1"]})
    with pytest.raises(DataError, match=r"forms.csv, line 9, q1: found 11, expected 0 to 10"):
        import_answers(
            table, instrument=SRS, path="forms.csv", lines=pl.Series([5, 9], dtype=pl.Int64)
        )


def test_nothing_says_who_filled_in_the_forms() -> None:
    table = _plain("q", last=12).with_columns(pl.lit("1").alias(f"q{n}") for n in range(1, 13))
    with pytest.raises(UsageError, match="nothing says who filled in"):
        import_answers(table, instrument=WAI_SR)
    assert import_answers(table, instrument=WAI_SR, rater="therapist").answers["rater"][0] == (
        "therapist"
    )


@pytest.mark.parametrize(("cell", "rater"), [("Client", "patient"), ("counsellor", "therapist")])
def test_a_column_says_who_filled_in_a_form(cell: str, rater: str) -> None:
    table = _plain("q", rater=cell)
    found = import_answers(table, instrument=SRS)
    assert found.answers["rater"].to_list() == [rater]
    other: Any = "observer"
    with pytest.raises(UsageError, match="names other raters"):
        import_answers(table, instrument=SRS, rater=other)


def test_a_rater_who_is_nobody_is_told_by_line() -> None:
    with pytest.raises(DataError, match=r"line 1, rater: expected patient, therapist or observer"):
        import_answers(_plain("q", rater="mother"), instrument=SRS)


REDCAP: dict[str, Sequence[str | None]] = {
    "record_id": ["10", "10", "10", "10", "9", "9"],
    "redcap_event_name": ["enrolment_arm_1"]
    + ["therapy_arm_1"] * 3
    + ["enrolment_arm_1"]
    + ["therapy_arm_1"],
    "redcap_repeat_instrument": [None, "srs", "srs", "srs", None, "srs"],
    "redcap_repeat_instance": [None, "1", "10", "2", None, "1"],
    "patient_id": ["Mara", None, None, None, "Iwo", None],
    "diagnosis___1": ["1", None, None, None, "0", None],
    "diagnosis___2": ["1", None, None, None, "0", None],
    "diagnosis___3": ["1", None, None, None, "0", None],
    "diagnosis___4": ["1", None, None, None, "0", None],
    "enrolment_complete": ["2", None, None, None, "2", None],
    "srs_timestamp": [
        None,
        "2026-03-02 10:11:12",
        "[not completed]",
        "2026-03-09 09:00:00",
        None,
        "2026-03-03 12:00:00",
    ],
    "srs_q1": [None, "9.1", None, "8", None, "7"],
    "srs_q2": [None, "9.2", None, "8", None, "7"],
    "srs_q3": [None, "9.3", None, "8", None, "7"],
    "srs_q4": [None, "9.4", None, "8", None, "7"],
    "srs_complete": [None, "2", "0", "2", None, "2"],
}


def test_a_redcap_export_gives_a_form_a_row_of_the_questionnaires_own() -> None:
    found = import_answers(_text(REDCAP), instrument=SRS)
    assert found.kind == "redcap"
    assert found.left_out == ("rows of other forms or events: 2",)
    # In order of instances, 2 before 10; the patient's own id fills in from enrolment; the form
    # that was opened and left empty keeps its place.
    assert found.answers.select("line", "patient_id", "date", "item_1").rows() == [
        (2, "Mara", date(2026, 3, 2), 9.1),
        (4, "Mara", date(2026, 3, 9), 8.0),
        (3, "Mara", None, None),
        (6, "Iwo", date(2026, 3, 3), 7.0),
    ]


def test_without_a_patients_id_the_records_is_taken() -> None:
    found = import_answers(_text(REDCAP).drop("patient_id"), instrument=SRS)
    assert found.answers["patient_id"].to_list() == ["10", "10", "10", "9"]


def test_a_redcap_export_of_labels_is_read_where_labels_begin_with_numbers() -> None:
    labels = _text(
        {
            "Record ID": ["1", "1"],
            "Event Name": ["Session 1", "Session 2"],
            **{f"SRS {n}": [f"{n} - {SECRET}", None] for n in range(1, 5)},
            "Complete?": ["Complete", None],
        }
    )
    found = import_answers(labels, instrument=SRS)
    assert found.kind == "redcap"
    assert found.answers.select("patient_id", "item_4").rows() == [("1", 4.0)]


def test_a_table_with_a_column_of_completed_tasks_is_no_redcap_export() -> None:
    table = _plain("q", last=4).with_columns(pl.lit("1").alias("task_complete"))
    assert import_answers(table, instrument=SRS).kind == "table"
    record = pl.DataFrame({"study_id": ["7"]}).hstack(table)
    found = import_answers(record, instrument=SRS)
    assert found.kind == "redcap"
    assert found.answers["patient_id"].to_list() == ["7"]


def test_a_redcap_export_without_the_questionnaire_says_so() -> None:
    empty = _text(REDCAP)[:1]
    with pytest.raises(DataError, match="no row holds a form of SRS"):
        import_answers(empty, instrument=SRS)


QUALTRICS: dict[str, Sequence[str | None]] = {
    "StartDate": [
        "Start Date",
        '{"ImportId":"startDate","timeZone":"Europe/Zurich"}',
        "2026-03-01 08:00:00",
        "2026-03-02 23:50:00",
        "2026-03-03 10:00:00",
    ],
    "EndDate": [
        "End Date",
        '{"ImportId":"endDate","timeZone":"Europe/Zurich"}',
        "2026-03-01 08:01:00",
        "2026-03-03 00:05:00",
        "2026-03-03 10:04:00",
    ],
    "Status": ["Response Type", '{"ImportId":"status"}', "Survey Preview", "IP Address", "Spam"],
    "Progress": ["Progress", '{"ImportId":"progress"}', "100", "100", "40"],
    "Finished": ["Finished", '{"ImportId":"finished"}', "True", "True", "False"],
    "RecordedDate": [
        "Recorded Date",
        '{"ImportId":"recordedDate"}',
        "2026-03-01 08:01:00",
        "2026-03-03 00:05:01",
        "2026-03-10 10:04:00",
    ],
    "ResponseId": ["Response ID", '{"ImportId":"_recordId"}', "R_1", "R_2", "R_3"],
    "ExternalReference": [
        "External Data Reference",
        '{"ImportId":"externalDataReference"}',
        None,
        "P7",
        "P8",
    ],
    **{
        f"Q5_{n}": [
            f"{SECRET}, {n}",
            f'{{"ImportId":"QID5_{n}"}}',
            "1",
            f"{n} - immer",
            None if n > 2 else "2",
        ]
        for n in range(1, 5)
    },
    **{
        f"Q5_DO_{n}": ["Display Order", f'{{"ImportId":"QID5_DO_{n}"}}', "1", "2", "3"]
        for n in range(1, 5)
    },
}


def test_a_qualtrics_export_loses_its_headers_and_previews_and_keeps_what_a_tablet_sent() -> None:
    found = import_answers(_text(QUALTRICS), instrument=SRS)
    assert found.kind == "qualtrics"
    assert found.left_out == ("previews and tests of the survey: 1",)
    assert found.answers.select("line", "patient_id", "date").rows() == [
        (4, "P7", date(2026, 3, 3)),
        (5, "P8", date(2026, 3, 3)),
    ]
    assert _items(found, 0) == [1, 2, 3, 4]
    assert _items(found, 1) == [2, 2, None, None]


@pytest.mark.parametrize(
    ("status", "kept"), [("0", 1), ("1", 0), ("2", 0), ("4", 1), ("8", 1), ("16", 1), ("17", 0)]
)
def test_a_status_in_numbers_tells_previews_from_answers(status: str, kept: int) -> None:
    one = {name: [cells[3], cells[3]] for name, cells in QUALTRICS.items()}
    table = _text({**one, "Status": [status, "0"]})
    assert import_answers(table, instrument=SRS).answers.height == 1 + kept


@given(
    st.lists(st.integers(0, 10), min_size=4, max_size=4),
    st.permutations(["q1", "q2", "q3", "q4"]),
    st.sampled_from(["{}", "{}.0", "{} - so", "({}) so", " {} "]),
)
def test_however_a_form_is_laid_out_its_answers_are_the_same(
    answers: list[int], order: list[str], layout: str
) -> None:
    cells = {f"q{n}": [layout.format(a)] for n, a in enumerate(answers, start=1)}
    found = import_answers(_text({name: cells[name] for name in order}), instrument=SRS)
    assert _items(found) == answers
