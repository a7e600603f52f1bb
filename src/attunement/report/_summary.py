"""Sessions and conditions in numbers: one row a session, and means of session means."""

from __future__ import annotations

import polars as pl

from attunement.report._inputs import MEASURES, ReportTables
from attunement.tables import ALLIANCE, ROLES, SCALES

SMALL_GROUP = 20
"""A condition with fewer sessions is marked small and carries no headline (METHOD.md section 6)."""

LAST_QUARTER = 0.75
"""The last quarter of a session is what is said from this time on (time runs from 0 to 1)."""


def session_summary(tables: ReportTables) -> pl.DataFrame:
    """Summarise each session in one row.

    Parameters
    ----------
    tables : ReportTables
        The tables.

    Returns
    -------
    DataFrame
        One row a session, in the order of `tables.sessions`: its five identifying columns;
        `patient_turns`, `therapist_turns` (all turns, scored or not); for each of alliance, task,
        bond and goal the mean over the patient's turns (`alliance_patient`), over the therapist's
        (`alliance_therapist`) and therapist minus patient (`alliance_difference`);
        `patient_last_quarter`, the mean alliance of the patient's turns from time 0.75 on;
        `lowest_turn`, the patient's turn with the lowest alliance (the first of equals);
        then one column a questionnaire, named rater_instrument_scale. A value that cannot be
        formed is null, never NaN.
    """
    scores = tables.finite_scores()
    keys = ["session_id", "patient_id", "therapist_id", "condition", "number"]
    return (
        tables.sessions.select(keys)
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
        condition (null for sessions without one), role, scale, `mean` and `sd` of the session
        means (sessions, not turns, are the unit: METHOD.md section 6; `sd` is null for one
        session), `n_sessions` (those with a scored turn of that role), `n_patients` (distinct
        patient_id among them; null where none is named), `small` (under 20 sessions). Ordered by
        condition, null last, then role and scale.
    """
    long = _long(session_summary(tables))
    return _over_sessions(long, by=["condition", "role", "scale"])


def role_differences(tables: ReportTables) -> pl.DataFrame:
    """Summarise the within-session role difference, therapist minus patient, per condition.

    Parameters
    ----------
    tables : ReportTables
        The tables.

    Returns
    -------
    DataFrame
        condition, scale, mean, sd, n_sessions, n_patients, small, as in `condition_summary`, over
        the sessions in which both sides have a score.
    """
    long = _long(session_summary(tables), kinds=("difference",))
    return _over_sessions(long, by=["condition", "scale"])


def _turn_counts(turns: pl.DataFrame) -> pl.DataFrame:
    return turns.group_by("session_id").agg(
        (pl.col("role") == role).sum().cast(pl.Int32).alias(f"{role}_turns") for role in ROLES
    )


def _role_means(scores: pl.DataFrame) -> pl.DataFrame:
    means = scores.group_by("session_id").agg(
        pl.col(measure).filter(pl.col("role") == role).mean().alias(f"{measure}_{role}")
        for measure in MEASURES
        for role in ROLES
    )
    differences = {
        f"{measure}_difference": pl.col(f"{measure}_therapist") - pl.col(f"{measure}_patient")
        for measure in MEASURES
    }
    kinds = (*ROLES, "difference")
    return means.with_columns(**differences).select(
        "session_id", *(f"{measure}_{kind}" for measure in MEASURES for kind in kinds)
    )


def _last_quarter(scores: pl.DataFrame) -> pl.DataFrame:
    late = (pl.col("role") == "patient") & (pl.col("time") >= LAST_QUARTER)
    return scores.group_by("session_id").agg(
        pl.col(ALLIANCE).filter(late).mean().alias("patient_last_quarter")
    )


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
            pl.concat_str("rater", "instrument", "scale", separator="_").alias("questionnaire"),
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


def _long(summary: pl.DataFrame, kinds: tuple[str, ...] = ROLES) -> pl.DataFrame:
    """One row a session, measure and kind (a role, or the difference of the two)."""
    return pl.concat(
        summary.select(
            "session_id",
            "patient_id",
            "condition",
            pl.lit(kind).alias("role"),
            pl.lit(measure).alias("scale"),
            pl.col(f"{measure}_{kind}").alias("value"),
        )
        for kind in kinds
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
