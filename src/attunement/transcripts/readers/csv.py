"""Turn-per-row CSV and TSV, read row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._encoding import Encoding, encoding_of, open_text
from attunement.transcripts._lines import MAX_LINE_BYTES
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import OnProblem, Record
from attunement.transcripts._rows import Row, sessions, turn_columns

_DELIMITERS = ",;\t"


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a turn-per-row table; the rows of a session must stand together.

    Raises
    ------
    DataError
        The header lacks a needed column, or the quoting goes wrong.
    """
    encoding = encoding_of(path)
    rows = table(path, encoding)
    header = next(rows, None)
    if header is None:
        return
    columns = turn_columns([str(cell) for cell in header.cells], options=options, path=path)
    realigned = (_realigned(row, len(header.cells), columns["text"]) for row in rows)
    yield from sessions(
        realigned, columns=columns, path=path, problem=problem, notes=encoding.notes()
    )


def table(path: Path, encoding: Encoding) -> Iterator[Row]:
    """Yield the rows of a delimited text file, the header first; empty rows are left out.

    The delimiter is the one of comma, semicolon and tab that divides the header most.

    Raises
    ------
    DataError
        The file is not text, or a quotation mark is never closed.
    """
    # The module's own limit, 131,072 characters, is shorter than a long monologue.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    with open_text(path, encoding) as handle:
        first = handle.readline(MAX_LINE_BYTES)
        delimiter = max(_DELIMITERS, key=lambda mark: len(_split(first, mark)))
        handle.seek(0)
        reader = csv.reader(handle, delimiter=delimiter, strict=True)
        width = None
        line = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _badly_quoted(path, line) from error
            if any(cells):
                width = len(cells) if width is None else width
                yield _row(line, cells, width=width, path=path)
            line = reader.line_num + 1


def _row(line: int, cells: list[str], *, width: int, path: Path) -> Row:
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    if len(cells) <= width:
        return Row(line, cells + [""] * (width - len(cells)))
    error = DataError(
        f"found {len(cells)} cells, expected {width}",
        mend="Put text that holds the delimiter between double quotation marks",
        path=path,
        line=line,
    )
    return Row(line, cells, error)


def _realigned(row: Row, width: int, text: int) -> Row:
    """Take a row's surplus cells for its text, so that the session it spoils is the right one."""
    surplus = len(row.cells) - width
    if surplus <= 0:
        return row
    cells = [*row.cells[: text + 1], *row.cells[text + surplus + 1 :]]
    return Row(row.line, cells, row.error)


def _split(first: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error:
        return []


def _badly_quoted(path: Path, line: int) -> DataError:
    return DataError(
        "the row's quotation marks do not match, or the row is longer than 64 MiB",
        mend="Double each quotation mark inside a quoted cell, and close every one",
        path=path,
        line=line,
    )
