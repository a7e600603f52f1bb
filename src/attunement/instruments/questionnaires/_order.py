"""Which of a patient's forms, or sessions, came first."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

PLACE = "place"


def in_order(rows: pl.DataFrame, *, by: Sequence[str], tie: str) -> pl.DataFrame:
    """Count the rows of every group from 0, in a column `place`.

    Parameters
    ----------
    rows : DataFrame
        With `number` and `date`.
    by : sequence of str
        The columns that make a group, such as the patient and the rater.
    tie : str
        The column that holds the order of the file.

    Returns
    -------
    DataFrame
        Sorted by group and place. A group is ordered by `number` where every row of it has one,
        else by `date` where every row has one, else as in the file.
    """
    key = (
        pl.when(pl.col("number").is_not_null().all().over(by))
        .then(pl.col("number").cast(pl.Int64))
        .when(pl.col("date").is_not_null().all().over(by))
        .then(pl.col("date").to_physical().cast(pl.Int64))
        .otherwise(pl.col(tie))
    )
    return (
        rows.with_columns(key.alias(PLACE))
        .sort(*by, PLACE, tie, nulls_last=True)
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int64).over(by).alias(PLACE))
    )
