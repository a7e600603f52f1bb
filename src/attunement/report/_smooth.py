"""A light line through noisy turns: what a chart shows between its points."""

from __future__ import annotations

import polars as pl

from attunement.tables import MEASURES

BANDWIDTH = 0.08
"""Standard deviation of the smoothing weights, as a share of the session."""

_GRID = 48
_MOST_POINTS = 400


def smoothed(turns: pl.DataFrame) -> pl.DataFrame:
    """Draw a Gaussian-weighted running mean through one role's turns in one session.

    Parameters
    ----------
    turns : DataFrame
        time (0..1) and the four scores; a null score carries no weight.

    Returns
    -------
    DataFrame
        time, at up to 49 equal steps from the first turn to the last, and the four smoothed
        scores. The weights' standard deviation is 8% of the session, or one turn's share of it
        where turns are sparser. No rows for no turns.
    """
    thin = thinned(turns)
    first, last = turns["time"].min(), turns["time"].max()
    if not isinstance(first, float) or not isinstance(last, float):
        return turns.select("time", *MEASURES).clear()
    steps = _GRID if last > first else 0
    width = max(BANDWIDTH, 1 / turns.height)
    grid = pl.int_range(steps + 1, eager=True).alias("step").to_frame()
    at = first + (last - first) * pl.col("step") / max(steps, 1)
    weight = (-0.5 * ((at - pl.col("time")) / width) ** 2).exp()
    return (
        grid.join(thin.select("time", *MEASURES), how="cross")
        .with_columns(weight.alias("weight"), at.alias("at"))
        .group_by("step")
        .agg(
            pl.col("at").first().alias("time"),
            *(
                (pl.col(measure) * pl.col("weight")).sum()
                / pl.col("weight").filter(pl.col(measure).is_not_null()).sum()
                for measure in MEASURES
            ),
        )
        .sort("step")
        .select("time", *(pl.col(measure).fill_nan(None) for measure in MEASURES))
    )


def thinned(turns: pl.DataFrame) -> pl.DataFrame:
    """Average the turns of a very long session into at most 400 equal stretches of time.

    A session of ordinary length comes back as it is.
    """
    if turns.height <= _MOST_POINTS:
        return turns
    stretch = (pl.col("time") * _MOST_POINTS).floor().clip(0, _MOST_POINTS - 1).alias("stretch")
    return (
        turns.group_by(stretch)
        .agg(pl.col("time").mean(), *(pl.col(measure).mean() for measure in MEASURES))
        .sort("stretch")
        .drop("stretch")
    )
