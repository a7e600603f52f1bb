"""sessions.csv and ratings.csv."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.errors import DataError
from attunement.transcripts import Corpus, Rating, check, sessions_table

Write = Callable[..., Path]

TALK = "T: Hello.\nT: So.\nP: Hi.\n"


def test_rows_find_their_session_by_id_name_or_path(write: Write, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "deep/c.txt"):
        write(name, TALK)
    write(
        "sessions.csv",
        "session_id,file,condition,patient,therapist,session_number,age,code,ok,note\n"
        "a,,anxiety,p1,t1,1,40,007,true,\n"
        ",b.txt,depression,p2,,,33.5,12,FALSE,x\n"
        ",deep/c.txt,,p3,,2,,3,,\n",
    )
    corpus = Corpus([tmp_path])
    assert sessions_table(corpus).rows() == [
        ("a", "p1", "t1", "anxiety", 1, 40.0, "007", True, None),
        ("b", "p2", None, "depression", None, 33.5, "12", False, "x"),
        ("c", "p3", None, None, 2, None, "3", None, None),
    ]
    assert list(check(corpus)) == []


def test_a_row_may_give_a_file_the_id_it_lacks(write: Write, tmp_path: Path) -> None:
    write("audio_0001.txt", TALK)
    write("sessions.csv", "file;session_id;condition\naudio_0001.txt;P7-1;anxiety\n")
    write("ratings.csv", "session_id;rater;instrument;scale;value\nP7-1;client;SRS;total;31,5\n")
    (session,) = Corpus([tmp_path])
    assert (session.session_id, session.condition) == ("P7-1", "anxiety")
    assert session.ratings == (Rating("patient", "SRS", "total", 31.5),)


def test_in_a_file_of_several_sessions_file_and_id_must_both_fit(
    write: Write, tmp_path: Path
) -> None:
    write("a.csv", "session,role,text\n1,T,x\n1,P,x\n2,T,x\n2,P,x\n")
    write("sessions.csv", "file,session_id,condition\na.csv,2,anxiety\na.csv,3,depression\n")
    assert [s.condition for s in Corpus([tmp_path])] == [None, "anxiety"]
    assert [(i.issue, i.line, i.session_id) for i in check(Corpus([tmp_path]))] == [
        ("undescribed session", 2, "1"),
        ("unmatched row", 3, "3"),
    ]


def test_the_transcript_may_be_silent_but_not_contradicted(write: Write, tmp_path: Path) -> None:
    write("a.jsonl", '{"session_id": "1", "condition": "anxiety", "age": 40, "turns": []}\n')
    write("sessions.csv", "session_id,condition,age,patient\n1,anxiety,40,p1\n")
    (session,) = Corpus([tmp_path])
    assert (session.condition, session.patient_id, session.columns) == (
        "anxiety",
        "p1",
        {"age": 40},
    )

    write("sessions.csv", "session_id,condition,age,patient\n1,depression,40,p1\n")
    with pytest.raises(DataError) as error:
        list(Corpus([tmp_path]))
    assert error.value.field == "condition"
    assert f"{tmp_path / 'sessions.csv'} (line 2)" in error.value.problem
    assert error.value.path == tmp_path / "a.jsonl"

    write("sessions.csv", "session_id,condition,age,patient\n1,,41,p1\n")
    with pytest.raises(DataError, match="age"):
        list(Corpus([tmp_path]))


def test_a_session_number_of_zero_counts_as_said(write: Write, tmp_path: Path) -> None:
    write("a.jsonl", '{"session_id": "1", "number": 0, "turns": []}\n')
    write("sessions.csv", "session_id,number\n1,3\n")
    with pytest.raises(DataError, match="number"):
        list(Corpus([tmp_path]))


def test_folders_within_folders_describe_their_own(write: Write, tmp_path: Path) -> None:
    write("a.txt", TALK)
    write("in/b.txt", TALK)
    write("sessions.csv", "session_id,condition\na,anxiety\nb,depression\n")
    write("in/sessions.csv", "file,patient\nb.txt,p2\n")
    assert [(s.condition, s.patient_id) for s in Corpus([tmp_path])] == [
        ("anxiety", None),
        ("depression", "p2"),
    ]
    # A file named by itself is described by nobody.
    assert [s.condition for s in Corpus([tmp_path / "a.txt"])] == [None]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("condition\nanxiety\n", 'the columns are "condition". Call it session_id, if'),
        ("session_id,condition\n,anxiety\n", "line 2, session_id: the row names no session"),
        ("session_id,number\na,first\n", "line 2, number: expected a whole number"),
        ("session_id,age\na,1\na,2\n", "line 3: the row means the same session as line 2"),
        ("session_id,age\na,1,2\n", "line 2: found 3 cells, expected 2"),
        ("session_id,patient,patient_id\na,1,2\n", None),
    ],
)
def test_a_bad_sessions_csv_is_refused(
    content: str, message: str | None, write: Write, tmp_path: Path
) -> None:
    write("a.txt", TALK)
    write("sessions.csv", content)
    if message is None:
        (session,) = Corpus([tmp_path])
        assert (session.patient_id, session.columns) == ("2", {"patient": 1})
        return
    with pytest.raises(DataError, match=r"sessions\.csv, line") as error:
        list(Corpus([tmp_path]))
    assert message in str(error.value)


def test_ratings_by_turn_count_the_files_own_utterances(write: Write, tmp_path: Path) -> None:
    write("a.txt", TALK)
    write(
        "ratings.csv",
        "session_id,rater,instrument,scale,value,turn\n"
        "a,patient,WAI-SR,bond,4,\n"
        "a,coder,CIRS,rupture,1,2.0\n"
        "a,observer,CIRS,rupture,2,0\n"
        "a,therapist,WAI-SR,bond,,\n",
    )
    (session,) = Corpus([tmp_path])
    assert set(session.ratings) == {
        Rating("patient", "WAI-SR", "bond", 4.0),
        Rating("observer", "CIRS", "rupture", 1.0, turn=1),
        Rating("observer", "CIRS", "rupture", 2.0, turn=0),
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,patient,q,bond,high,", "line 2, value: expected a number"),
        ("a,patient,q,bond,nan,", "line 2, value: expected a number"),
        ("a,cat,q,bond,1,", "line 2, rater: expected patient, therapist or observer"),
        ("a,patient,q,bond,1,3", "line 2, turn: there is no turn 3: the session has 3, from 0"),
        ("a,patient,q,bond,1,0.5", "line 2, turn: expected a whole number"),
        ("a,patient,q,bond,1,-1", "line 2, turn: expected a whole number"),
        ("a,patient,q,,1,", "line 2, scale: the cell is empty"),
        ("a,patient,q,bond,1,\na,patient,q,bond,2,", "line 3, value: session"),
    ],
)
def test_a_bad_rating_is_named(row: str, message: str, write: Write, tmp_path: Path) -> None:
    write("a.txt", TALK)
    write("ratings.csv", f"session_id,rater,instrument,scale,value,turn\n{row}\n")
    with pytest.raises(DataError) as error:
        list(Corpus([tmp_path]))
    assert message in str(error.value)


def test_a_rating_the_transcript_contradicts_is_refused(write: Write, tmp_path: Path) -> None:
    write("a.jsonl", '{"session_id":"1","turns":[],"patient_ratings":{"bond":4}}\n')
    write("ratings.csv", "session_id,rater,scale,value\n1,patient,bond,4\n")
    (session,) = Corpus([tmp_path])
    assert session.ratings == (Rating("patient", "questionnaire", "bond", 4.0),)
    write("ratings.csv", "session_id,rater,scale,value\n1,patient,bond,3\n")
    with pytest.raises(DataError, match="two values for the same scale"):
        list(Corpus([tmp_path]))


def test_a_ratings_csv_without_values_lists_its_columns(write: Write, tmp_path: Path) -> None:
    write("a.txt", TALK)
    write("ratings.csv", "session_id,rater,scale\n")
    with pytest.raises(DataError, match='no column value; the columns are "session_id", "rater"'):
        list(Corpus([tmp_path]))


def test_reading_goes_on_without_a_bad_row(write: Write, tmp_path: Path) -> None:
    write("a.txt", TALK)
    write("sessions.csv", "session_id,condition,number\na,anxiety,1\nb,x,first\n")
    problems: list[DataError] = []
    (session,) = Corpus([tmp_path]).sessions(problems.append)
    assert (session.condition, [p.line for p in problems]) == ("anxiety", [3])
