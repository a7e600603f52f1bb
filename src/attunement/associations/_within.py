"""A within-session slope for each feature, its jackknife over clusters, and its bootstrap.

What the patient says next depends on what was said before, and so do features: a topic comes up
because of how the patient just spoke. In short sessions a slope within sessions is then biased by
as much as one over the number of turns (Nickell 1981). Slopes are therefore corrected by the
half-panel jackknife: twice the slope within sessions less the slope within their halves (Dhaene &
Jochmans 2015, Review of Economic Studies 82, 991-1030).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.associations._sums import Partial, Sums
from attunement.statistics import Clusters, Codes, Estimate

Array = NDArray[np.float64]
Slopes = Callable[[Sums, Sums], Array]
"""From sums within sessions and within halves, of shapes (m, ...), to slopes of shape (m, k)."""

FEWEST_CLUSTERS = 5
"""A feature must vary within so many patients (or therapists) for an interval."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A regression's material: sums a session, in the order of the design.

    Attributes
    ----------
    whole, halves : Sums
        Within sessions, and within their halves.
    rows : ndarray of int
        How many steps each session has.
    """

    whole: Sums
    halves: Sums
    rows: Codes

    def of(self, places: Codes) -> Panel:
        """Keep some sessions."""
        return Panel(self.whole.of(places), self.halves.of(places), self.rows[places])

    def narrowed(self, columns: Sequence[int]) -> Panel:
        """Keep some columns beside the features."""
        return Panel(self.whole.narrowed(columns), self.halves.narrowed(columns), self.rows)


@dataclass(frozen=True, slots=True)
class Regression:
    """A regression of a target on each feature by itself.

    Attributes
    ----------
    columns : tuple of int
        The panel's columns it needs.
    slopes : callable
        From sums of those columns, in that order, to the slopes.
    """

    columns: tuple[int, ...]
    slopes: Slopes

    @classmethod
    def corrected(cls, *, target: int, covariates: Sequence[int], least: Array) -> Regression:
        """Regress a target on features and covariates, and correct for short sessions."""
        count = len(covariates)
        return cls((target, *covariates), _corrected(0, range(1, count + 1), least))

    @classmethod
    def beyond_mirror(
        cls,
        *,
        later: int,
        earlier: int,
        mirrored: tuple[int, int],
        covariates: Sequence[int],
        least: Array,
    ) -> Regression:
        """Take from the slope on what is later the slope on what came before, time turned round.

        Parameters
        ----------
        later, earlier : int
            The target, and how things stood before.
        mirrored : tuple of (int, int)
            The mirrored target, and how things stood after it.
        covariates : sequence of int
            What both regressions share.
        least : ndarray of shape (k,)
            Of a feature's variation.
        """
        own = tuple(dict.fromkeys((later, earlier, *mirrored)))
        shared = range(len(own), len(own) + len(covariates))
        target, given = (own.index(one) for one in mirrored)
        forward = _corrected(0, (1, *shared), least)
        backward = _corrected(target, (given, *shared), least)
        return cls(
            (*own, *covariates),
            lambda whole, halves: forward(whole, halves) - backward(whole, halves),
        )


def _corrected(target: int, covariates: Sequence[int], least: Array) -> Slopes:
    def slopes(whole: Sums, halves: Sums) -> Array:
        within, cut = (
            Partial.of(part, target=target, covariates=covariates).slopes(least=least)
            for part in (whole, halves)
        )
        return 2 * within - cut

    return slopes


@dataclass(frozen=True, slots=True)
class Jackknife:
    """Slopes in some sessions, and how they move when each cluster is left out.

    Attributes
    ----------
    slopes : ndarray of shape (k,)
        NaN where a feature hardly varies.
    moves : tuple of (ndarray of shape (c, k), ndarray of shape (c,))
        For each kind of cluster: the move of every cluster left out, and the clusters' codes. Where
        patients and therapists are crossed, those of dyads follow.
    df : tuple of ndarray of shape (k,)
        For each kind but dyads: how many clusters hold the feature's variation, as if it were
        spread evenly over them (Carter, Schnepel & Steigerwald 2017), less one.
    """

    slopes: Array
    moves: tuple[tuple[Array, Codes], ...]
    df: tuple[Array, ...]

    @classmethod
    def of(
        cls, panel: Panel, regression: Regression, places: Codes, clusters: Clusters
    ) -> Jackknife:
        """Leave out each cluster of some sessions once."""
        inside = panel.narrowed(regression.columns).of(places)
        found = regression.slopes(inside.whole.total(), inside.halves.total())[0]
        moves: list[tuple[Array, Codes]] = []
        df: list[Array] = []
        for codes in clusters.kinds:
            names, own = np.unique(codes[places], return_inverse=True)
            whole, halves = inside.whole.by(own), inside.halves.by(own)
            left = regression.slopes(whole.without_each(), halves.without_each()) - found
            count = len(names)
            moves.append((left * np.sqrt((count - 1) / count), names))
            if len(df) < len(clusters.units):
                df.append(_held_by(whole.xx))
        return cls(slopes=found, moves=tuple(moves), df=tuple(df))

    def estimates(self) -> list[Estimate | None]:
        """Give an estimate for each feature; None where there is none to be had."""
        return _estimates(
            self.slopes, [np.square(move).sum(axis=0) for move, _ in self.moves], self.df
        )

    def less(self, other: Jackknife) -> list[Estimate | None]:
        """Give the difference from other sessions' slopes; clusters may lie on both sides."""
        variances, df = [], []
        for at, (move, names) in enumerate(self.moves):
            against, their_names = other.moves[at]
            one, two = np.square(move).sum(axis=0), np.square(against).sum(axis=0)
            _, mine, theirs = np.intersect1d(names, their_names, return_indices=True)
            variances.append(one + two - 2 * (move[mine] * against[theirs]).sum(axis=0))
            if at < len(self.df):
                with np.errstate(invalid="ignore", divide="ignore"):
                    df.append((one + two) ** 2 / (one**2 / self.df[at] + two**2 / other.df[at]))
        return _estimates(self.slopes - other.slopes, variances, df)


def _held_by(squares: Array) -> Array:
    """Give the degrees of freedom that clusters' sums of squares leave; NaN where too few vary."""
    with np.errstate(invalid="ignore", divide="ignore"):
        even = squares.sum(axis=0) ** 2 / np.square(squares).sum(axis=0)
    few = (squares > 0).sum(axis=0) < FEWEST_CLUSTERS
    return np.asarray(np.where(few, np.nan, np.maximum(even - 1, 1)))


def _estimates(
    slopes: Array, variances: Sequence[Array], df: Sequence[Array]
) -> list[Estimate | None]:
    """Combine the kinds of clusters.

    Where two are crossed, their variances add less that of their dyads (Cameron, Gelbach & Miller
    2011), and no less than the larger of them, whose degrees of freedom count.
    """
    single = np.stack(variances[: len(df)])
    larger = single.argmax(axis=0)
    variance = single.max(axis=0)
    if len(variances) > len(df):
        variance = np.maximum(variance, single.sum(axis=0) - variances[-1])
    freedom = np.take_along_axis(np.stack(df), larger[None], axis=0)[0]
    known = np.isfinite(slopes) & np.isfinite(freedom) & (variance > 0)
    return [
        Estimate.from_t(estimate=float(slope), se=float(np.sqrt(spread)), df=float(free))
        if there
        else None
        for slope, spread, free, there in zip(slopes, variance, freedom, known, strict=True)
    ]


def drawn_variances(
    panel: Panel, regression: Regression, sides: Sequence[Codes], clusters: Clusters
) -> Array:
    """Give the variance of slopes, or of a difference of slopes, over draws of clusters.

    Parameters
    ----------
    panel : Panel
        The sessions.
    regression : Regression
        What is asked.
    sides : sequence of one or two ndarrays of int
        The sessions; of two, the second's slopes are taken from the first's.
    clusters : Clusters
        The draws.

    Returns
    -------
    ndarray of shape (k,)
        NaN where there is no variance to be had.
    """
    if not all(len(places) for places in sides):
        return np.full(panel.whole.xx.shape[1], np.nan)
    narrow = panel.narrowed(regression.columns)
    per_drawing = []
    for sign, times in clusters.drawings:
        total: Array | None = None
        for at, places in enumerate(sides):
            inside = narrow.of(places)
            often = times[:, places]
            drawn = regression.slopes(inside.whole.drawn(often), inside.halves.drawn(often))
            total = drawn if total is None or at == 0 else total - drawn
        assert total is not None
        seen = np.isfinite(total)
        count = seen.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(seen, total, 0).sum(axis=0) / count
            spread = np.where(seen, (total - mean) ** 2, 0).sum(axis=0) / count
        per_drawing.append((sign, np.where(count > 1, spread, np.nan)))
    combined = np.sum([sign * spread for sign, spread in per_drawing], axis=0)
    largest = np.max([spread for _, spread in per_drawing], axis=0)
    n = min(clusters.count(places) for places in sides)
    factor = n / (n - 1) if n > 1 else np.nan
    return np.asarray(np.where(combined > 0, combined, largest) * factor)
