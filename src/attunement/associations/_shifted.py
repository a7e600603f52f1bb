"""Chance: each session's features moved around against what the patient says.

A shift by a random number of turns, round the session's end to its start, keeps how features follow
each other and how the patient's alliance does; what goes is which turn stood before which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.associations._sums import Partial, Sums, halves
from attunement.statistics import Codes

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shifted:
    """The p-values of one panel, a group a name.

    Attributes
    ----------
    p_values : dict of str to ndarray of shape (targets, k)
        Two-sided; NaN where there is no statistic.
    """

    p_values: dict[str, Array]


def shifted_p(
    features: Array,
    columns: Array,
    rows: Sequence[slice],
    *,
    regressions: Sequence[tuple[int, Sequence[int]]],
    groups: Mapping[str, Codes],
    units: Codes,
    draws: int,
    rng: np.random.Generator,
) -> Shifted:
    """Test slopes against features that are shifted within sessions.

    Parameters
    ----------
    features : ndarray of shape (n, k)
        A row a step.
    columns : ndarray of shape (n, p)
        Targets and covariates.
    rows : sequence of m slices
        Each session's rows.
    regressions : sequence of (int, sequence of int)
        The target's column and the covariates', for each target.
    groups : mapping of str to ndarray of int
        The sessions of each group.
    units : ndarray of int of shape (m,)
        The cluster of each session, which the studentising is over.
    draws : int
        How often features are shifted.
    rng : Generator
        For the shifts.

    Returns
    -------
    Shifted
        The share of draws in which the studentised slope, bias correction and all, is at least as
        large as the one observed, which counts once itself.
    """
    cuts = [[(one,) for one in rows], [tuple(halves(one)) for one in rows]]
    # The other columns do not move: they are centred once.
    centred = [_centred(columns, cut) for cut in cuts]
    fixed = [_products(part, cut) for part, cut in zip(centred, cuts, strict=True)]
    observed: dict[str, Array] = {}
    extreme: dict[str, Array] = {}
    for draw in range(draws + 1):
        moved = features if draw == 0 else _shift(features, rows, rng)
        made = [
            _sums(moved, part, cc, cut) for part, cc, cut in zip(centred, fixed, cuts, strict=True)
        ]
        for name, places in groups.items():
            found = np.stack(
                [
                    _studentised(
                        [one.of(places) for one in made],
                        units[places],
                        target=target,
                        covariates=covariates,
                    )
                    for target, covariates in regressions
                ]
            )
            if draw == 0:
                observed[name] = np.abs(found)
                extreme[name] = np.ones(found.shape)
            else:
                # A draw without a statistic counts against the effect.
                beyond = ~(np.abs(found) < observed[name] * (1 - 1e-9))
                extreme[name] += beyond
    return Shifted(
        {
            name: np.where(np.isfinite(observed[name]), counted / (draws + 1), np.nan)
            for name, counted in extreme.items()
        }
    )


def _shift(features: Array, rows: Sequence[slice], rng: np.random.Generator) -> Array:
    moved = np.empty_like(features)
    by = rng.random(len(rows))
    for one, share in zip(rows, by, strict=True):
        n = one.stop - one.start
        cut = one.start + int(share * n)
        moved[one.start : one.start + one.stop - cut] = features[cut : one.stop]
        moved[one.start + one.stop - cut : one.stop] = features[one.start : cut]
    return moved


def _centred(columns: Array, cuts: Sequence[Sequence[slice]]) -> Array:
    centred = np.zeros_like(columns)
    for parts in cuts:
        for part in parts:
            if part.stop - part.start > 1:
                centred[part] = columns[part] - columns[part].mean(axis=0)
    return centred


def _products(centred: Array, cuts: Sequence[Sequence[slice]]) -> Array:
    return np.stack([centred[_span(parts)].T @ centred[_span(parts)] for parts in cuts])


def _span(parts: Sequence[slice]) -> slice:
    return slice(parts[0].start, parts[-1].stop)


def _sums(moved: Array, centred: Array, cc: Array, cuts: Sequence[Sequence[slice]]) -> Sums:
    """Sum products; centred columns need no centred features, squares of features do."""
    k = moved.shape[1]
    xx = np.zeros((len(cuts), k))
    xc = np.zeros((len(cuts), k, centred.shape[1]))
    for at, parts in enumerate(cuts):
        whole = _span(parts)
        xc[at] = moved[whole].T @ centred[whole]
        for part in parts:
            n = part.stop - part.start
            if n > 1:
                block = moved[part]
                total = block.sum(axis=0)
                xx[at] += np.einsum("nk,nk->k", block, block) - total * total / n
    return Sums(xx, xc, cc)


def _studentised(
    made: Sequence[Sums], units: Codes, *, target: int, covariates: Sequence[int]
) -> Array:
    """Give the corrected slopes over standard errors by clusters' scores."""
    codes = np.unique(units, return_inverse=True)[1]
    slopes, scores = [], []
    for sums in made:
        part = Partial.of(sums.total(), target=target, covariates=covariates)
        least = 1e-8 * np.maximum(sums.xx.sum(axis=0), 1e-300)
        slope = part.slopes(least=least)[0]
        z = np.asarray(covariates, dtype=np.intp)
        # x'e less what the covariates take of x: each session's share of the normal equations.
        x_on_z, y_on_z = part.x_on_z[0], part.y_on_z[0]
        xy = sums.xc[:, :, target] - sums.xc[:, :, z] @ y_on_z
        zy = sums.cc[:, z, target] - sums.cc[:, z[:, None], z] @ y_on_z
        zx = np.swapaxes(sums.xc[:, :, z], 1, 2) - sums.cc[:, z[:, None], z] @ x_on_z.T
        xx = sums.xx - np.einsum("mkq,kq->mk", sums.xc[:, :, z], x_on_z)
        own = (xy - xx * slope) - (zy @ x_on_z.T - np.einsum("mqk,kq->mk", zx, x_on_z) * slope)
        by_cluster = np.zeros((codes.max() + 1, own.shape[1]))
        np.add.at(by_cluster, codes, own)
        with np.errstate(invalid="ignore", divide="ignore"):
            scores.append(by_cluster / part.xx[0])
        slopes.append(slope)
    corrected = 2 * slopes[0] - slopes[1]
    spread = np.square(2 * scores[0] - scores[1]).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(spread > 0, corrected / np.sqrt(spread), np.nan))
