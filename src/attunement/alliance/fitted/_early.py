"""What can be said before a session is over: calibrated on left-out patients, and held to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance.fitted._calibration import (
    Knot,
    calibrate,
    from_the_first_turn,
    running_estimates,
)
from attunement.alliance.fitted._cross import FOLDS, LEVEL, NAME, CrossFitted
from attunement.alliance.fitted._material import Material
from attunement.tables import ALLIANCE, ROLES, SCALES

Numbers = NDArray[np.float64]


def running_knots(crossed: CrossFitted, *, level: float) -> tuple[Knot, ...]:
    """Calibrate running estimates on all sessions, and count how often their intervals hold.

    Parameters
    ----------
    crossed : CrossFitted
        Values of heads that had no part in the sessions.
    level : float
        Of the intervals.

    Returns
    -------
    tuple of Knot
        In order of turns. `coverage` comes from lines and widths learned without a fifth of the
        patients and held against that fifth.
    """
    knots = knots_without(crossed, None, level=level)
    held: dict[int, list[NDArray[np.bool_]]] = {knot.turns: [] for knot in knots}
    for fold in range(FOLDS):
        lines = knots_without(crossed, fold, level=level)
        if not lines:
            return knots
        for turns, found in held.items():
            found.append(_held(crossed, fold, turns, lines))
    return tuple(
        replace(knot, coverage=float(np.mean(np.concatenate(held[knot.turns])))) for knot in knots
    )


def knots_without(crossed: CrossFitted, fold: int | None, *, level: float) -> tuple[Knot, ...]:
    """Calibrate on the sessions outside a fold, or on all.

    Every fold's values are moved to the mean rating of the sessions calibrated on. That is where
    the head begins that the line is for: the fold's own, or the one fitted on all sessions.
    """
    ratings = crossed.rated.ratings
    others = np.full(len(ratings), True) if fold is None else crossed.folds != fold
    moved = ratings[others].mean() - crossed.centres
    values = {}
    for turns, value in crossed.at_knots.items():
        use = others & np.isfinite(value)
        values[turns] = (value[use] + moved[use], ratings[use])
    return from_the_first_turn(calibrate(values, level=level), ratings[others], level=level)


def cross_closing(material: Material, crossed: Mapping[int, CrossFitted]) -> pl.DataFrame:
    """Lay out the estimates of sessions ended before their closing as rows of the scores table.

    One row a session, side and estimate, at the last turn before the closing: the running estimate
    there, by heads and lines that had no part in the patient, less the mean rating of the others
    and plus that of all, as it is correlations that are taken of it.

    Returns
    -------
    DataFrame
        session_id, turn, role, time, estimator, the four measures, words; measures that were not
        rated are null.
    """
    parts = []
    for role in ROLES:
        of_role = {
            one.rated.scale: one for one in crossed.values() if one.rated.perspective == role
        }
        if not of_role:
            continue
        table = material.closing_turns
        rows = table["row"].to_numpy()
        turns = np.zeros(len(material.features), dtype=np.int64)
        turns[rows] = table["turns"].to_numpy()
        for measure in (*SCALES, ALLIANCE):
            values = np.full(len(material.features), np.nan)
            if measure in of_role:
                one = of_role[measure]
                moved = one.rated.ratings.mean() - one.centres
                values[one.rated.rows] = before_closing(one, turns[one.rated.rows]) + moved
            table = table.with_columns(pl.Series(measure, values[rows]).fill_nan(None))
        parts.append(
            table.drop("row", "turns").with_columns(role=pl.lit(role), estimator=pl.lit(NAME))
        )
    return pl.concat(parts)


def before_closing(crossed: CrossFitted, turns: NDArray[np.int64]) -> Numbers:
    """Give the running estimate of each session ended after so many turns.

    Calibrated and kept within the ratings as `ScaleModel.so_far` does it, by what was learned
    without the session's fold; NaN where nothing is left of the session.
    """
    ratings, values = crossed.rated.ratings, crossed.before_closing
    estimates = np.full(len(values), np.nan)
    for fold in range(FOLDS):
        here = (crossed.folds == fold) & np.isfinite(values)
        lines = knots_without(crossed, fold, level=LEVEL)
        if lines:
            learned = ratings[crossed.folds != fold]
            found, _ = running_estimates(values[here], turns[here].tolist(), lines)
            estimates[here] = np.clip(found, learned.min(), learned.max())
        else:
            estimates[here] = crossed.centres[here]
    return estimates


def _held(
    crossed: CrossFitted, fold: int, turns: int, lines: tuple[Knot, ...]
) -> NDArray[np.bool_]:
    """Say which of the fold's sessions that go on beyond so many turns the interval holds."""
    here = crossed.folds == fold
    # Before the first knot, as after one turn, the value counts for nothing.
    values = crossed.at_knots.get(turns, np.zeros(len(here)))
    here &= np.isfinite(values)
    found, reach = running_estimates(values[here], [turns] * int(here.sum()), lines)
    return np.asarray(np.abs(crossed.rated.ratings[here] - found) <= reach)
