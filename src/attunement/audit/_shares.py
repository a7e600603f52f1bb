"""Means and shares over chats, and their differences, with the spread that clusters give them.

A figure is a sum over chats divided by another: agreed claims by claims, or values by how many
there are. Its spread is the jackknife over clusters, the whole figure taken anew without each
cluster, with a t quantile of clusters less one: right for shares of unequal chats, and for the few
clusters that seven personas are, where a percentile bootstrap is too narrow (MacKinnon, Nielsen &
Webb 2023, Journal of Econometrics 232, 272-299).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.audit._clusters import FEWEST_CLUSTERS, Codes
from attunement.statistics import Estimate

Array = NDArray[np.float64]

SAME = "every chat has the same value"
FEW = f"fewer than {FEWEST_CLUSTERS} clusters have a value"
NONE = "no chat has a value"


@dataclass(frozen=True, slots=True)
class Share:
    """A figure's two sums, chat by chat.

    Attributes
    ----------
    over, under : ndarray of shape (n,)
        What is added up, and what it is divided by; both 0 for a chat that has no value.
    codes : ndarray of int of shape (n,)
        The chats' clusters.
    """

    over: Array
    under: Array
    codes: Codes

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which chats have a value."""
        return self.under > 0

    @property
    def values(self) -> Array:
        """The figure of each chat that has one."""
        return self.over[self.known] / self.under[self.known]

    @property
    def figure(self) -> float | None:
        """The figure over all chats; None where no chat has a value."""
        return float(self.over.sum() / self.under.sum()) if self.known.any() else None

    def at(self, rows: NDArray[np.bool_]) -> Share:
        """Keep some chats."""
        return Share(self.over[rows], self.under[rows], self.codes[rows])

    def times(self, weights: Array) -> Share:
        """Count each chat so and so often."""
        return Share(self.over * weights, self.under * weights, self.codes)

    def by_cluster(self, clusters: Codes) -> Array:
        """Add the two sums up in each of some clusters: shape (clusters, 2)."""
        kept = self.at(self.known)
        place = np.searchsorted(clusters, kept.codes)
        return np.stack(
            [np.bincount(place, sums, len(clusters)) for sums in (kept.over, kept.under)], axis=1
        )


def estimate(share: Share) -> tuple[Estimate | None, str | None]:
    """Estimate a figure, or say why it has no interval."""
    if not share.known.any():
        return None, NONE
    clusters = np.unique(share.codes[share.known])
    if len(clusters) < FEWEST_CLUSTERS:
        return None, FEW
    variance = _variance(_left_out(share.by_cluster(clusters)), _figure(share))
    if variance <= 0:
        return None, SAME
    return _from(_figure(share), variance, df=len(clusters) - 1), None


def paired_difference(one: Share, other: Share) -> tuple[Estimate | None, str | None]:
    """Estimate the difference of two figures whose chats share clusters."""
    clusters = np.unique(np.concatenate([side.codes[side.known] for side in (one, other)]))
    if len(clusters) < FEWEST_CLUSTERS:
        return None, FEW
    left = _left_out(one.by_cluster(clusters)) - _left_out(other.by_cluster(clusters))
    found = _figure(one) - _figure(other)
    variance = _variance(left, found)
    if variance <= 0:
        return None, SAME
    return _from(found, variance, df=len(clusters) - 1), None


def unpaired_difference(one: Share, other: Share) -> tuple[Estimate | None, str | None]:
    """Estimate the difference of two figures of chats that have nothing to do with one another."""
    variances, freedom = [], []
    for side in (one, other):
        if not side.known.any():
            return None, NONE
        clusters = np.unique(side.codes[side.known])
        if len(clusters) < FEWEST_CLUSTERS:
            return None, FEW
        variances.append(_variance(_left_out(side.by_cluster(clusters)), _figure(side)))
        freedom.append(len(clusters) - 1)
    total = sum(variances)
    if total <= 0:
        return None, SAME
    # Welch and Satterthwaite.
    df = total**2 / sum(one**2 / many for one, many in zip(variances, freedom, strict=True))
    return _from(_figure(one) - _figure(other), total, df=df), None


def cluster_differences(one: Share, other: Share) -> Array:
    """Give what each cluster contributes to the difference: their sum is the difference.

    Signs of these may be flipped where nothing but chance tells the two sides apart.
    """
    clusters = np.unique(np.concatenate([one.codes[one.known], other.codes[other.known]]))
    return _parts(one, other, clusters) - _parts(other, one, clusters)


def cluster_values(one: Share, other: Share) -> tuple[Array, Array]:
    """Give each side's clusters a value each, whose means differ as the figures do."""
    sides = []
    for side, against in ((one, other), (other, one)):
        clusters = np.unique(side.codes[side.known])
        sides.append(_parts(side, against, clusters) * len(clusters))
    return sides[0], sides[1]


def _parts(side: Share, against: Share, clusters: Codes) -> Array:
    """Linearise a figure about what both sides have in common."""
    common = (side.over.sum() + against.over.sum()) / (side.under.sum() + against.under.sum())
    sums = side.by_cluster(clusters)
    return np.asarray((sums[:, 0] - common * sums[:, 1]) / side.under.sum())


def _figure(share: Share) -> float:
    return float(share.over.sum() / share.under.sum())


def _left_out(sums: Array) -> Array:
    """Take a figure anew without each cluster."""
    rest = sums.sum(axis=0) - sums
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(rest[:, 0] / rest[:, 1])


def _variance(left: Array, figure: float) -> float:
    n = len(left)
    squares = (left - figure) ** 2
    # A cluster without which nothing is left says nothing of how the figure varies.
    variance = float((n - 1) / n * np.nansum(squares))
    scale = max(1.0, abs(figure)) ** 2
    return variance if variance > 1e-18 * scale else 0.0


def _from(figure: float, variance: float, *, df: float) -> Estimate:
    return Estimate.from_t(estimate=figure, se=float(np.sqrt(variance)), df=df)
