"""The three ways a form finds its session, each a left join that says why it failed."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from attunement.errors import DataError, UsageError
from attunement.instruments.questionnaires._order import PLACE, in_order
from attunement.instruments.questionnaires._wording import few

MATCHED = "matched"
"""The column with the session found; `reason` says why there is none."""


def by_id(forms: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Match by the session's id."""
    ids = sessions.select("session_id", pl.col("session_id").alias(MATCHED))
    matched = forms.join(ids.unique(), on="session_id", how="left", maintain_order="left")
    return _reasoned(
        matched,
        pl.when(pl.col("session_id").is_null())
        .then(pl.lit("since they name no session"))
        .otherwise(pl.lit("since no session has the id")),
    )


def by_date(
    forms: pl.DataFrame, sessions: pl.DataFrame, *, path: Path | str | None
) -> pl.DataFrame:
    """Match by the patient and the day; two sessions on one day are told apart by number."""
    _need(forms, sessions, names=("patient_id", "date"), how="date", path=path)
    days = sessions.filter(pl.col("patient_id").is_not_null() & pl.col("date").is_not_null())
    twice = days.filter(pl.len().over("patient_id", "date") > 1)
    numbered = twice.filter(pl.len().over("patient_id", "date", "number") == 1)
    by_number = forms.join(
        numbered.select("patient_id", "date", "number", pl.col("session_id").alias(MATCHED)),
        on=["patient_id", "date", "number"],
        how="inner",
        maintain_order="left",
    )
    untold = forms.join(by_number, on="form", how="anti").join(
        twice, on=["patient_id", "date"], how="semi", maintain_order="left"
    )
    for row in untold.head(1).rows(named=True):
        raise DataError(
            f"patient {few([row['patient_id']])} has two sessions on {row['date']}, and the form "
            "does not say which",
            mend="Number the sessions and the forms (column `number`), or join by id",
            path=row["file"],
            line=row["line"],
            field="date",
        )
    once = days.filter(pl.len().over("patient_id", "date") == 1)
    matched = (
        forms.join(
            once.select("patient_id", "date", pl.col("session_id").alias("of_day")),
            on=["patient_id", "date"],
            how="left",
            maintain_order="left",
        )
        .join(by_number.select("form", MATCHED), on="form", how="left", maintain_order="left")
        .with_columns(pl.coalesce(MATCHED, "of_day").alias(MATCHED))
        .drop("of_day")
    )
    return _reasoned(
        matched,
        _unless_patient_unknown(
            sessions,
            pl.when(pl.col("date").is_null())
            .then(pl.lit("since they have no date"))
            .otherwise(pl.lit("since the patient has no session on the day")),
        ),
    )


def by_order(
    forms: pl.DataFrame, sessions: pl.DataFrame, *, uneven: bool, path: Path | str | None
) -> pl.DataFrame:
    """Match a patient's nth form with their nth session; by numbers where both sides have them."""
    _need(forms, sessions, names=("patient_id",), how="order", path=path)
    theirs = sessions.filter(pl.col("patient_id").is_not_null())
    whose = forms.filter(pl.col("patient_id").is_not_null())
    if whose["number"].null_count() == 0 and theirs["number"].null_count() == 0:
        return _by_number(forms, theirs)
    if not uneven:
        _check_counts(whose, theirs)
    placed = in_order(theirs, by=["patient_id"], tie="row")
    ordered = in_order(whose, by=["patient_id", "rater"], tie="form").join(
        placed.select("patient_id", PLACE, pl.col("session_id").alias(MATCHED)),
        on=["patient_id", PLACE],
        how="left",
    )
    matched = forms.join(
        ordered.select("form", MATCHED), on="form", how="left", maintain_order="left"
    )
    return _reasoned(
        matched,
        _unless_patient_unknown(
            sessions, pl.lit("since the patient has fewer sessions than forms")
        ),
    )


def compared_ids(forms: pl.DataFrame, sessions: pl.DataFrame, *, name: str) -> str:
    """Show the first id of either side, whose spelling often tells why none fits."""
    first = [few(rows[name].drop_nulls().head(1)) or "none" for rows in (forms, sessions)]
    return f"the first {name} of the answers is {first[0]}, of the sessions {first[1]}"


def _by_number(forms: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    numbered = sessions.select("patient_id", "number", pl.col("session_id").alias(MATCHED))
    for row in numbered.filter(pl.len().over("patient_id", "number") > 1).head(1).rows(named=True):
        raise DataError(
            f"patient {few([row['patient_id']])} has two sessions with the number {row['number']}",
            mend="Number the sessions of a patient differently",
            field="number",
        )
    matched = forms.join(numbered, on=["patient_id", "number"], how="left", maintain_order="left")
    return _reasoned(
        matched,
        _unless_patient_unknown(
            sessions, pl.lit("since the patient has no session with the number")
        ),
    )


def _check_counts(forms: pl.DataFrame, sessions: pl.DataFrame) -> None:
    counts = forms.group_by("patient_id", "rater", maintain_order=True).agg(
        pl.len().alias("forms"), pl.col("file").first(), pl.col("line").last()
    )
    held = counts.join(
        sessions.group_by("patient_id").agg(pl.len().alias("sessions")), on="patient_id"
    ).filter(pl.col("forms") != pl.col("sessions"))
    for row in held.sort("patient_id").head(1).rows(named=True):
        more = f" (and {held.height - 1} more such)" if held.height > 1 else ""
        raise DataError(
            f"patient {few([row['patient_id']])} has {row['forms']} {row['rater']} forms and "
            f"{row['sessions']} sessions{more}, so the order does not say which belong together",
            mend="Join by date or id, number both sides, or, if forms are missing at the end "
            "only, add --uneven",
            path=row["file"],
            field="patient_id",
        )


def _need(
    forms: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    names: tuple[str, ...],
    how: str,
    path: Path | str | None,
) -> None:
    for name in names:
        if forms[name].null_count() == forms.height:
            raise UsageError(
                f"to join by {how}, the answers need a {name}",
                mend=f"Name its column with --columns {name}=NAME",
                field=name,
            )
        if sessions[name].null_count() == sessions.height:
            raise UsageError(
                f"to join by {how}, the sessions need a {name}",
                mend=f"Add a column {name} to the sessions",
                path=path,
                field=name,
            )


def _unless_patient_unknown(sessions: pl.DataFrame, reason: pl.Expr) -> pl.Expr:
    patients = sessions["patient_id"].drop_nulls().unique().to_list()
    return (
        pl.when(pl.col("patient_id").is_null())
        .then(pl.lit("since they name no patient"))
        .when(~pl.col("patient_id").is_in(patients))
        .then(pl.lit("since the patient has no session"))
        .otherwise(reason)
    )


def _reasoned(matched: pl.DataFrame, reason: pl.Expr) -> pl.DataFrame:
    return matched.with_columns(pl.when(pl.col(MATCHED).is_null()).then(reason).alias("reason"))
