"""Non-fluencies of turns: fillers, repeats and repairs."""

from __future__ import annotations

import polars as pl

from attunement.markers._context import within_any
from attunement.markers._fillers import mark_fillers
from attunement.markers._lexicon import repeat_words
from attunement.markers._repairs import count_repairs
from attunement.markers._repeats import take_out_repeats


def count_non_fluencies(cut: pl.DataFrame) -> pl.DataFrame:
    """Count fillers, repeats and repairs.

    Fillers go first, so that "the, um, the" is a repeat; then repeats, so that "to the, to the, no,
    to my sister" is one repeat and one repair.

    Parameters
    ----------
    cut : DataFrame
        What `tokens` gives.

    Returns
    -------
    DataFrame
        `row` and the Int32 columns `fillers`, `repeats` and `repairs`, for every row of `cut`.
    """
    marked = mark_fillers(cut)
    fillers = marked.group_by("row", maintain_order=True).agg(
        fillers=pl.col("filler").sum().cast(pl.Int32)
    )
    said, repeats = take_out_repeats(_without_fillers(marked))
    return (
        fillers.join(repeats, on="row", how="left", maintain_order="left")
        .join(count_repairs(said), on="row", how="left", maintain_order="left")
        .with_columns(pl.col("repeats", "repairs").fill_null(0))
    )


def _without_fillers(marked: pl.DataFrame) -> pl.DataFrame:
    """Leave out what fills; the strongest of the gaps around it stands between its neighbours."""
    kept = ~(pl.col("fills") | within_any(repeat_words().searching))
    return (
        marked.with_columns(kept=kept)
        .with_columns(run=pl.col("kept").cum_sum())
        .with_columns(gap=pl.col("gap").max().over("run"), paused=pl.len().over("run") > 1)
        .filter("kept")
        .drop("kept", "run", "filler", "fills")
    )
