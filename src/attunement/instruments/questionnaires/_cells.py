"""What was answered, out of what stands in a cell."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from attunement.errors import DataError
from attunement.instruments.questionnaires._columns import known_names, spelled
from attunement.instruments.questionnaires._days import NoDayError, days
from attunement.instruments.questionnaires._instrument import Instrument, Rater
from attunement.instruments.questionnaires._wording import short

_NOTHING = frozenset({"na", "n/a", "nan", ".", "null"})
"""What programs write for no answer, besides leaving the cell empty."""

_NUMBER = re.compile(r"[+-]?\d{1,9}(?:[.,]\d{1,9})?")
_LABEL = re.compile(r"\(?([+-]?\d{1,4}(?:[.,]\d{1,4})?)(?:\s*[-–—:=.)]\s*|\s+)[^\W\d].*", re.DOTALL)
"""A label that begins with its number: "5 - Always", "(5) Always", "5: always"."""


def answered(
    column: pl.Series, *, instrument: Instrument, lines: pl.Series, path: Path | str | None
) -> pl.Series:
    """Give the answers of a column as numbers; null where there is none.

    Parameters
    ----------
    column : Series
        Numbers; or text that is a number, a label that begins with its number, or a label to
        which the instrument's definition gives one.
    instrument : Instrument
        Its `labels`.
    lines : Series
        The line of each cell.
    path : Path or str, optional
        The file, for messages.

    Returns
    -------
    Series of Float64

    Raises
    ------
    DataError
        A cell holds something else; the message says how long it is, not what it says.
    """
    if column.dtype.is_numeric() or column.dtype == pl.Null:
        return column.cast(pl.Float64).fill_nan(None)
    worth = {_collapsed(label): value for label, value in instrument.labels.items()}
    texts = column.cast(pl.String)
    numbers = {text: _number(text, worth) for text in texts.drop_nulls().unique()}
    for row, text in enumerate(texts):
        if text is not None and numbers[text] is None and not _is_nothing(text):
            raise DataError(
                f"found a text of {len(text)} characters, expected a number from "
                f"{instrument.low:g} to {instrument.high:g}, or a label that begins with one",
                mend="Export numbers (raw values), or say in a definition file what each label is "
                "worth (`labels`)",
                path=path,
                line=lines[row],
                field=short(column.name),
            )
    values = [None if text is None else numbers[text] for text in texts]
    return pl.Series(column.name, values, dtype=pl.Float64)


def rated_by(column: pl.Series, *, lines: pl.Series, path: Path | str | None) -> pl.Series:
    """Give who filled in each form: patient, therapist or observer.

    Raises
    ------
    DataError
        A cell is empty or names somebody else.
    """
    meant: dict[str, Rater] = {
        name: rater  # type: ignore[misc]  # the file's keys are the three raters
        for rater, names in known_names()["raters"].items()
        for name in names
    }
    found = [meant.get(spelled(cell)) if cell else None for cell in column.cast(pl.String)]
    for row, rater in enumerate(found):
        if rater is None:
            raise DataError(
                "expected patient, therapist or observer",
                mend="Mend the cell, or name another column with --columns rater=NAME",
                path=path,
                line=lines[row],
                field=short(column.name),
            )
    return pl.Series("rater", found, dtype=pl.String)


def dated(column: pl.Series, *, lines: pl.Series, path: Path | str | None) -> pl.Series:
    """Give the day of each row.

    Raises
    ------
    DataError
        A cell is no day, or could be two.
    """
    try:
        return days(column).alias("date")
    except NoDayError as found:
        raise DataError(
            found.problem,
            mend="Write every day as 2026-03-09",
            path=path,
            line=lines[found.row],
            field=short(column.name),
        ) from found


def numbered(column: pl.Series, *, lines: pl.Series, path: Path | str | None) -> pl.Series:
    """Give a column of session numbers.

    Raises
    ------
    DataError
        A cell is no whole number from 0.
    """
    values = column.cast(pl.String).str.strip_suffix(".0").cast(pl.Int32, strict=False)
    wrong = column.is_not_null() & (values.is_null() | (values < 0))
    for row in wrong.fill_null(True).arg_true().head(1):
        raise DataError(
            "expected a whole number",
            mend="Mend the cell",
            path=path,
            line=lines[row],
            field=short(column.name),
        )
    return values.alias("number")


def names(column: pl.Series) -> pl.Series:
    """Give a column of ids as text: 7.0 is "7", blanks of any kind are one space."""
    if column.dtype.is_float():
        column = column.fill_nan(None)
        if (column.drop_nulls() % 1 == 0).all():
            column = column.cast(pl.Int64)
    texts = column.cast(pl.String).str.replace_all(r"\s+", " ").str.strip_chars()
    return texts.set(texts == "", None)


def _number(text: str, worth: dict[str, float]) -> float | None:
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text.replace(",", "."))
    if (value := worth.get(_collapsed(text))) is not None:
        return value
    if not worth and (match := _LABEL.fullmatch(text)):
        return float(match[1].replace(",", "."))
    return None


def _is_nothing(text: str) -> bool:
    return not text.strip() or text.strip().casefold() in _NOTHING


def _collapsed(label: str) -> str:
    return " ".join(label.split()).casefold()
