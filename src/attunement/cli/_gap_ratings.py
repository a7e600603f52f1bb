"""Ratings of whole sessions for `attunement gap`, and what they say of the sessions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.cli._table_in import TableIn, read_table
from attunement.errors import DataError
from attunement.tables import RATINGS
from attunement.transcripts.tabular import QUESTIONNAIRE, find, rater_of

_NEEDED = ("session_id", "rater", "scale", "value")
_OF_RATING = frozenset(RATINGS.columns)
_OF_SESSION = ("patient_id", "therapist_id", "condition")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RatingsIn:
    """Ratings, and the sessions they name.

    Attributes
    ----------
    path : Path
        Where they come from.
    ratings : DataFrame
        With the columns of `attunement.tables.RATINGS`.
    sessions : DataFrame
        session_id, `line` (the first that names it), and whatever columns of the file describe
        sessions, as text.
    left_empty : tuple of str
        For each row about a whole session that has no value, the session's id ("" without one).
    """

    path: Path
    ratings: pl.DataFrame
    sessions: pl.DataFrame
    left_empty: tuple[str, ...]

    def notes(self, *, name_sessions: bool = True) -> list[str]:
        """Say how many values were left empty, and of which sessions."""
        count = len(self.left_empty)
        if not count:
            return []
        sessions = list(dict.fromkeys(filter(None, self.left_empty))) if name_sessions else []
        named = few_sessions(sessions)
        return [
            f"left empty in {self.path.name}: {count:,} value{'' if count == 1 else 's'}{named}"
        ]


def read_ratings(path: Path, *, describing: Collection[str] = ()) -> RatingsIn:
    """Read ratings, one row a session, rater, instrument and scale.

    Parameters
    ----------
    path : Path
        Columns session_id, rater, scale, value; optionally instrument, turn, patient_id,
        therapist_id, condition. Rows without a value are counted, ratings of single turns left out.
    describing : collection of str
        Further columns that describe sessions, if they are there.

    Returns
    -------
    RatingsIn

    Raises
    ------
    DataError
        A column is missing, a cell does not hold what it should, two rows rate the same, or two
        rows say different things of one session.
    """
    table = _named(read_table(path), describing=describing)
    table.need(_NEEDED, mend="Give one row a session, rater and scale")
    told, left_empty = _kept(table)
    if told.frame.is_empty():
        raise DataError(
            "no row holds a rating of a whole session",
            mend="Give the value of a scale in each row, without a turn",
            path=path,
            field="value",
        )
    ratings = _ratings(told)
    keys = ratings.select("session_id", "rater", "instrument", "scale")
    of_sides = (ratings["rater"] != "observer").arg_true()
    _at(told, of_sides).once(keys[of_sides], what="a rating of the same scale")
    extra = [name for name in dict.fromkeys((*_OF_SESSION, *describing)) if name not in _OF_RATING]
    return RatingsIn(
        path=path, ratings=ratings, sessions=_sessions(told, extra), left_empty=left_empty
    )


def few_sessions(ids: Sequence[str]) -> str:
    """Name the first few of some sessions, in brackets; nothing where there are none."""
    if not ids:
        return ""
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f" ({', '.join(one[:60] for one in ids[:_SHOWN])}{more})"


def _named(table: TableIn, *, describing: Collection[str]) -> TableIn:
    """Call columns by our names, whatever names of theirs are known."""
    header = table.frame.columns
    found = find(header, kind="ratings", chosen={}, path=table.path)
    left = [name if place not in found.values() else "" for place, name in enumerate(header)]
    of_session = find(left, kind="sessions", chosen={}, path=table.path)
    found |= {name: of_session[name] for name in _OF_SESSION if name in of_session}
    kept = {name: header[place] for name, place in found.items()}
    kept |= {name: name for name in describing if name in header and name not in kept}
    return TableIn(
        table.path,
        table.frame.select(pl.col(old).alias(new) for new, old in kept.items()),
        table.lines,
    )


def _kept(table: TableIn) -> tuple[TableIn, tuple[str, ...]]:
    """Keep the rows that rate a whole session; name the sessions of those without a value."""
    given = table.frame["value"].is_not_null()
    whole = (
        table.frame["turn"].is_null()
        if "turn" in table.frame.columns
        else pl.repeat(True, table.frame.height, eager=True)
    )
    empty = _at(table, (whole & ~given).arg_true())
    return _at(table, (whole & given).arg_true()), tuple(empty.texts("session_id").fill_null(""))


def _at(table: TableIn, rows: pl.Series) -> TableIn:
    return TableIn(table.path, table.frame[rows], table.lines[rows])


def _ratings(table: TableIn) -> pl.DataFrame:
    raters = table.filled("rater", table.texts("rater"))
    meant = {name: rater_of(name) for name in raters.unique()}
    known = raters.replace_strict(meant, return_dtype=pl.String)
    for row in known.is_null().arg_true().head(1):
        raise table.wrong("expected patient, therapist or observer", row=row, field="rater")
    instruments = (
        table.texts("instrument").fill_null(QUESTIONNAIRE)
        if "instrument" in table.frame.columns
        else pl.Series("instrument", [QUESTIONNAIRE] * table.frame.height)
    )
    return pl.DataFrame(
        {
            "session_id": table.filled("session_id", table.texts("session_id")),
            "turn": pl.Series([None] * table.frame.height, dtype=pl.Int32),
            "rater": known,
            "instrument": instruments,
            "scale": table.filled("scale", table.texts("scale")),
            "value": table.numbers("value"),
        },
        schema=RATINGS.schema,
    )


def _sessions(table: TableIn, names: Iterable[str]) -> pl.DataFrame:
    """Give each session what its rows say of it, if they agree."""
    described = [table.texts(name) for name in names if name in table.frame.columns]
    rows = pl.DataFrame([table.texts("session_id"), *described]).with_columns(
        line=table.lines, row=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    for name in (column.name for column in described):
        first = pl.col(name).drop_nulls().first().over("session_id")
        for row in rows.filter(pl.col(name) != first)["row"].head(1):
            raise table.wrong(
                f'session "{rows["session_id"][row][:100]}" has another one on an earlier line',
                row=row,
                field=name,
                mend="Give all rows of a session the same",
            )
    return rows.group_by("session_id", maintain_order=True).agg(
        pl.col("line").first(), *(pl.col(c.name).drop_nulls().first() for c in described)
    )
