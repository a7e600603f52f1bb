"""Turn-per-row Excel workbooks: the first sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from attunement.errors import DataError
from attunement.transcripts._archive import check_archive
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._optional import needed
from attunement.transcripts._records import Note, OnProblem, Record
from attunement.transcripts._rows import Row, sessions, turn_columns

if TYPE_CHECKING:
    from pyarrow import RecordBatch

MAX_CELLS = 20 * 10**6
"""The widest rectangle of cells that is read; a million turns need a tenth of it."""

_CHUNK = 2**20
_LONGEST_REFERENCE = 32
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read the first sheet of a workbook as a turn-per-row table, its first row the header.

    Lines are counted from the header, which is the first.

    Raises
    ------
    DataError
        The file is no workbook, unpacks to too much, or lacks a needed column.
    UsageError
        fastexcel is not installed.
    """
    sheets, sheet = _first_sheet(path)
    columns = turn_columns(sheet.column_names, options=options, path=path)
    cells = [sheet.column(position).to_pylist() for position in range(sheet.num_columns)]
    rows = (
        Row(line, row)
        for line, row in enumerate(zip(*cells, strict=True), start=2)
        if any(cell is not None for cell in row)
    )
    yield from sessions(rows, columns=columns, path=path, problem=problem, notes=_left_out(sheets))


def header(path: Path) -> list[str]:
    """Give the names of the columns; raises as `read` does."""
    return list(_first_sheet(path)[1].column_names)


def _first_sheet(path: Path) -> tuple[list[str], RecordBatch]:
    with needed("fastexcel", format_name=".xlsx"):
        import fastexcel
    check_archive(path, kind="workbook")
    _check_extent(path)
    try:
        workbook = fastexcel.read_excel(str(path))
        sheets = workbook.sheet_names
        sheet = workbook.load_sheet(0, dtypes="string").to_arrow()
    except Exception as error:  # whatever the parser makes of a damaged workbook
        raise DataError(
            "this is not a workbook that can be read",
            mend="Open it in a spreadsheet program and save it as .xlsx or CSV",
            path=path,
        ) from error
    return sheets, sheet


def _check_extent(path: Path) -> None:
    """Refuse a sheet with a cell so far out that the parser, which fills the gap, would fail."""
    with ZipFile(path) as archive:
        for member in archive.namelist():
            last_row = last_column = 0
            tail = b""
            with archive.open(member) as handle:
                while chunk := handle.read(_CHUNK):
                    for column, row in _REFERENCE.findall(tail + chunk):
                        last_row = max(last_row, int(row))
                        last_column = max(last_column, _column_number(column))
                    tail = chunk[-_LONGEST_REFERENCE:]
            if last_row * last_column > MAX_CELLS:
                raise DataError(
                    f"a sheet spans {last_row:,} rows and {last_column:,} columns",
                    mend="Delete the stray cells far from the table, or save the table as CSV",
                    path=path,
                )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _left_out(sheets: list[str]) -> tuple[Note, ...]:
    if len(sheets) < 2:
        return ()
    return (Note(issue="sheets left out", detail=f"only the first of {len(sheets)} is read"),)
