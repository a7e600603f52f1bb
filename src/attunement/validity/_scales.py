"""Convergent against discriminant: a scale against its own rating, and against the others'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attunement.statistics import Array, Interval, Statistic, correlations, partial, ranks
from attunement.tables import ALLIANCE
from attunement.validity._agreement import Truth, known
from attunement.validity._inferred import Inferred
from attunement.validity._options import FEWEST_SESSIONS
from attunement.validity._wording import counted

_MEANS = (
    "own",
    "other",
    "difference",
    "own_whole_out",
    "other_whole_out",
    "difference_whole_out",
)


@dataclass(frozen=True, slots=True)
class ScaleCell:
    """One inferred scale against one rated scale, by Spearman.

    `whole_out` has the mean of the rated scales partialled out.
    """

    inferred: str
    rated: str
    raw: Interval
    whole_out: Interval


@dataclass(frozen=True, slots=True)
class ScaleMatrix:
    """Every inferred scale against every rated scale, over the sessions that have them all.

    Attributes
    ----------
    cells : sequence of ScaleCell
        Row by row; empty where there is a reason.
    own, other, difference : Interval
        The mean over a scale with its own rating, over a scale with another's, and the first less
        the second; raw.
    own_whole_out, other_whole_out, difference_whole_out : Interval
        The same, the mean of the rated scales partialled out.
    n : int
        Sessions.
    patients : int or None
        None where no patient is known.
    reason : str or None
        Why there is no matrix.
    """

    cells: Sequence[ScaleCell]
    own: Interval
    other: Interval
    difference: Interval
    own_whole_out: Interval
    other_whole_out: Interval
    difference_whole_out: Interval
    n: int
    patients: int | None
    reason: str | None = None


def scale_matrix(inferred: Inferred, truths: Sequence[Truth]) -> ScaleMatrix:
    """Hold every inferred scale against every rated one.

    Parameters
    ----------
    inferred : Inferred
        The scores.
    truths : sequence of Truth
        One instrument's scales, rated by one side; the whole alliance is left aside.
    """
    parts = [
        one
        for one in truths
        if one.target.scale.casefold() != ALLIANCE
        and inferred.column(one.target) != ALLIANCE
        and inferred.column(one.target) in inferred.raw.columns
    ]
    if len(parts) < 2:
        return _nothing("fewer than two scales are both rated and inferred")
    base = parts[0]
    scores = [base.aligned(inferred.raw, inferred.column(one.target)) for one in parts]
    ratings = [base.aligned(one.table, "rating") for one in parts]
    rows = known(*scores, *ratings)
    if len(rows) < FEWEST_SESSIONS:
        return _nothing(
            f"{counted(len(rows), 'session')} with every scale; at least {FEWEST_SESSIONS} are "
            "needed"
        )
    resampling = base.resampling.at(rows)
    statistic = _statistic([one[rows] for one in scores], [one[rows] for one in ratings])
    found = resampling.intervals(statistic)
    size = len(parts) ** 2
    names = [(one.target.scale, other.target.scale) for one in parts for other in parts]
    cells = [
        ScaleCell(one, other, raw, whole_out)
        for (one, other), raw, whole_out in zip(
            names, found[:size], found[size : 2 * size], strict=True
        )
    ]
    means = dict(zip(_MEANS, found[2 * size :], strict=True))
    return ScaleMatrix(cells=cells, **means, n=len(rows), patients=base.patients(rows), reason=None)


def _statistic(scores: Sequence[Array], ratings: Sequence[Array]) -> Statistic:
    size = len(scores)
    ranked = [ranks(one, span_one=True) for one in (*scores, *ratings, np.mean(ratings, axis=0))]
    own = np.eye(size, dtype=bool).ravel()
    pairs = [(i, size + j) for i in range(size) for j in range(size)]

    def statistic(weights: Array) -> Array:
        matrices = correlations([one(weights) for one in ranked], weights)
        raw = _cells(matrices, pairs)
        whole_out = _cells(matrices, [(*pair, 2 * size) for pair in pairs])
        means = []
        for table in (raw, whole_out):
            one, other = table[:, own].mean(axis=1), table[:, ~own].mean(axis=1)
            means += [one, other, one - other]
        return np.hstack([raw, whole_out, np.stack(means, axis=1)])

    return statistic


def _cells(matrices: Array, places: Sequence[tuple[int, ...]]) -> Array:
    return np.stack([partial(matrices[:, one][:, :, one]) for one in places], axis=1)


def _nothing(reason: str) -> ScaleMatrix:
    none = dict.fromkeys(_MEANS, Interval(None))
    return ScaleMatrix(cells=(), **none, n=0, patients=None, reason=reason)
