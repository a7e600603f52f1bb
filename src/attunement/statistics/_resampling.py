"""The cluster bootstrap: whole therapists, patients or sessions drawn again, all draws at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from attunement.statistics._design import Codes, Design
from attunement.statistics._estimate import Estimate, t_quantile

Array = NDArray[np.float64]
DISAGREES = "the bootstrap check disagrees on whether the interval excludes zero"
"""The warning of an effect that its bootstrap interval does not bear out."""

Draws: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Side:
    """One weighted mean over sessions: a group's, or one side of a contrast.

    Attributes
    ----------
    places : ndarray of int
        Its sessions.
    shares : ndarray
        What each counts for; they sum to one.
    sign : float
        How the mean enters.
    """

    places: Codes
    shares: Array
    sign: float = 1.0


@dataclass(frozen=True, slots=True)
class Clusters:
    """How often each session is drawn, in every draw.

    Attributes
    ----------
    drawings : tuple of (float, ndarray of shape (draws, n_sessions))
        Signed multiplicities. One where there is one kind of cluster; where patients and
        therapists are crossed, the variance is that of drawing patients plus that of drawing
        therapists less that of drawing dyads (two-way clustering: Cameron, Gelbach & Miller 2011).
    units : tuple of ndarray
        The codes that are drawn: of therapists, patients, or both.
    name : str
        What is drawn, in words.
    """

    drawings: tuple[tuple[float, Draws], ...]
    units: tuple[Codes, ...]
    name: str

    @classmethod
    def draw(cls, design: Design, *, draws: int, rng: np.random.Generator) -> Clusters:
        """Draw clusters with replacement."""
        units, name = _units(design)
        drawn = [(1.0, codes) for codes in units]
        if len(units) > 1:
            drawn.append((-1.0, dyads(units)))
        drawings = tuple((sign, _multiplicities(codes, draws, rng)) for sign, codes in drawn)
        return cls(drawings=drawings, units=units, name=name)

    @property
    def kinds(self) -> tuple[Codes, ...]:
        """The clusters of each kind, and where there are two, their dyads."""
        return self.units if len(self.units) < 2 else (*self.units, dyads(self.units))

    @property
    def coarsest(self) -> Codes:
        """The clusters there are fewest of."""
        return min(self.units, key=lambda codes: len(np.unique(codes)))

    def count(self, places: Codes) -> int:
        """Count the clusters in some sessions; of the scarcer kind where two are drawn."""
        return min(len(np.unique(codes[places])) for codes in self.units)

    def estimate(self, estimate: float, sides: Sequence[Side], values: Array) -> Estimate | None:
        """Give a sum of weighted means the spread that drawing clusters again gives it.

        Returns
        -------
        Estimate or None
            The bootstrap standard error, and a t quantile over clusters, as few clusters need;
            None where a side has fewer than two clusters, or nothing varies.
        """
        clusters = min(self.count(side.places) if len(side.places) else 0 for side in sides)
        if clusters < 2:
            return None
        variance = self._variance(
            [float(np.nanvar(_total(weights, sides, values))) for _, weights in self.drawings]
        )
        if variance <= 0:
            return None
        se = float(np.sqrt(variance * clusters / (clusters - 1)))
        return Estimate.from_t(estimate=estimate, se=se, df=clusters - 1)

    def slope(self, places: Codes, x: Array, y: Array) -> tuple[Estimate, Estimate | None] | None:
        """Give a least-squares slope over some sessions, with its spread twice.

        Returns
        -------
        tuple of (Estimate, Estimate or None), or None
            By leaving out each cluster once (the jackknife, which unequal spread along x does not
            mislead; where two kinds of cluster are crossed, the larger), and by drawing clusters
            again. None with fewer than three clusters.
        """
        clusters = self.count(places)
        if clusters < 3:
            return None
        columns = np.stack([np.ones(len(x)), x, y, x * x, x * y], axis=1)
        slope = float(_slopes(columns.sum(axis=0)))
        variances = [
            float(np.nanvar(_slopes(w[:, places].astype(np.float64) @ columns)))
            for _, w in self.drawings
        ]
        drawn = self._variance(variances)
        left = max(_left_out(columns, codes[places]) for codes in self.units)
        if not left > 0:
            return None
        df, factor = clusters - 1, clusters / (clusters - 1)
        check = None
        if drawn > 0:
            check = Estimate.from_t(estimate=slope, se=float(np.sqrt(drawn * factor)), df=df)
        return Estimate.from_t(estimate=slope, se=float(np.sqrt(left)), df=df), check

    def slopes_apart(
        self, one: tuple[Codes, Array, Array], other: tuple[Codes, Array, Array], *, df: float
    ) -> Estimate | None:
        """Give the difference of two least-squares slopes the spread of drawing clusters again.

        Parameters
        ----------
        one, other : tuple of (ndarray of int, ndarray, ndarray)
            Sessions, and their x and y; a cluster may be in both.
        df : float
            Of its t distribution.

        Returns
        -------
        Estimate or None
            None where a side has fewer than two clusters, or nothing varies.
        """
        sides = [
            (places, np.stack([np.ones(len(x)), x, y, x * x, x * y], axis=1))
            for places, x, y in (one, other)
        ]
        clusters = min(self.count(places) for places, _ in sides)
        if clusters < 2:
            return None
        found = [float(_slopes(columns.sum(axis=0))) for _, columns in sides]
        drawn = []
        for _, weights in self.drawings:
            first, second = (
                _slopes(weights[:, places].astype(np.float64) @ columns)
                for places, columns in sides
            )
            drawn.append(float(np.nanvar(first - second)))
        variance = self._variance(drawn) * clusters / (clusters - 1)
        if not variance > 0:
            return None
        return Estimate.from_t(estimate=found[0] - found[1], se=float(np.sqrt(variance)), df=df)

    def _variance(self, drawn: Sequence[float]) -> float:
        """Combine the drawings' variances; the larger of single ones where two leave none over."""
        signs = [sign for sign, _ in self.drawings]
        combined = float(sum(sign * one for sign, one in zip(signs, drawn, strict=True)))
        return max(combined, *drawn) if combined <= 0 else combined

    def bands(self, places: Codes, values: Array) -> Array:
        """Give the half widths of the intervals of many means over the same sessions.

        Parameters
        ----------
        places : ndarray of int, shape (m,)
            The sessions.
        values : ndarray of shape (m, k)
            k values a session; NaN where one is missing.

        Returns
        -------
        ndarray of shape (k,)
            NaN with fewer than two clusters.
        """
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        variance = np.zeros(values.shape[1])
        for sign, weights in self.drawings:
            drawn = weights[:, places]
            with np.errstate(invalid="ignore", divide="ignore"):
                means = (drawn @ filled) / (drawn @ known)
                seen = np.isfinite(means)
                middle = np.where(seen, means, 0).sum(axis=0) / seen.sum(axis=0)
                squares = np.where(seen, (means - middle) ** 2, 0).sum(axis=0)
                variance += sign * squares / seen.sum(axis=0)
        clusters = np.array(
            [self.count(places[column]) if column.any() else 0 for column in known.T]
        )
        half = np.full(values.shape[1], np.nan)
        wide = (clusters > 1) & (variance > 0)
        factor = np.array([t_quantile(n - 1) * np.sqrt(n / (n - 1)) for n in clusters[wide]])
        half[wide] = factor * np.sqrt(variance[wide])
        return half


def _total(weights: Draws, sides: Sequence[Side], values: Array) -> Array:
    columns = np.zeros((weights.shape[1], 2 * len(sides)), dtype=np.float32)
    for at, side in enumerate(sides):
        columns[side.places, 2 * at] = side.shares
        columns[side.places, 2 * at + 1] = side.shares * values[side.places]
    drawn = (weights @ columns).astype(np.float64)
    signs = np.array([side.sign for side in sides])
    with np.errstate(invalid="ignore", divide="ignore"):
        means = drawn[:, 1::2] / drawn[:, ::2]
    # A draw without any cluster of a side has no mean there.
    return np.asarray(np.where(drawn[:, ::2] > 0, means, np.nan) @ signs)


def _slopes(sums: Array) -> Array:
    """Give slopes from sums over sessions of 1, x, y, x^2 and xy."""
    n, x, y, xx, xy = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = xx / n - (x / n) ** 2
        return np.asarray(np.where(spread > 1e-9, (xy / n - x * y / n**2) / spread, np.nan))


def _left_out(columns: Array, codes: Codes) -> float:
    """Give the jackknife variance of a slope over clusters."""
    own = np.unique(codes, return_inverse=True)[1]
    sums = np.stack([np.bincount(own, column) for column in columns.T], axis=1)
    slopes = _slopes(columns.sum(axis=0) - sums)
    n = len(slopes)
    return float((n - 1) / n * np.nansum((slopes - np.nanmean(slopes)) ** 2))


def dyads(units: Sequence[Codes]) -> Codes:
    """Give each pair of patient and therapist a number."""
    codes = np.unique(np.stack(list(units)), axis=1, return_inverse=True)[1]
    return np.asarray(codes, dtype=np.intp).ravel()


def _multiplicities(codes: Codes, draws: int, rng: np.random.Generator) -> Draws:
    size = int(codes.max()) + 1
    counts = rng.multinomial(size, np.full(size, 1 / size), size=draws)
    return np.asarray(counts[:, codes], dtype=np.float32)


def _units(design: Design) -> tuple[tuple[Codes, ...], str]:
    therapists = design.therapists
    if not design.therapists_vary:
        return (design.patients,), "patients" if design.patient_known.any() else "sessions"
    first = np.zeros(int(design.patients.max()) + 1, dtype=np.intp)
    first[design.patients] = therapists
    if np.array_equal(first[design.patients], therapists):
        return (therapists,), "therapists"
    return (design.patients, therapists), "patients and therapists"
