"""Turn-per-row tables: CSV, TSV, Parquet, XLSX."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from attunement.errors import DataError
from attunement.transcripts import Corpus, ReadOptions
from attunement.transcripts._records import MAX_TURNS

Write = Callable[..., Path]


def texts(path: Path, options: ReadOptions | None = None) -> dict[str, list[tuple[str, str]]]:
    return {s.session_id: [(t.role, t.text) for t in s.turns] for s in Corpus([path], options)}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_the_delimiter_is_found(delimiter: str, suffix: str, write: Write) -> None:
    rows = [["conversation", "who", "utterance"], ["1", "T", "well"], ["1", "C", '"a, b; c\td"']]
    path = write(f"x.{suffix}", "\r\n".join(delimiter.join(row) for row in rows))
    assert texts(path) == {"1": [("therapist", "well"), ("patient", "a, b; c\td")]}


def test_a_column_map_wins_over_the_usual_names(write: Write) -> None:
    path = write("x.csv", "text,said,role,conv\nnot this,this,T,1\n")
    options = ReadOptions(columns={"text": " Said", "session_id": "conv"})
    assert texts(path, options) == {"1": [("therapist", "this")]}


def test_a_mapped_column_is_not_used_for_a_second_field(write: Write) -> None:
    path = write("x.csv", "speaker,who,text\nBee,T,hello\n")
    (session,) = Corpus([path], ReadOptions(columns={"role": "who"}))
    assert [(t.role, t.speaker) for t in session.turns] == [("therapist", "Bee")]


def test_a_missing_text_column_lists_the_columns_and_the_mend(write: Write) -> None:
    with pytest.raises(DataError) as error:
        list(Corpus([write("x.csv", "id;who;was gesagt wurde\n1;T;hallo\n")]))
    assert 'the columns are "id", "who", "was gesagt wurde"' in str(error.value)
    assert "--columns text=NAME" in str(error.value)


def test_a_missing_role_column_lists_the_columns_and_the_mend(write: Write) -> None:
    with pytest.raises(DataError, match=r'"id", "text"\. .*--columns role=NAME'):
        list(Corpus([write("x.csv", "id,text\n1,hello\n")]))


def test_a_mapped_column_that_is_not_there_is_named(write: Write) -> None:
    options = ReadOptions(columns={"text": "words spoken"})
    with pytest.raises(DataError, match='no column "words spoken" for text'):
        list(Corpus([write("x.csv", "role,text\nT,hello\n")], options))


def test_a_table_without_header_does_not_quote_its_first_turn(write: Write) -> None:
    secret = "It happened on the evening when nobody else was at home with us"
    with pytest.raises(DataError) as error:
        list(Corpus([write("x.csv", f"T,{secret}\nP,x\n")]))
    assert secret not in str(error.value)
    assert "if the first line holds the columns' names" in str(error.value)


def test_without_a_session_column_the_file_is_one_session(write: Write) -> None:
    path = write("week 3.csv", "role,text\nT,a\nP,b\n")
    assert texts(path) == {"week 3": [("therapist", "a"), ("patient", "b")]}


def test_rows_of_a_session_that_comes_back_are_refused_and_the_others_are_read(
    write: Write,
) -> None:
    path = write("x.csv", "session,role,text\n1,T,a\n2,T,b\n1,P,c\n3,T,d\n")
    problems: list[DataError] = []
    sessions = list(Corpus([path]).sessions(problems.append))
    assert [s.session_id for s in sessions] == ["1", "2", "3"]
    (problem,) = problems
    assert (problem.line, problem.mend) == (4, "Sort the file by session")


@pytest.mark.parametrize(
    "content",
    [
        "session,role,text\n1,T,a\n2,T,well, I see\n2,P,b\n3,T,c,,\n",
        "text,role,session\na,T,1\nwell, I see,T,2\nb,P,2\nc,T,3,,\n",
    ],
)
def test_a_row_with_too_many_cells_spoils_its_session_only(content: str, write: Write) -> None:
    path = write("x.csv", content)
    problems: list[DataError] = []
    sessions = list(Corpus([path]).sessions(problems.append))
    assert [s.session_id for s in sessions] == ["1", "3"]
    assert [(p.line, p.problem) for p in problems] == [(3, "found 4 cells, expected 3")]


def test_a_quotation_mark_that_is_never_closed_is_an_error(write: Write) -> None:
    path = write("x.csv", 'session,role,text\n1,T,a\n1,P,"b\n1,T,c\n')
    with pytest.raises(DataError, match="line 3: the row's quotation marks do not match"):
        list(Corpus([path]))


def test_lines_are_counted_through_cells_of_several_lines(write: Write) -> None:
    path = write("x.csv", 'session,role,text\n1,T,"a\n\nb"\n\n1,P,c\n2,T,d\n')
    first, second = Corpus([path])
    assert first.turns[0].text == "a\n\nb"
    assert (first.line, second.line) == (2, 7)


def test_what_rows_say_of_their_session_is_kept(write: Write) -> None:
    path = write(
        "x.csv",
        "session,client,therapist,diagnosis,session_number,who,text,start,end\n"
        "1,p9,,anxiety,2,T,a,0:00:01,00:02.5\n"
        '1,,t2,,2,P,b,"3,5",4\n',
    )
    (session,) = Corpus([path])
    assert (session.patient_id, session.therapist_id) == ("p9", "t2")
    assert (session.condition, session.number) == ("anxiety", 2)
    assert [(t.start, t.end) for t in session.turns] == [(1.0, 2.5), (3.5, 4.0)]


def test_rows_that_disagree_on_their_session_are_refused(write: Write) -> None:
    path = write("x.csv", "session,condition,role,text\n1,anxiety,T,a\n1,depression,P,b\n")
    with pytest.raises(DataError, match="line 3, condition"):
        list(Corpus([path]))


@pytest.mark.parametrize(
    ("cell", "field"), [("soon", "start"), ("-1", "number"), ("two", "number"), ("nan", "start")]
)
def test_a_wrong_cell_is_named(cell: str, field: str, write: Write) -> None:
    path = write("x.csv", f"session,role,text,{field}\n1,T,a,{cell}\n")
    with pytest.raises(DataError, match=f"line 2, {field}"):
        list(Corpus([path]))


def test_an_empty_session_cell_is_refused(write: Write) -> None:
    path = write("x.csv", "session,role,text\n1,T,a\n,P,b\n")
    with pytest.raises(DataError, match="line 3, session_id: the session has no id"):
        list(Corpus([path]))


def test_a_header_alone_is_no_session(write: Write) -> None:
    with pytest.raises(DataError, match="there is no session in the file"):
        list(Corpus([write("x.csv", "session,role,text\n")]))


def test_a_table_without_sessions_is_refused_when_it_is_too_long_for_one(write: Write) -> None:
    path = write("x.csv", "role,text\n" + "T,a\n" * (MAX_TURNS + 1))
    with pytest.raises(DataError, match="Is the session column right"):
        list(Corpus([path]))


def test_a_cell_of_200_000_characters_reads_fine(write: Write) -> None:
    long = "a" * 200_000
    assert texts(write("x.csv", f"role,text\nT,{long}\n")) == {"x": [("therapist", long)]}


def test_parquet_keeps_numbers_dates_and_missing_values_apart(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "session": [1.0, 1.0, 2.0],
            "role": ["T", "P", "T"],
            "text": ["a", None, "c"],
            "start": [datetime(2024, 1, 1, 10), datetime(2024, 1, 1, 10, 1), None],
            "end": [None, None, None],
        }
    )
    frame.write_parquet(tmp_path / "x.parquet")
    one, two = Corpus([tmp_path])
    assert (one.session_id, two.session_id) == ("1", "2")
    assert [t.start for t in one.turns] == [0.0, 60.0]
    assert [t.text for t in one.turns] == ["a", ""]
    assert (two.turns[0].start, two.line) == (None, 3)


def test_parquet_durations_are_seconds(tmp_path: Path) -> None:
    pl.DataFrame({"role": ["T"], "text": ["a"], "start": [timedelta(minutes=1)]}).write_parquet(
        tmp_path / "x.parquet"
    )
    (session,) = Corpus([tmp_path])
    assert session.turns[0].start == 60.0


def test_parquet_cells_that_are_no_text_are_refused(tmp_path: Path) -> None:
    pl.DataFrame({"role": ["T"], "text": [b"\xff"]}).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(DataError, match="line 1, text: found a bytes, expected text"):
        list(Corpus([tmp_path]))


def test_a_parquet_file_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"role": ["T"], "text": ["a"]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="not a Parquet file"):
        list(Corpus([path]))


def workbook(path: Path, *sheets: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_a_workbooks_first_sheet_is_read_with_its_numbers_as_written(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "x.xlsx",
        [["session", "role", "text", "start"], [7, "T", "a", 0.5], [], [7, "P", 5, 1]],
        [["something", "else"]],
    )
    (session,) = Corpus([path])
    assert (session.session_id, session.line) == ("7", 2)
    assert [(t.text, t.start) for t in session.turns] == [("a", 0.5), ("5", 1.0)]


def test_a_workbook_without_cells_holds_no_text_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column holds the turns' text.*\(none\)"):
        list(Corpus([workbook(tmp_path / "x.xlsx", [])]))


def test_a_stray_cell_in_the_far_corner_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["role", "text"])
        sheet.write(1_048_575, 16_383, "stray")
    with pytest.raises(DataError, match="spans 1,048,576 rows and 16,384 columns"):
        list(Corpus([path]))


def declare_size(path: Path, size: int) -> None:
    """Make a zip file say in both its headers that its first member unpacks to `size` bytes."""
    content = bytearray(path.read_bytes())
    content[22:26] = struct.pack("<I", size)
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = struct.pack("<I", size)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("name", ["x.xlsx", "x.docx"])
def test_a_document_that_unpacks_to_too_much_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 1000)
    declare_size(path, 600_000_000)
    with pytest.raises(DataError, match="unpacks to more than 500 MB"):
        list(Corpus([path]))


@pytest.mark.parametrize("name", ["x.xlsx", "x.docx"])
def test_a_document_that_hides_its_size_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 10_000_000)
    declare_size(path, 1000)
    with pytest.raises(DataError, match="damaged"):
        list(Corpus([path]))
