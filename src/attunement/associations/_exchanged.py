"""Chance: each session's features taken from another session, at the same places.

That keeps how features follow each other, how the patient's alliance does, and how both change from
beginning to end; what goes is that the two were said to each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.associations._sums import Partial, Sums, halves
from attunement.statistics import Codes

Array = NDArray[np.float64]

ALIKE = 20
"""Among so many sessions of about one length features are exchanged."""


def exchanged_p(
    features: Array,
    columns: Array,
    rows: Sequence[slice],
    *,
    regressions: Sequence[tuple[int, Sequence[int]]],
    groups: Mapping[str, tuple[Codes, Sequence[int]]],
    units: Codes,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Array]:
    """Test slopes against features that were said in other sessions.

    Parameters
    ----------
    features : ndarray of shape (n, k)
        A row a step.
    columns : ndarray of shape (n, p)
        Targets and covariates.
    rows : sequence of m slices
        Each session's rows; together all n.
    regressions : sequence of (int, sequence of int)
        The target's column and the covariates', for each target.
    groups : mapping of str to (ndarray of int, sequence of int)
        The sessions of each group, 0 to m - 1, and which regressions are asked of it.
    units : ndarray of int of shape (m,)
        The cluster of each session, which the studentising is over.
    draws : int
        How often sessions exchange their features.
    rng : Generator
        For the exchanges.

    Returns
    -------
    dict of str to ndarray of shape (targets, k)
        For each group the share of draws in which the studentised slope, corrected for short
        sessions, is at least as large as the one observed, which counts once itself. NaN where
        there is no statistic, or it was not asked for.
    """
    series = _Series.of(columns, rows)
    observed: dict[str, Array] = {}
    extreme: dict[str, Array] = {}
    for draw in range(draws + 1):
        made = series.sums(features if draw == 0 else features[series.exchange(rng)])
        for name, (places, wanted) in groups.items():
            inside = [one.of(places) for one in made]
            found = np.full((len(regressions), features.shape[1]), np.nan)
            for at in wanted:
                target, covariates = regressions[at]
                found[at] = np.abs(
                    _studentised(inside, units[places], target=target, covariates=covariates)
                )
            if draw == 0:
                observed[name], extreme[name] = found, np.ones(found.shape)
            else:
                # A draw without a statistic counts against the effect.
                extreme[name] += ~(found < observed[name] * (1 - 1e-9))
    return {
        name: np.where(np.isfinite(observed[name]), counted / (draws + 1), np.nan)
        for name, counted in extreme.items()
    }


@dataclass(frozen=True, slots=True)
class _Series:
    """What stays in place while features move: the other columns, centred, and their products."""

    rows: Sequence[slice]
    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]
    half_starts: NDArray[np.intp]
    half_lengths: NDArray[np.intp]
    half_of: NDArray[np.intp]
    centred: Array
    products: tuple[Array, Array]

    @classmethod
    def of(cls, columns: Array, rows: Sequence[slice]) -> _Series:
        cut = [(at, part) for at, one in enumerate(rows) for part in halves(one)]
        cut = [(at, part) for at, part in cut if part.stop > part.start]
        parts = [part for _, part in cut]
        whole, half = _centred(columns, rows), _centred(columns, parts)
        return cls(
            rows=rows,
            starts=np.array([one.start for one in rows]),
            lengths=np.array([one.stop - one.start for one in rows]),
            half_starts=np.array([part.start for part in parts]),
            half_lengths=np.array([part.stop - part.start for part in parts]),
            half_of=np.array([at for at, _ in cut]),
            centred=np.concatenate([whole, half], axis=1),
            products=(
                np.stack([whole[one].T @ whole[one] for one in rows]),
                np.stack([half[one].T @ half[one] for one in rows]),
            ),
        )

    def exchange(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Draw where each row's features come from: the same place in a session of like length."""
        donors = self._donors(rng)
        starts, lengths, given, from_ = (
            np.repeat(one, self.lengths)
            for one in (self.starts, self.lengths, self.lengths[donors], self.starts[donors])
        )
        place = (np.arange(len(starts)) - starts + 0.5) / lengths
        return np.asarray(from_ + (place * given).astype(np.intp))

    def _donors(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Put sessions in order of length, mix them within stretches, and hand on by one."""
        order = np.argsort(self.lengths, kind="stable")
        mixed = np.concatenate(
            [rng.permutation(order[at : at + ALIKE]) for at in range(0, len(order), ALIKE)]
        )
        donors = np.empty_like(order)
        donors[mixed] = np.roll(mixed, 1)
        return donors

    def sums(self, features: Array) -> tuple[Sums, Sums]:
        """Sum products; columns that are centred need no centred features, squares do."""
        p = self.centred.shape[1] // 2
        xc = np.stack([features[one].T @ self.centred[one] for one in self.rows])
        squares = features * features
        xx = _spread(features, squares, self.starts, self.lengths)
        by_half = _spread(features, squares, self.half_starts, self.half_lengths)
        half_xx = np.zeros_like(xx)
        np.add.at(half_xx, self.half_of, by_half)
        return Sums(xx, xc[:, :, :p], self.products[0]), Sums(
            half_xx, xc[:, :, p:], self.products[1]
        )


def _centred(columns: Array, parts: Sequence[slice]) -> Array:
    starts = np.array([part.start for part in parts])
    lengths = np.array([part.stop - part.start for part in parts])
    means = np.add.reduceat(columns, starts, axis=0) / lengths[:, None]
    return np.asarray(columns - np.repeat(means, lengths, axis=0))


def _spread(
    features: Array, squares: Array, starts: NDArray[np.intp], lengths: NDArray[np.intp]
) -> Array:
    totals = np.add.reduceat(features, starts, axis=0)
    return np.asarray(np.add.reduceat(squares, starts, axis=0) - totals * totals / lengths[:, None])


def _studentised(
    made: Sequence[Sums], units: Codes, *, target: int, covariates: Sequence[int]
) -> Array:
    """Give the corrected slopes over standard errors by clusters' scores."""
    codes = np.unique(units, return_inverse=True)[1]
    slopes, scores = [], []
    z = np.asarray(covariates, dtype=np.intp)
    for sums in made:
        part = Partial.of(sums.total(), target=target, covariates=covariates)
        least = 1e-8 * np.maximum(sums.xx.sum(axis=0), 1e-300)
        slope = part.slopes(least=least)[0]
        x_on_z, y_on_z = part.x_on_z[0], part.y_on_z[0]
        # Each session's share of the normal equations, of what the covariates leave.
        xz, zz = sums.xc[:, :, z], sums.cc[:, z[:, None], z]
        xy = sums.xc[:, :, target] - xz @ y_on_z
        zy = sums.cc[:, z, target] - zz @ y_on_z
        zx = np.swapaxes(xz, 1, 2) - zz @ x_on_z.T
        xx = sums.xx - np.einsum("mkq,kq->mk", xz, x_on_z)
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
