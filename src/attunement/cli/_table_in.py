"""A table as somebody wrote it, with the line of every row, so that errors can name it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from attunement.errors import DataError, UsageError
from attunement.tablefiles import SUFFIXES
from attunement.transcripts.tabular import Row, clean_name, encoding_of, listed, table

_ROWS_AT_ONCE = 50_000
_LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class TableIn:
    """A table read from a file.

    Attributes
    ----------
    path : Path
        The file.
    frame : DataFrame
        Its cells, lists and objects left out; text alone where the file is CSV. Blank is null.
    lines : Series of Int64
        Where each row stands: its line, and in Parquet its number, both counted from 1.
    """

    path: Path
    frame: pl.DataFrame
    lines: pl.Series

    def need(self, names: Iterable[str], *, mend: str) -> None:
        """Make sure that columns are there.

        Raises
        ------
        DataError
            One is not; the message lists those that are.
        """
        for name in names:
            if name not in self.frame.columns:
                raise DataError(
                    f"no column {name}; the columns are {listed(self.frame.columns)}",
                    mend=mend,
                    path=self.path,
                    field=name,
                )

    def texts(self, name: str) -> pl.Series:
        """Give a column of names or ids as text; whole numbers as they are written."""
        column = self.frame[name]
        if column.dtype.is_float():
            column = column.fill_nan(None)
            if (column.drop_nulls() % 1 == 0).all():
                column = column.cast(pl.Int64)
        cleaned = [clean_name(cell) if cell else None for cell in column.cast(pl.String)]
        return pl.Series(name, [cell or None for cell in cleaned], dtype=pl.String)

    def numbers(self, name: str) -> pl.Series:
        """Give a column as finite numbers; a decimal comma counts as a point.

        Raises
        ------
        DataError
            A cell holds something else.
        """
        column = self.frame[name]
        if column.dtype == pl.String:
            values = column.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        elif column.dtype.is_numeric() or column.dtype == pl.Null:
            values = column.cast(pl.Float64)
        else:
            raise self.wrong("expected a number", row=0, field=name)
        for row in (column.is_not_null() & values.is_null()).arg_true().head(1):
            raise self.wrong("expected a number", row=row, field=name)
        for row in (~values.is_finite().fill_null(True)).arg_true().head(1):
            raise self.wrong("found an infinite number or none, expected one", row=row, field=name)
        return values

    def filled(self, name: str, values: pl.Series) -> pl.Series:
        """Give `values` back if none is missing.

        Raises
        ------
        DataError
            A cell of the column is empty.
        """
        for row in values.is_null().arg_true().head(1):
            raise self.wrong("the cell is empty", row=row, field=name)
        return values

    def once(self, keys: pl.DataFrame, *, what: str) -> None:
        """Make sure that no two rows have equal keys.

        Raises
        ------
        DataError
            The first row that repeats an earlier one; both lines are named.
        """
        numbered = keys.with_row_index("at").with_columns(
            pl.col("at").first().over(keys.columns).alias("first")
        )
        first = numbered["first"]
        for row in (first != numbered["at"]).arg_true().head(1):
            raise self.wrong(
                f"{what} stands on line {self.lines[first[row]]} already",
                row=row,
                field=", ".join(keys.columns),
                mend="Keep one of the two rows",
            )

    def wrong(self, problem: str, *, row: int, field: str, mend: str = "Mend the row") -> DataError:
        """Give the error for a row."""
        return DataError(problem, mend=mend, path=self.path, line=self.lines[row], field=field)


def read_table(path: Path, *, repeated: bool = False) -> TableIn:
    """Read a table from Parquet, CSV (comma, semicolon or tab) or JSON lines.

    Parameters
    ----------
    path : Path
        The file.
    repeated : bool
        Whether a CSV may have a column twice, as REDCap's exports of labels do; the second is then
        called "name (2)".

    Raises
    ------
    UsageError
        There is no such file, or its suffix is none of the three.
    DataError
        It cannot be read as what its suffix says, has a column twice, or has no rows.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(
            f"the file ends in {path.suffix or 'no suffix'!r}, which is no table format",
            mend=f"Give a file that ends in {', '.join(SUFFIXES)}",
            path=path,
        )
    if not path.is_file():
        raise UsageError("there is no such file", mend="Check the path's spelling", path=path)
    if path.suffix == ".csv":
        read = _csv(path, repeated=repeated)
    else:
        read = {".parquet": _parquet, ".jsonl": _jsonl}[path.suffix](path)
    if read.frame.is_empty():
        raise DataError("the table has no rows", mend="Give one that has", path=path)
    return read


def _parquet(path: Path) -> TableIn:
    try:
        flat = [n for n, kind in pl.read_parquet_schema(path).items() if not kind.is_nested()]
        frame = pl.read_parquet(path, columns=flat)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(
            "this is not a Parquet file that can be read",
            mend="Write it anew, or give the table as CSV",
            path=path,
        ) from error
    return TableIn(path, frame, pl.Series(range(1, frame.height + 1), dtype=pl.Int64))


def _csv(path: Path, *, repeated: bool) -> TableIn:
    rows = _cells(path)
    header = next(rows, None)
    if header is None:
        raise DataError("the file is empty", mend="Give one with a table in it", path=path)
    names = [clean_name(str(cell)) for cell in header.cells]
    if repeated:
        names = _told_apart(names)
    _check_names(names, path=path)
    parts = [pl.DataFrame(schema={"": pl.Int64, **dict.fromkeys(filter(None, names), pl.String)})]
    while chunk := list(islice(rows, _ROWS_AT_ONCE)):
        for row in chunk:
            if row.error is not None:
                raise row.error
        columns = {"": pl.Series([row.line for row in chunk], dtype=pl.Int64)}
        for place, name in enumerate(names):
            if name:
                cells = [str(row.cells[place]).strip() or None for row in chunk]
                columns[name] = pl.Series(cells, dtype=pl.String)
        parts.append(pl.DataFrame(columns))
    frame = pl.concat(parts)
    return TableIn(path, frame.drop(""), frame[""])


def _cells(path: Path) -> Iterator[Row]:
    try:
        encoding = encoding_of(path)
    except DataError as error:
        raise DataError(error.problem, mend="Save the table as CSV in UTF-8", path=path) from error
    try:
        yield from table(path, encoding)
    except UnicodeError as error:
        raise DataError(
            f"this is not valid {encoding.name}", mend="Save the table as CSV in UTF-8", path=path
        ) from error


def _told_apart(names: Sequence[str]) -> list[str]:
    return [
        f"{name} ({count})" if name and (count := names[: place + 1].count(name)) > 1 else name
        for place, name in enumerate(names)
    ]


def _check_names(names: Sequence[str], *, path: Path) -> None:
    for place, name in enumerate(names):
        if name and name in names[:place]:
            raise DataError(
                "two columns have this name",
                mend="Give every column a name of its own",
                path=path,
                line=1,
                # A long name may be a question's text, which is its publisher's.
                field=name if len(name) <= _LONGEST_SHOWN else f"column {place + 1}",
            )


def _jsonl(path: Path) -> TableIn:
    objects: list[Mapping[str, object]] = []
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8-sig") as handle:
            for line, text in enumerate(handle, start=1):
                if text.strip():
                    objects.append(_object(text, path=path, line=line))
                    lines.append(line)
    except UnicodeDecodeError as error:
        raise DataError(
            "this is not UTF-8, which JSON must be", mend="Write the file anew", path=path
        ) from error
    nested = {n for one in objects for n, cell in one.items() if isinstance(cell, list | dict)}
    names = dict.fromkeys(name for one in objects for name in one if name not in nested)
    frame = pl.DataFrame([_series(name, [one.get(name) for one in objects]) for name in names])
    return TableIn(path, frame, pl.Series(lines, dtype=pl.Int64))


def _object(text: str, *, path: Path, line: int) -> Mapping[str, object]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise DataError(
            "this is not a JSON object",
            mend="Write each row on a line of its own, as a JSON object",
            path=path,
            line=line,
        )
    return value


def _series(name: str, values: Sequence[object]) -> pl.Series:
    """Make a column of JSON values: numbers where all are, otherwise text."""
    kinds = {type(value) for value in values if value is not None}
    if float in kinds and kinds <= {int, float}:
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    texts = [None if value is None else str(value).strip() or None for value in values]
    return pl.Series(name, texts, dtype=pl.String)
