"""Sums of squares and products within sessions: all that a within-session regression needs.

Every estimate, its jackknife, its bootstrap and its controls are arithmetic on these sums, so that
turns are read once however often the regression is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sums:
    """Products of columns less their means, a session (or cluster, or draw) a row.

    Attributes
    ----------
    xx : ndarray of shape (m, k)
        Of each feature with itself.
    xc : ndarray of shape (m, k, p)
        Of each feature with the other columns.
    cc : ndarray of shape (m, p, p)
        Of the other columns with each other.
    """

    xx: Array
    xc: Array
    cc: Array

    def of(self, places: Codes) -> Sums:
        """Keep some rows."""
        return Sums(self.xx[places], self.xc[places], self.cc[places])

    def spread(self, where: Codes, n: int) -> Sums:
        """Put the rows at their places among n, with zeros elsewhere."""
        made = []
        for part in (self.xx, self.xc, self.cc):
            wide = np.zeros((n, *part.shape[1:]))
            wide[where] = part
            made.append(wide)
        return Sums(*made)

    def total(self) -> Sums:
        """Add all rows to one."""
        return Sums(
            self.xx.sum(0, keepdims=True),
            self.xc.sum(0, keepdims=True),
            self.cc.sum(0, keepdims=True),
        )

    def by(self, codes: Codes) -> Sums:
        """Add the rows of each code, 0 to the largest."""
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])
        return Sums(
            *(np.add.reduceat(part[order], starts, axis=0) for part in (self.xx, self.xc, self.cc))
        )

    def without_each(self) -> Sums:
        """Give the total less each row."""
        whole = self.total()
        return Sums(whole.xx - self.xx, whole.xc - self.xc, whole.cc - self.cc)

    def drawn(self, times: NDArray[np.float32]) -> Sums:
        """Add the rows as often as each draw says; times has shape (draws, m)."""
        often = times.astype(np.float64)
        return Sums(
            *(
                (often @ part.reshape(len(part), -1)).reshape(len(often), *part.shape[1:])
                for part in (self.xx, self.xc, self.cc)
            )
        )

    def narrowed(self, columns: Sequence[int]) -> Sums:
        """Keep some of the other columns."""
        kept = np.asarray(columns, dtype=np.intp)
        return Sums(self.xx, self.xc[:, :, kept], self.cc[:, kept[:, None], kept])


@dataclass(frozen=True, slots=True)
class Partial:
    """What is left of features and target once the covariates are taken out.

    Attributes
    ----------
    xx, xy : ndarray of shape (m, k)
        Sums of squares of each feature, and of products with the target.
    yy : ndarray of shape (m,)
        Sum of squares of the target.
    x_on_z : ndarray of shape (m, k, q)
        The features' coefficients on the covariates.
    y_on_z : ndarray of shape (m, q)
        The target's.
    """

    xx: Array
    xy: Array
    yy: Array
    x_on_z: Array
    y_on_z: Array

    @classmethod
    def of(cls, sums: Sums, *, target: int, covariates: Sequence[int]) -> Partial:
        """Take the covariates out (Frisch & Waugh 1933)."""
        z = np.asarray(covariates, dtype=np.intp)
        zz = sums.cc[:, z[:, None], z]
        # A covariate that does not vary here is left out rather than the regression lost.
        spread = np.einsum("mii->mi", zz)
        held = spread <= 1e-10 * np.maximum(spread.max(axis=1, keepdims=True), 1e-300)
        ridge = np.where(held, 1.0, 1e-10 * spread)
        zz = zz + ridge[:, :, None] * np.eye(len(z))
        xz = sums.xc[:, :, z]
        zy = sums.cc[:, z, target]
        sides = np.concatenate([np.swapaxes(xz, 1, 2), zy[:, :, None]], axis=2)
        solved = np.linalg.solve(zz, sides)
        x_on_z = np.swapaxes(solved[:, :, :-1], 1, 2)
        y_on_z = solved[:, :, -1]
        return cls(
            xx=sums.xx - np.einsum("mkq,mkq->mk", x_on_z, xz),
            xy=sums.xc[:, :, target] - np.einsum("mkq,mq->mk", xz, y_on_z),
            yy=sums.cc[:, target, target] - np.einsum("mq,mq->m", zy, y_on_z),
            x_on_z=x_on_z,
            y_on_z=y_on_z,
        )

    def slopes(self, *, least: Array) -> Array:
        """Give each feature's slope; NaN where less of it is left than `least`, shape (k,)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.xx > least, self.xy / self.xx, np.nan))


def segments(sessions: Codes) -> list[slice]:
    """Give the rows of each session, which stand together."""
    if not len(sessions):
        return []
    starts = np.flatnonzero(np.r_[True, sessions[1:] != sessions[:-1]])
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(sessions)], strict=True)]


def _whole(rows: slice) -> Iterator[slice]:
    yield rows


def halves(rows: slice) -> Iterator[slice]:
    """Cut a session's rows in an earlier and a later half."""
    middle = (rows.start + rows.stop) // 2
    yield slice(rows.start, middle)
    yield slice(middle, rows.stop)


def sums_within(features: Array, columns: Array, rows: Sequence[slice]) -> tuple[Sums, Sums]:
    """Sum products within whole sessions, and within their halves.

    Parameters
    ----------
    features : ndarray of shape (n, k)
        Without NaN.
    columns : ndarray of shape (n, p)
        Likewise.
    rows : sequence of m slices
        Each session's rows.

    Returns
    -------
    tuple of (Sums, Sums)
        Each with m rows: columns less the session's mean, and less the half's mean.
    """
    k, p = features.shape[1], columns.shape[1]
    both = np.concatenate([features, columns], axis=1)
    made = []
    for cut in (_whole, halves):
        xx = np.zeros((len(rows), k))
        xc = np.zeros((len(rows), k, p))
        cc = np.zeros((len(rows), p, p))
        for at, one in enumerate(rows):
            for part in cut(one):
                if part.stop - part.start < 2:
                    continue
                block = both[part] - both[part].mean(axis=0)
                x, c = block[:, :k], block[:, k:]
                xx[at] += np.einsum("nk,nk->k", x, x)
                xc[at] += x.T @ c
                cc[at] += c.T @ c
        made.append(Sums(xx, xc, cc))
    return made[0], made[1]
