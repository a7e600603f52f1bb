"""Session gaps between turns that are alike: in length, or in place.

Coarsened exact matching (Iacus, King & Porro 2012): within a session the two sides are compared
stratum by stratum, and each stratum counts by how many turns of both sides can be paired in it.
"""

from __future__ import annotations

import polars as pl

from attunement.gap._gap_tables import both_sides
from attunement.tables import MEASURES


def matched_gaps(turns: pl.DataFrame, *, on: str) -> pl.DataFrame:
    """Compare the sides of each session within strata.

    Parameters
    ----------
    turns : DataFrame
        `Turns.frame`.
    on : str
        The column of strata: `stratum` (length) or `bin` (place in the session).

    Returns
    -------
    DataFrame
        session and gap_<measure>: the strata's gaps weighted by min(patient turns, therapist
        turns). A session without a stratum in which both sides speak has no row.
    """
    strata = both_sides(turns, ["session", on]).with_columns(
        pl.min_horizontal("patient_turns", "therapist_turns").alias("weight")
    )
    inside = strata.filter(pl.col("weight") > 0)
    return (
        inside.group_by("session")
        .agg(_weighted(f"gap_{measure}") for measure in MEASURES)
        .sort("session")
    )


def _weighted(name: str) -> pl.Expr:
    weight = pl.col("weight").filter(pl.col(name).is_not_null())
    total = (pl.col(name) * pl.col("weight")).sum() / weight.sum()
    return pl.when(weight.sum() > 0).then(total).alias(name)
