"""How far an estimate may be off, and how much an early one may be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

KNOTS = (4, 8, 16, 32, 64, 128, 256)
"""After how many turns of both sides running estimates are calibrated."""

FEWEST_AT_KNOT = 40
"""Sessions that must go on past a knot for it to be used."""


def half_width(errors: Numbers, *, level: float) -> float:
    """Give the half width of a split-conformal interval.

    Parameters
    ----------
    errors : ndarray of shape (n,)
        What was rated minus what was estimated, for sessions that had no part in the estimate.
    level : float
        How often the interval shall hold the rating of a further session, as .90.

    Returns
    -------
    float
        The ceil((n + 1) level)-th smallest absolute error; the largest where n is too small.

    References
    ----------
    Lei J. et al. (2018). Distribution-free predictive inference for regression. JASA 113, 1094.
    """
    ordered = np.sort(np.abs(errors))
    rank = int(np.ceil((len(ordered) + 1) * level))
    return float(ordered[min(rank, len(ordered)) - 1])


@dataclass(frozen=True, slots=True)
class Knot:
    """How a head's value after some turns becomes an estimate of the rating at the end.

    Attributes
    ----------
    turns : int
        After how many turns of both sides.
    intercept, slope : float
        estimate = intercept + slope * value; a slope near 0 says that little can be known yet.
    half_width : float
        Of the interval.
    sessions : int
        How many it rests on.
    coverage : float or None
        How often such intervals held the ratings of patients left out of line and width; None
        where that was not measured.
    """

    turns: int
    intercept: float
    slope: float
    half_width: float
    sessions: int
    coverage: float | None = None


def calibrate(values: Mapping[int, tuple[Numbers, Numbers]], *, level: float) -> tuple[Knot, ...]:
    """Regress what was rated at the end on the value at each knot.

    Parameters
    ----------
    values : Mapping of int to (ndarray, ndarray)
        For each number of turns, the values of heads that had no part in the sessions, and what
        these sessions were rated in the end. Values of different heads are on one mean: as they
        come they are low where the left-out patients rate high, which hides part of the slope.
    level : float
        Of the intervals.

    Returns
    -------
    tuple of Knot
        In order of turns; none where too few sessions go on for so long.
    """
    knots = []
    for turns, (value, rating) in sorted(values.items()):
        if len(value) < FEWEST_AT_KNOT:
            continue
        centred = value - value.mean()
        spread = float(centred @ centred)
        slope = max(float(centred @ rating) / spread, 0.0) if spread > 0 else 0.0
        intercept = float(rating.mean() - slope * value.mean())
        errors = rating - intercept - slope * value
        knots.append(Knot(turns, intercept, slope, half_width(errors, level=level), len(value)))
    return tuple(knots)


def from_the_first_turn(
    knots: tuple[Knot, ...], ratings: Numbers, *, level: float
) -> tuple[Knot, ...]:
    """Put a knot at the first turn, which says nothing yet: the mean rating, and their spread.

    Parameters
    ----------
    knots : tuple of Knot
        As `calibrate` gives them, at later turns.
    ratings : ndarray of shape (n,)
        Of all sessions.
    level : float
        Of the intervals.
    """
    if not knots:
        return ()
    mean = float(ratings.mean())
    spread = half_width(ratings - mean, level=level)
    return (Knot(1, mean, 0.0, spread, len(ratings)), *knots)


def running_estimates(
    values: Numbers, turns: Sequence[int], knots: Sequence[Knot]
) -> tuple[Numbers, Numbers]:
    """Calibrate a head's values after some turns.

    Between knots the two sides' calibrations are mixed, linearly in the logarithm of the turns;
    before the first and after the last the nearest one holds.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The head's value after each number of turns.
    turns : sequence of int, length n
        How many.
    knots : sequence of Knot
        At least one.

    Returns
    -------
    estimates, half_widths : ndarray of shape (n,)
    """
    at = np.log2([knot.turns for knot in knots])
    now = np.log2(np.maximum(turns, 1))

    def mixed(known: Sequence[float]) -> Numbers:
        return np.asarray(np.interp(now, at, known))

    estimates = mixed([knot.intercept for knot in knots]) + values * mixed(
        [knot.slope for knot in knots]
    )
    return estimates, mixed([knot.half_width for knot in knots])
