"""How well labels that a program gives agree with those of a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well one class is told from all others.

    `n`: lines that have it by hand. `low`, `high`: 95% interval of `f1` from drawing lines with
    replacement.
    """

    n: int
    precision: float
    recall: float
    f1: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far a probability can be trusted.

    `error`: the mean distance, over five bins of equal width weighted by their lines, of the mean
    probability from the share that is right.
    """

    n: int
    right: float
    probability: float
    error: float


def agreement(
    truth: pl.Series,
    predicted: pl.Series,
    label: str,
    *,
    second: pl.Series | None = None,
    weight: pl.Series | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Agreement:
    """Precision, recall and F1 of one class.

    Parameters
    ----------
    truth, predicted : Series of String
        A label a line.
    label : str
        The class.
    second : Series of String, optional
        Another label that is right, too. A line then counts as told rightly if the program gives
        either, as wrongly given the class if it has it neither as first nor as second label, and as
        missed if it has the class as first label and was given neither.
    weight : Series, optional
        How many lines of the population a line stands for.
    """
    given = predicted == label
    has = truth == label
    missed = has & ~given
    right = has & given
    if second is not None:
        other = (second == label).fill_null(False)
        either = predicted.eq_missing(second)
        missed &= ~either
        right |= other & given
    wrong = given & ~right
    counts = np.column_stack([one.cast(pl.Float64).to_numpy() for one in (right, wrong, missed)])
    if weight is not None:
        counts = counts * weight.to_numpy()[:, None]
    n = len(truth)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)
    low, high = np.nanquantile(_f1(drawn @ counts), (0.025, 0.975))
    total = counts.sum(axis=0)
    return Agreement(
        n=int(has.sum()),
        precision=_ratio(total[0], total[0] + total[1]),
        recall=_ratio(total[0], total[0] + total[2]),
        f1=float(_f1(total[None, :])[0]),
        low=float(low),
        high=float(high),
    )


def confusion(truth: pl.Series, predicted: pl.Series, order: Sequence[str]) -> NDArray[np.int64]:
    """Count the lines by hand label (row) and given label (column)."""
    both = [
        one.replace_strict(order, list(range(len(order)))).to_numpy() for one in (truth, predicted)
    ]
    table = np.zeros((len(order), len(order)), dtype=np.int64)
    np.add.at(table, tuple(both), 1)
    return table


def calibration(right: pl.Series, probability: pl.Series) -> Calibration:
    """Hold the probability of what was given against how often it is right."""
    lines = pl.DataFrame({"right": right.cast(pl.Float64), "probability": probability})
    fifths = (pl.col("probability") * 5).floor().clip(0, 4)
    bins = lines.group_by(fifths.alias("bin")).agg(pl.len(), pl.col("right", "probability").mean())
    off = (bins["right"] - bins["probability"]).abs()
    means = lines.mean().row(0)
    return Calibration(
        n=lines.height,
        right=means[0],
        probability=means[1],
        error=float((off * bins["len"]).sum()) / lines.height,
    )


def _f1(counts: Numbers) -> Numbers:
    """F1 of rows of right, wrongly given, missed; nan where a class is neither there nor given."""
    right, wrong, missed = counts.T
    total = 2 * right + wrong + missed
    f1: Numbers = np.divide(2 * right, total, out=np.full(len(total), np.nan), where=total > 0)
    return f1


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
