"""The sums two raters' agreement depends on, so that one formula serves data, draws and jackknife.

Pearson's r, the ICC and Lin's CCC are functions of two means, two variances and a covariance.
These are sums over sessions: a bootstrap draw is a weighted sum, a left-out patient a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from attunement.gap.congruence._ratings import Array, Codes


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of m sets of sessions, each attribute of shape (m,).

    Attributes
    ----------
    n : ndarray
        Sessions; NaN for a set without any, and so is all else of it.
    difference : ndarray
        Mean judgement minus mean truth.
    truth, judgement, joint : ndarray
        Variances and covariance, divided by n.
    """

    n: Array
    difference: Array
    truth: Array
    judgement: Array
    joint: Array

    @classmethod
    def of(cls, truth: Array, judgement: Array) -> Self:
        """Take all sessions as one set."""
        return cls._from(truth, judgement, _terms(truth, judgement).sum(axis=0, keepdims=True))

    @classmethod
    def redrawn(cls, truth: Array, judgement: Array, *, multiplicities: Array) -> Self:
        """Take every bootstrap draw as a set; `multiplicities` has the shape (draws, n)."""
        return cls._from(truth, judgement, multiplicities @ _terms(truth, judgement))

    @classmethod
    def leaving_out(cls, truth: Array, judgement: Array, *, clusters: Codes) -> Self:
        """Take all sessions but one cluster's as a set, cluster by cluster."""
        codes = np.unique(clusters, return_inverse=True)[1]
        terms = _terms(truth, judgement)
        own = np.stack([np.bincount(codes, column) for column in terms.T], axis=1)
        return cls._from(truth, judgement, terms.sum(axis=0) - own)

    @classmethod
    def _from(cls, truth: Array, judgement: Array, sums: Array) -> Self:
        n = np.where(sums[:, 0] > 0, sums[:, 0], np.nan)
        mean_x, mean_y, xx, yy, xy = (sums[:, 1:] / n[:, None]).T
        return cls(
            n=n,
            difference=mean_y - mean_x + (judgement.mean() - truth.mean()),
            truth=np.maximum(xx - mean_x**2, 0),
            judgement=np.maximum(yy - mean_y**2, 0),
            joint=xy - mean_x * mean_y,
        )

    def pearson(self) -> Array:
        """Give Pearson's r; NaN where a side does not vary."""
        return _ratio(self.joint, np.sqrt(self.truth * self.judgement))

    def icc(self) -> Array:
        """Give ICC(A,1) by the mean squares of two raters; NaN where nothing varies."""
        scale = self.n / np.maximum(self.n - 1, 1)
        of_difference = (self.truth + self.judgement - 2 * self.joint) * scale
        total = (self.truth + self.judgement) * scale + self.difference**2 - of_difference / self.n
        return _ratio(2 * self.joint * scale, total)

    def ccc(self) -> Array:
        """Give Lin's concordance; NaN where nothing varies."""
        return _ratio(2 * self.joint, self.truth + self.judgement + self.difference**2)


def _terms(truth: Array, judgement: Array) -> Array:
    # Centred first: products of large numbers would lose the digits that matter.
    x, y = truth - truth.mean(), judgement - judgement.mean()
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)


def _ratio(over: Array, under: Array) -> Array:
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)
