"""Days as files write them; what could mean two days is refused."""

from __future__ import annotations

import re
from datetime import date, datetime

import polars as pl

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?: .*)?")
_NAMED = ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y")


class NoDayError(ValueError):
    """A cell is no day, or could be two.

    Parameters
    ----------
    row : int
        Which cell, from 0.
    problem : str
        What was found and what is expected, without the cell.
    """

    def __init__(self, row: int, problem: str) -> None:
        self.row = row
        self.problem = problem
        super().__init__(problem)


def days(cells: pl.Series) -> pl.Series:
    """Read a column of days.

    Parameters
    ----------
    cells : Series
        Dates, times, or text: 2026-03-09 (with or without a time), 2026/3/9, 20260309, 9.3.2026,
        9 Mar 2026, March 9, 2026; or 9/3/2026 and 3/9/2026, where some other cell of the column
        has a number over 12 in one of the places and so says which is the day. Null is no day.

    Returns
    -------
    Series of Date

    Raises
    ------
    NoDayError
        A cell is none of these, or nothing says which number is the month.
    """
    if cells.dtype == pl.Date or isinstance(cells.dtype, pl.Datetime):
        return cells.cast(pl.Date)
    texts = cells.cast(pl.String).str.strip_chars()
    day_first = _day_first(texts)
    found = [
        None if not text else _day(text, row=row, day_first=day_first)
        for row, text in enumerate(texts)
    ]
    return pl.Series(cells.name, found, dtype=pl.Date)


def _day_first(texts: pl.Series) -> bool | None:
    """Say whether numbers between slashes begin with the day; None where nothing tells."""
    pairs = [
        (row, int(match[1]), int(match[2]))
        for row, text in enumerate(texts)
        if text and (match := _SLASHED.fullmatch(text))
    ]
    day_first = [row for row, first, second in pairs if first > 12 >= second]
    month_first = [row for row, first, second in pairs if second > 12 >= first]
    if day_first and month_first:
        raise NoDayError(
            max(day_first[0], month_first[0]),
            "some days of this column begin with the day and others with the month",
        )
    return None if not day_first and not month_first else bool(day_first)


def _day(text: str, *, row: int, day_first: bool | None) -> date:
    try:
        if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DOTTED.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if match := _SLASHED.fullmatch(text):
            first, second, year = (int(part) for part in match.groups())
            if first == second:
                return date(year, first, second)
            if day_first is None:
                raise NoDayError(
                    row,
                    "either of the two numbers before the year could be the month, and no other "
                    "day of this column tells which is",
                )
            return date(year, second, first) if day_first else date(year, first, second)
        return _named(text)
    except NoDayError:
        raise
    except ValueError:
        raise NoDayError(row, "expected a day such as 2026-03-09") from None


def _named(text: str) -> date:
    for layout in _NAMED:
        try:
            return datetime.strptime(text, layout).date()
        except ValueError:
            continue
    raise ValueError(text)
