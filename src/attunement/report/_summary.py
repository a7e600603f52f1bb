"""Sessions and conditions in numbers: one row a session, and means of session means."""

from __future__ import annotations

import polars as pl

from attunement.report._inputs import ReportTables
from attunement.tables import (
    ALLIANCE,
    CONDITION_SUMMARY,
    MEASURES,
    ROLES,
    SCALES,
    SESSION_SUMMARY,
    SESSIONS,
    Role,
)

SMALL_GROUP = 20
"""A condition with fewer sessions is marked small and carries no headline (METHOD.md section 6)."""

LAST_QUARTER = 0.75
"""The last quarter of a session is what is said from this time on (time runs from 0 to 1)."""


def last_quarter(role: Role) -> pl.Expr:
    """Tell the turns of one side that fall in the last quarter of their session.

    Parameters
    ----------
    role : {"patient", "therapist"}
        Whose turns.

    Returns
    -------
    Expr
        Over a table with `role` and `time`: that side's turns with time >= 0.75. A side that has
        fallen silent by then has none, and a mean over them is null.
    """
    return (pl.col("role") == role) & (pl.col("time") >= LAST_QUARTER)


def session_summary(tables: ReportTables) -> pl.DataFrame:
    """Summarise each session in one row.

    Parameters
    ----------
    tables : ReportTables
        The tables.

    Returns
    -------
    DataFrame
        One row a session, in the order of `tables.sessions`, with the schema of
        `SESSION_SUMMARY`: its five identifying columns; `patient_turns`, `therapist_turns` (all
        turns, scored or not); for each of alliance, task, bond and goal the mean over the
        patient's turns (`inferred_patient_alliance`), over the therapist's
        (`inferred_therapist_alliance`) and therapist minus patient (`role_difference_alliance`);
        `inferred_patient_last_quarter`, the mean alliance of the patient's turns from time 0.75
        on; `lowest_turn`, the patient's turn with the lowest alliance, however short (the first
        of equals); then one column a questionnaire, rated_<rater>_<instrument>_<scale>. A value
        that cannot be formed is null, never NaN.
    """
    scores = tables.finite_scores()
    return (
        tables.sessions.select(SESSIONS.schema.names())
        .join(_turn_counts(tables.turns), on="session_id", how="left", maintain_order="left")
        .with_columns(pl.col(f"{role}_turns").fill_null(0) for role in ROLES)
        .join(_role_means(scores), on="session_id", how="left", maintain_order="left")
        .join(_last_quarter(scores), on="session_id", how="left", maintain_order="left")
        .join(_lowest_turn(scores), on="session_id", how="left", maintain_order="left")
        .join(_questionnaires(tables.ratings), on="session_id", how="left", maintain_order="left")
    )


def condition_summary(tables: ReportTables) -> pl.DataFrame:
    """Summarise each condition, role and scale over sessions.

    Parameters
    ----------
    tables : ReportTables
        The tables.

    Returns
    -------
    DataFrame
        With the schema of `CONDITION_SUMMARY`: condition (null for sessions without one), role
        (whose turns the scores are inferred from), scale, `mean` and `sd` of the session means
        (sessions, not turns, are the unit: METHOD.md section 6; `sd` is null for one session),
        `n_sessions` (those with a scored turn of that role), `n_patients` (distinct patient_id
        among them; null where none is named), `small` (under 20 sessions). Ordered by condition,
        null last, then role and scale.
    """
    summary = session_summary(tables)
    long = pl.concat(
        _long(summary, f"inferred_{role}").with_columns(pl.lit(role).alias("role"))
        for role in ROLES
    )
    return _over_sessions(long, by=["condition", "role", "scale"]).select(
        CONDITION_SUMMARY.schema.names()
    )


def _turn_counts(turns: pl.DataFrame) -> pl.DataFrame:
    return turns.group_by("session_id").agg(
        (pl.col("role") == role).sum().cast(pl.Int32).alias(f"{role}_turns") for role in ROLES
    )


def _role_means(scores: pl.DataFrame) -> pl.DataFrame:
    means = scores.group_by("session_id").agg(
        pl.col(measure).filter(pl.col("role") == role).mean().alias(f"inferred_{role}_{measure}")
        for measure in MEASURES
        for role in ROLES
    )
    both = means.with_columns(
        (pl.col(f"inferred_therapist_{measure}") - pl.col(f"inferred_patient_{measure}")).alias(
            f"role_difference_{measure}"
        )
        for measure in MEASURES
    )
    ordered = [name for name in SESSION_SUMMARY.columns if name in both.columns]
    return both.select(ordered)


def _last_quarter(scores: pl.DataFrame) -> pl.DataFrame:
    closing = pl.col(ALLIANCE).filter(last_quarter("patient")).mean()
    return scores.group_by("session_id").agg(closing.alias("inferred_patient_last_quarter"))


def _lowest_turn(scores: pl.DataFrame) -> pl.DataFrame:
    return (
        scores.filter(pl.col("role") == "patient", pl.col(ALLIANCE).is_not_null())
        .sort(ALLIANCE, "turn")
        .group_by("session_id", maintain_order=True)
        .agg(pl.col("turn").first().alias("lowest_turn"))
    )


def _questionnaires(ratings: pl.DataFrame) -> pl.DataFrame:
    order = {scale: place for place, scale in enumerate((*SCALES, ALLIANCE))}
    after_session = (
        ratings.filter(pl.col("turn").is_null(), pl.col("value").is_finite())
        .with_columns(
            pl.concat_str(
                pl.lit("rated"), "rater", "instrument", "scale", separator="_", ignore_nulls=True
            ).alias("questionnaire"),
            pl.col("scale").replace_strict(order, default=len(order)).alias("place"),
        )
        .sort("rater", "instrument", "place", "scale")
    )
    if after_session.is_empty():
        return ratings.select("session_id").clear()
    names = after_session["questionnaire"].unique(maintain_order=True).to_list()
    return after_session.group_by("session_id").agg(
        pl.col("value").filter(pl.col("questionnaire") == name).mean().alias(name) for name in names
    )


def _long(summary: pl.DataFrame, quantity: str) -> pl.DataFrame:
    """One row a session and measure in which `quantity`, the start of a column's name, is known."""
    return pl.concat(
        summary.select(
            "session_id",
            "patient_id",
            "condition",
            pl.lit(measure).alias("scale"),
            pl.col(f"{quantity}_{measure}").alias("value"),
        )
        for measure in MEASURES
    ).drop_nulls("value")


def _over_sessions(long: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    patients = pl.col("patient_id").drop_nulls().n_unique()
    return (
        long.group_by(by, maintain_order=True)
        .agg(
            pl.col("value").mean().alias("mean"),
            pl.col("value").std().alias("sd"),
            pl.len().cast(pl.Int64).alias("n_sessions"),
            pl.when(patients > 0).then(patients).cast(pl.Int64).alias("n_patients"),
        )
        .with_columns((pl.col("n_sessions") < SMALL_GROUP).alias("small"))
        .sort("condition", nulls_last=True, maintain_order=True)
    )
