"""A scores table for `attunement gap`, read and checked."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from attunement.cli._table_in import TableIn, read_table
from attunement.errors import DataError, UsageError
from attunement.tables import MEASURES, ROLES, SCORES
from attunement.transcripts.tabular import listed

_NEEDED = ("session_id", "turn", "role", "time", *MEASURES)
_COMPANIONS = tuple(
    name for name in SCORES.columns if name == "words" or name.endswith(("_swapped", "_offset"))
)


def read_scores(path: Path, *, estimator: str | None) -> pl.DataFrame:
    """Read the scores of one estimator.

    Parameters
    ----------
    path : Path
        Parquet, CSV or JSON lines, with the columns session_id, turn, role, time and the four
        measures.
    estimator : str, optional
        Whose scores, where the table holds those of several.

    Returns
    -------
    DataFrame
        With the types of `attunement.tables.SCORES`: the columns above, and, where the file has
        them, `estimator`, `words` and the `_swapped` and `_offset` columns. Scores may be missing
        and are finite otherwise.

    Raises
    ------
    UsageError
        There are several estimators and none is named, or the one named is not there.
    DataError
        A column is missing, a cell does not hold what it should, or a turn is there twice.
    """
    table = read_table(path)
    table.need(_NEEDED, mend="Give a table that `attunement score` or `analyze` wrote")
    columns = [
        table.filled("session_id", table.texts("session_id")),
        _turns(table),
        _roles(table),
        _times(table),
    ]
    if "estimator" in table.frame.columns:
        columns.append(table.filled("estimator", table.texts("estimator")))
    columns += [table.numbers(name) for name in MEASURES]
    companions = [table.numbers(name) for name in _COMPANIONS if name in table.frame.columns]
    columns += [column for column in companions if column.is_not_null().any()]
    scores = pl.DataFrame(columns).with_columns(
        pl.col(name).cast(dtype)
        for name, dtype in SCORES.columns.items()
        if name in {column.name for column in columns}
    )
    keys = [name for name in ("session_id", "turn", "estimator") if name in scores.columns]
    table.once(scores.select(keys), what="the same turn")
    chosen = _of_one(scores, estimator, path=path)
    _need_both_sides(chosen, path=path)
    return chosen


def _need_both_sides(scores: pl.DataFrame, *, path: Path) -> None:
    sides = scores["role"].unique().to_list()
    if len(sides) == 1:
        raise DataError(
            f"all scores are of {sides[0]}s' turns, and a gap is between two sides",
            mend="Score both sides; a fitted model does where it was fitted on ratings by both",
            path=path,
            field="role",
        )


def _turns(table: TableIn) -> pl.Series:
    turns = table.filled("turn", table.numbers("turn"))
    for row in ((turns < 0) | (turns % 1 != 0) | (turns >= 2**31)).arg_true().head(1):
        raise table.wrong("expected a whole number from 0", row=row, field="turn")
    return turns


def _roles(table: TableIn) -> pl.Series:
    roles = table.filled("role", table.texts("role"))
    for row in (~roles.is_in(ROLES)).arg_true().head(1):
        raise table.wrong("expected patient or therapist", row=row, field="role")
    return roles


def _times(table: TableIn) -> pl.Series:
    times = table.filled("time", table.numbers("time"))
    for row in (~times.is_between(0, 1)).arg_true().head(1):
        raise table.wrong(
            "expected a place in the session, from 0 to 1",
            row=row,
            field="time",
            mend="Give turn / (number of turns - 1)",
        )
    return times


def _of_one(scores: pl.DataFrame, estimator: str | None, *, path: Path) -> pl.DataFrame:
    if "estimator" not in scores.columns:
        if estimator is not None:
            raise UsageError(
                "the scores do not say which estimator made them",
                mend="Leave --estimator out",
                path=path,
                field="--estimator",
            )
        return scores
    names = scores["estimator"].unique(maintain_order=True).to_list()
    if estimator is None and len(names) > 1:
        raise UsageError(
            f"the scores are those of {len(names)} estimators: {listed(names)}",
            mend="Choose one with --estimator NAME",
            path=path,
            field="--estimator",
        )
    if estimator is not None and estimator not in names:
        raise UsageError(
            f'there are no scores of "{estimator}"; there are those of {listed(names)}',
            mend="Choose one of them with --estimator NAME",
            path=path,
            field="--estimator",
        )
    return scores.filter(pl.col("estimator") == (estimator or names[0]))
