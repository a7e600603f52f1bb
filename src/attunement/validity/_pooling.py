"""From the turns of one side to one score a session: what each turn counts for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

PoolingName: TypeAlias = Literal[
    "all_turns",
    "last_half",
    "last_quarter",
    "rising",
    "rising_steeply",
    "late",
    "late_shrunken",
    "by_words",
    "highest_quarter",
    "lowest_quarter",
]

SESSION_POOLING: PoolingName = "late"
"""How turns become the session's score where nothing else is asked for: of the plain means, what
agreed best with patients' ratings on the development half of KokoroChat. `late_shrunken` agrees
better still, but by bringing in how much was said (docs/validity.md)."""

SHRINKAGE = 10.0
"""Turns of full weight at the reference's average, 0, that `late_shrunken` adds to each session.
A session of 35 patient turns has a weight of 9 of its own, so its mean is about halved."""

TENTHS = 10
"""Into so many stretches a session is cut where position is taken out."""

_EXTREME = 0.25


@dataclass(frozen=True, slots=True)
class Pooling:
    """A weighting of one side's turns.

    Attributes
    ----------
    name : str
        Its key.
    title : str
        What it is, in words.
    weight : callable
        From the name of a score's column to what each turn counts for, an expression over the
        turns of one side: session_id, time, words and the scores.
    prior : float
        Weight at score 0, the reference's average turn, that each session has beside its turns:
        a mean of few turns is worth less than one of many, and is drawn to the average.
    """

    name: PoolingName
    title: str
    weight: Callable[[str], pl.Expr]
    prior: float = 0.0


def _of_extremes(*, highest: bool) -> Callable[[str], pl.Expr]:
    def weight(score: str) -> pl.Expr:
        rank = pl.col(score).rank("ordinal", descending=highest).over("session_id")
        most = (pl.len().over("session_id") * _EXTREME).ceil()
        return (rank <= most).cast(pl.Float64)

    return weight


def _since(start: float) -> Callable[[str], pl.Expr]:
    return lambda _: (pl.col("time") >= start).cast(pl.Float64)


_ALL = (
    Pooling("all_turns", "mean of all turns", lambda _: pl.lit(1.0)),
    Pooling("last_half", "mean of the last half", _since(0.5)),
    Pooling("last_quarter", "mean of the last quarter", _since(0.75)),
    Pooling("rising", "weights rising with time", lambda _: pl.col("time")),
    Pooling("rising_steeply", "weights rising with time squared", lambda _: pl.col("time") ** 2),
    Pooling("late", "weights rising with time cubed", lambda _: pl.col("time") ** 3),
    Pooling(
        "late_shrunken",
        "the same, drawn to the average where little was said",
        lambda _: pl.col("time") ** 3,
        prior=SHRINKAGE,
    ),
    Pooling("by_words", "weights by words spoken", lambda _: pl.col("words").cast(pl.Float64)),
    Pooling("highest_quarter", "mean of the highest quarter", _of_extremes(highest=True)),
    Pooling("lowest_quarter", "mean of the lowest quarter", _of_extremes(highest=False)),
)

POOLINGS: Mapping[PoolingName, Pooling] = {one.name: one for one in _ALL}
"""Every pooling there is, by name. Time runs from 0 to 1 in a session, so late is from .75 on."""


def session_means(turns: pl.DataFrame, measures: Sequence[str], pooling: Pooling) -> pl.DataFrame:
    """Give each session its weighted mean score on each measure.

    Parameters
    ----------
    turns : DataFrame
        One side's scored turns: session_id, time, words, and a column a measure.
    measures : sequence of str
        The columns to average.
    pooling : Pooling
        What each turn counts for.

    Returns
    -------
    DataFrame
        session_id and the measures. A session in which no turn counts (nothing said in the last
        quarter) has no row, unless the pooling has a prior, which then speaks for it.
    """
    weighted = turns.with_columns(pooling.weight(one).alias(f"weight {one}") for one in measures)
    return (
        weighted.group_by("session_id", maintain_order=True)
        .agg(
            (pl.col(one) * pl.col(f"weight {one}")).sum()
            / (pl.col(f"weight {one}").sum() + pooling.prior)
            for one in measures
        )
        .with_columns(pl.col(measures).fill_nan(None))
        .drop_nulls(measures)
    )


def less_position(turns: pl.DataFrame, measures: Sequence[str]) -> pl.DataFrame:
    """Take from each score the mean over all sessions in that tenth of the session.

    A session's mean over all its turns hardly moves: every session spans the same tenths. It
    matters where a pooling rests on few turns of a side.
    """
    tenth = (pl.col("time") * TENTHS).floor().clip(0, TENTHS - 1)
    return turns.with_columns(pl.col(one) - pl.col(one).mean().over(tenth) for one in measures)


def less_closing(turns: pl.DataFrame, *, closing: int) -> pl.DataFrame:
    """Leave out the last few of these turns of each session, its time unchanged."""
    from_end = pl.col("turn").rank("ordinal", descending=True).over("session_id")
    return turns.filter(from_end > closing)


def ends_before_closing(turns: pl.DataFrame, *, closing: int) -> pl.DataFrame:
    """Give the turn before each session's closing, which begins at a last turn of the patient's.

    Parameters
    ----------
    turns : DataFrame
        session_id, turn, role.
    closing : int
        How many of the patient's turns are the closing.

    Returns
    -------
    DataFrame
        session_id, end; no row where nothing is left before the closing.
    """
    of_patient = turns.filter(pl.col("role") == "patient").sort("session_id", "turn")
    return (
        of_patient.group_by("session_id", maintain_order=True)
        .agg(end=pl.col("turn").tail(closing).first() - 1, spoken=pl.len())
        .filter(pl.col("spoken") >= closing, pl.col("end") >= 0)
        .select("session_id", "end")
    )


def cut_before_closing(turns: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """End each session before its closing; time then runs to 1 at the new end.

    Parameters
    ----------
    turns : DataFrame
        session_id, turn, time, and whatever else.
    ends : DataFrame
        As `ends_before_closing` gives it.
    """
    return (
        turns.join(ends, on="session_id", maintain_order="left")
        .filter(pl.col("turn") <= pl.col("end"))
        .with_columns(time=pl.col("turn") / pl.max_horizontal("end", pl.lit(1)))
        .drop("end")
    )
