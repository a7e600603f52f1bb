"""Where a session goes: means in ten equal bins of its time."""

from __future__ import annotations

import polars as pl

from attunement.report._inputs import ReportTables
from attunement.statistics import time_bin
from attunement.tables import MEASURES


def session_bins(tables: ReportTables) -> pl.DataFrame:
    """Mean of each session's turns per role and bin: session_id, role, bin, and the four scores."""
    return (
        tables.finite_scores()
        .with_columns((time_bin() + 1).alias("bin"))
        .group_by("session_id", "role", "bin")
        .agg(pl.col(measure).mean() for measure in MEASURES)
        .sort("session_id", "role", "bin")
    )
