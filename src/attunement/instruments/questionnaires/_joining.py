"""Which session each form is about: by id, by patient and day, or by patient and order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import polars as pl

from attunement.errors import DataError, UsageError
from attunement.instruments.questionnaires._answers import OF_FORM
from attunement.instruments.questionnaires._cells import dated, numbered
from attunement.instruments.questionnaires._matching import (
    MATCHED,
    by_date,
    by_id,
    by_order,
    compared_ids,
)
from attunement.instruments.questionnaires._wording import few
from attunement.tables import RATINGS

How: TypeAlias = Literal["id", "date", "order"]

RATED: dict[str, pl.DataType] = {
    **RATINGS.columns,
    "patient_id": pl.String(),
    "prorated": pl.Boolean(),
}
"""The ratings table; whose session it was, known at once, and what follows needs it; and whether
the value stands in for some missing answers."""

_OF_SESSIONS: dict[str, pl.DataType] = {
    "session_id": pl.String(),
    "patient_id": pl.String(),
    "number": pl.Int32(),
    "date": pl.Date(),
}


@dataclass(frozen=True, slots=True)
class Joined:
    """Ratings that know their sessions, and what was left out.

    Attributes
    ----------
    how : {"id", "date", "order"}
        How forms and sessions were put together.
    ratings : DataFrame
        With the columns of `attunement.tables.RATINGS`, `patient_id` and `prorated`.
    forms, joined : int
        How many forms there were, and how many found their session.
    unmatched : DataFrame
        The forms that did not: what is known of them, and the `reason`.
    without : DataFrame
        `session_id` and `rater`: sessions without a form of a rater of whom there are forms.
    """

    how: How
    ratings: pl.DataFrame
    forms: int
    joined: int
    unmatched: pl.DataFrame
    without: pl.DataFrame

    def left_out(self) -> list[str]:
        """Say what found no counterpart, a sentence a reason, with the first few ids."""
        found = []
        for (reason,), rows in self.unmatched.group_by("reason", maintain_order=True):
            ids = rows.select(pl.coalesce("session_id", "patient_id").fill_null("no id"))
            names = ids.to_series().unique(maintain_order=True)
            count = f"{rows.height} form" + ("s" if rows.height > 1 else "")
            found.append(f"{count} left out, {reason}: {few(names)}")
        for (rater,), rows in self.without.group_by("rater", maintain_order=True):
            count = f"{rows.height} session" + ("s" if rows.height > 1 else "")
            found.append(f"{count} without a {rater} form: {few(rows['session_id'])}")
        return found


def join_ratings(
    ratings: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    how: How | Literal["auto"] = "auto",
    forms: pl.DataFrame | None = None,
    uneven: bool = False,
    path: Path | str | None = None,
) -> Joined:
    """Find the session of every form.

    Parameters
    ----------
    ratings : DataFrame
        `ScoredAnswers.ratings`.
    sessions : DataFrame
        `session_id`; for a join by date or order `patient_id`, and `date` or `number`, as such
        or as text; `line`, for messages.
    how : {"auto", "id", "date", "order"}
        By session id; by patient and day; or a patient's nth form with their nth session, by the
        forms' and sessions' `number` where both have one, else both in order (by number, date or
        file). "auto" takes the first of the three that the columns allow; it never goes on to the
        next because the ids or days do not fit.
    forms : DataFrame, optional
        `ScoredAnswers.items`, so that a form of which nothing could be scored keeps its place in
        the order and is counted.
    uneven : bool
        By order: whether a patient may have more forms than sessions, or fewer; the surplus at the
        end is left out.
    path : Path or str, optional
        Where the sessions stand, for messages.

    Returns
    -------
    Joined

    Raises
    ------
    UsageError
        The columns that the join needs are not there.
    DataError
        Nothing fits; a form fits two sessions; two forms of one rater fit one session; a form and
        its session name different patients; or a patient's forms and sessions differ in number.
    """
    held = _forms(ratings if forms is None else forms)
    known = _sessions(sessions, path=path)
    chosen = _chosen(held, known) if how == "auto" else how
    if chosen == "id":
        matched = by_id(held, known)
    elif chosen == "date":
        matched = by_date(held, known, path=path)
    else:
        matched = by_order(held, known, uneven=uneven, path=path)
    _check_some(matched, held, known, how=chosen, path=path)
    _check_patients(matched, known)
    _check_once(matched)
    return _joined(matched, ratings, known, how=chosen)


def _joined(
    matched: pl.DataFrame, ratings: pl.DataFrame, known: pl.DataFrame, *, how: How
) -> Joined:
    found = matched.filter(pl.col(MATCHED).is_not_null())
    patients = known.select(pl.col("session_id").alias(MATCHED), known=pl.col("patient_id"))
    whose = found.join(patients, on=MATCHED, how="left").select(
        "form", MATCHED, pl.coalesce("known", "patient_id").alias("whose")
    )
    joined = ratings.join(whose, on="form", how="inner", maintain_order="left").select(
        pl.col(MATCHED).alias("session_id"),
        pl.lit(None, pl.Int32).alias("turn"),
        "rater",
        "instrument",
        "scale",
        "value",
        pl.col("whose").alias("patient_id"),
        pl.col("prorated") if "prorated" in ratings.columns else pl.lit(False).alias("prorated"),
    )
    raters = held_raters(matched)
    every = known.select("session_id").join(raters, how="cross")
    rated = found.select(pl.col(MATCHED).alias("session_id"), "rater")
    return Joined(
        how=how,
        ratings=joined.cast(pl.Schema(RATED)),
        forms=matched.height,
        joined=found.height,
        unmatched=matched.filter(pl.col(MATCHED).is_null()).drop(MATCHED),
        without=every.join(rated, on=["session_id", "rater"], how="anti", maintain_order="left"),
    )


def held_raters(forms: pl.DataFrame) -> pl.DataFrame:
    """Give the raters of whom there are forms, each once, in order."""
    return forms.select(pl.col("rater").unique(maintain_order=True))


def _forms(rows: pl.DataFrame) -> pl.DataFrame:
    """Give one row a form, with every column that may say what it is about."""
    columns = [
        pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in OF_FORM.items()
    ]
    return rows.select(columns).unique("form", keep="first", maintain_order=True)


def _sessions(rows: pl.DataFrame, *, path: Path | str | None) -> pl.DataFrame:
    if "session_id" not in rows.columns:
        raise UsageError(
            "the sessions have no column session_id",
            mend="Give one row a session, with its id",
            path=path,
            field="session_id",
        )
    lines = (
        rows["line"]
        if "line" in rows.columns
        else pl.Series(range(1, rows.height + 1), dtype=pl.Int64)
    )
    read = {"date": dated, "number": numbered}
    rows = rows.with_columns(
        read[name](rows[name], lines=lines, path=path) for name in read if name in rows.columns
    )
    columns = [
        pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in _OF_SESSIONS.items()
    ]
    held = rows.select(*columns, pl.int_range(pl.len(), dtype=pl.Int64).alias("row"))
    for name in held.filter(pl.col("session_id").is_duplicated())["session_id"].head(1):
        raise DataError(
            f'two sessions have the id "{few([name or ""])}"',
            mend="Give every session an id of its own",
            path=path,
            field="session_id",
        )
    return held


def _chosen(forms: pl.DataFrame, sessions: pl.DataFrame) -> How:
    """Choose by the columns that hold something on both sides."""
    both = {
        name: forms[name].is_not_null().any() and sessions[name].is_not_null().any()
        for name in ("session_id", "patient_id", "date")
    }
    if both["session_id"]:
        return "id"
    if both["patient_id"]:
        return "date" if both["date"] else "order"
    raise UsageError(
        "nothing says which session a form is about: there is neither a session id in the answers "
        "nor a patient id on both sides",
        mend="Name the column with --columns session_id=NAME, or patient_id=NAME on both sides",
        field="--join",
    )


def _check_some(
    matched: pl.DataFrame,
    forms: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    how: How,
    path: Path | str | None,
) -> None:
    if matched[MATCHED].is_not_null().any():
        return
    name = "session_id" if how == "id" else "patient_id"
    raise DataError(
        f"none of {forms.height} forms found its session by {how}; "
        + compared_ids(forms, sessions, name=name),
        mend=f"Name the right column of the answers with --columns {name}=NAME, or join another "
        "way with --join",
        path=path,
        field=name,
    )


def _check_patients(matched: pl.DataFrame, sessions: pl.DataFrame) -> None:
    theirs = sessions.select(pl.col("session_id").alias(MATCHED), theirs=pl.col("patient_id"))
    differ = matched.join(theirs, on=MATCHED, how="inner", maintain_order="left").filter(
        pl.col("patient_id") != pl.col("theirs")
    )
    for row in differ.head(1).rows(named=True):
        raise DataError(
            f'the form is {few([row["patient_id"]])}\'s, and session "{few([row[MATCHED]])}" is '
            f"{few([row['theirs']])}'s",
            mend="Mend the id that is wrong; ids must be spelled alike on both sides",
            path=row["file"],
            line=row["line"],
            field="patient_id",
        )


def _check_once(matched: pl.DataFrame) -> None:
    found = matched.filter(pl.col(MATCHED).is_not_null()).with_columns(
        pl.col("file").first().over(MATCHED, "rater").alias("other_file"),
        pl.col("line").first().over(MATCHED, "rater").alias("other_line"),
        pl.col("form").first().over(MATCHED, "rater").alias("other"),
    )
    for row in found.filter(pl.col("other") != pl.col("form")).head(1).rows(named=True):
        if row["other_line"] is None:
            before = f"row {row['other'] + 1}"
        elif row["other_file"] == row["file"]:
            before = f"line {row['other_line']}"
        else:
            before = f"{row['other_file']}, line {row['other_line']}"
        raise DataError(
            f'session "{few([row[MATCHED]])}" has a {row["rater"]} form already ({before})',
            mend="Keep one of the two, or tell the sessions apart with a number, or by id",
            path=row["file"],
            line=row["line"],
            field="session_id",
        )
