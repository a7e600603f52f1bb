"""Where a session goes: means in ten equal bins of its time."""

from __future__ import annotations

import polars as pl

from attunement.report._inputs import MEASURES, ReportTables
from attunement.tables import TRAJECTORIES

BINS = 10


def trajectories(tables: ReportTables) -> pl.DataFrame:
    """Average each condition's sessions over ten equal bins of session time.

    Time is normalised within a session, so long sessions do not dominate the end (METHOD.md
    section 6). A session enters a bin with the mean of its turns there.

    Parameters
    ----------
    tables : ReportTables
        The tables.

    Returns
    -------
    DataFrame
        With the schema of `TRAJECTORIES`: condition (null for sessions without one), role (whose
        turns the scores are inferred from), scale, `bin` (1..10), `time` (the bin's middle),
        `mean` of the session means, `n_sessions` that have a turn of that role there. A bin no
        session reaches has no row. Ordered by condition (null last), role, scale, bin.
    """
    conditions = tables.sessions.select("session_id", "condition")
    long = (
        session_bins(tables)
        .unpivot(
            on=list(MEASURES),
            index=["session_id", "role", "bin"],
            variable_name="scale",
            value_name="value",
        )
        .drop_nulls("value")
        .join(conditions, on="session_id", how="inner")
    )
    order = {measure: place for place, measure in enumerate(MEASURES)}
    return (
        long.group_by("condition", "role", "scale", "bin")
        .agg(
            ((pl.col("bin").first() - 0.5) / BINS).alias("time"),
            pl.col("value").mean().alias("mean"),
            pl.len().cast(pl.Int64).alias("n_sessions"),
        )
        .with_columns(pl.col("scale").replace_strict(order, return_dtype=pl.Int8).alias("place"))
        .sort("condition", "role", "place", "bin", nulls_last=True)
        .select(TRAJECTORIES.schema.names())
    )


def session_bins(tables: ReportTables) -> pl.DataFrame:
    """Mean of each session's turns per role and bin: session_id, role, bin, and the four scores."""
    number = (pl.col("time") * BINS).floor().cast(pl.Int32).clip(0, BINS - 1) + 1
    return (
        tables.finite_scores()
        .with_columns(number.alias("bin"))
        .group_by("session_id", "role", "bin")
        .agg(pl.col(measure).mean() for measure in MEASURES)
        .sort("session_id", "role", "bin")
    )
