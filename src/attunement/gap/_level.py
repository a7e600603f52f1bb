"""Is the alliance highest where the two sides are furthest apart? Without being misled by noise.

The level and the gap of the same turns share their errors, so that a patient who happens to score
high has a low gap by construction: the trap of correlating a change with its starting point. Here
the level comes from one half of each side's turns (alternate tenths of the session) and the gap
from the other, and the level is the mean of both sides (Oldham 1962), which a gap does not lean on
by construction where both sides vary alike; where they do not, part of the trap is left. The naive
figure stands beside it, so that the difference can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.gap._effects import Row
from attunement.gap._gap_tables import session_gaps
from attunement.statistics import SMALL_GROUP, Clusters, Codes, Design, everything, groups_of
from attunement.tables import MEASURES

Array = NDArray[np.float64]

NAIVE = "level and |gap|, same turns"
SPLIT = "level and |gap|, split halves"

FEWEST_SESSIONS = 5


@dataclass(frozen=True, slots=True)
class Halves:
    """Levels and absolute gaps, a row a session, a column a measure; NaN where there is none."""

    level: Array
    apart: Array


def split_halves(turns: pl.DataFrame, n_sessions: int, *, zero: Array) -> dict[str, Halves]:
    """Give the naive pair, and the one whose halves share no turn.

    Parameters
    ----------
    turns : DataFrame
        `Turns.frame`.
    n_sessions : int
        How many sessions there are.
    zero : ndarray of shape (4,)
        The gap that counts as none: 0 on a common scale, else the mean over all sessions.
    """
    # Alternate tenths of the session, not alternate turns: neighbours share what is passing.
    first, second = (_both(turns.filter(pl.col("bin") % 2 == half), n_sessions) for half in (0, 1))
    patient, therapist = _both(turns, n_sessions)
    return {
        NAIVE: Halves(patient, np.abs(therapist - patient - zero)),
        SPLIT: Halves((first[0] + first[1]) / 2, np.abs(second[1] - second[0] - zero)),
    }


def level_rows(
    halves: dict[str, Halves], design: Design, clusters: Clusters, *, quantity: str
) -> list[Row]:
    """Correlate level and |gap| within each group, sessions as units.

    Returns
    -------
    list of dict
        Rows of EFFECTS, family "level". The estimate is the slope of the standardised |gap| on the
        standardised level: their correlation. |gap| spreads more where the level is far out, so the
        interval is the cluster jackknife's. Small groups are not tested.
    """
    groups = groups_of(design)
    if len(groups) != 1 or None in design.groups:
        groups |= everything(design)
    return [
        _row(name, pair, column, group, where, design, clusters) | {"quantity": quantity}
        for name, pair in halves.items()
        for column in range(len(MEASURES))
        for group, where in groups.items()
    ]


def _row(
    name: str,
    pair: Halves,
    column: int,
    group: str,
    where: Codes,
    design: Design,
    clusters: Clusters,
) -> Row:
    level, apart = pair.level[where, column], pair.apart[where, column]
    known = np.isfinite(level) & np.isfinite(apart)
    inside = where[known]
    n_patients, n_therapists = design.count(inside)
    row: Row = {
        "family": "level",
        "effect": name,
        "group": group,
        "scale": MEASURES[column],
        "n_sessions": len(inside),
        "n_patients": n_patients,
        "n_therapists": n_therapists,
        "small": len(inside) < SMALL_GROUP,
    }
    if len(inside) < FEWEST_SESSIONS:
        return row | {"reason": f"fewer than {FEWEST_SESSIONS} sessions with both sides"}
    level, apart = level[known], apart[known]
    if np.ptp(level) < 1e-12 or np.ptp(apart) < 1e-12:
        return row | {"reason": "every session has the same value"}
    level, apart = ((values - values.mean()) / values.std(ddof=1) for values in (level, apart))
    found = clusters.slope(inside, level, apart)
    if found is None:
        return row | {"reason": "too few clusters, or one alone carries the slope"}
    slope, drawn = found
    if drawn is not None:
        row |= {"boot_low": drawn.ci_low, "boot_high": drawn.ci_high}
    return row | {
        "estimate": slope.estimate,
        "se": slope.se,
        "df": slope.df,
        "ci_low": slope.ci_low,
        "ci_high": slope.ci_high,
        # The naive figure is there to be seen through, so nothing is tested on it.
        "p_val": slope.p_val if name == SPLIT and not row["small"] else None,
        "method": f"least squares of standardised values, jackknife over {clusters.name}, t"
        + ("; level and gap share their turns" if name == NAIVE else ""),
    }


def _both(turns: pl.DataFrame, n_sessions: int) -> tuple[Array, Array]:
    gaps = session_gaps(turns)
    sides = []
    for side in ("patient", "therapist"):
        values = np.full((n_sessions, len(MEASURES)), np.nan)
        columns = [f"inferred_{side}_{measure}" for measure in MEASURES]
        values[gaps["session"].to_numpy()] = gaps.select(columns).to_numpy()
        sides.append(values)
    return sides[0], sides[1]
