"""Means over sessions of every marker, side and condition, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.report.markers._names import ACT_PREFIX
from attunement.report.markers._shown import MarkersShown
from attunement.statistics import (
    ALL_SESSIONS,
    BINS,
    MOST_GROUPS,
    Clusters,
    Codes,
    Course,
    Design,
    time_bin,
)
from attunement.tables import ACTS

DRAWS = 2_000
SEED = 0

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over sessions, each counting once; None where there is none."""

    mean: float
    low: float | None
    high: float | None
    n_sessions: int


@dataclass(frozen=True, slots=True)
class Groups:
    """The sessions, by condition, and their bootstrap.

    Attributes
    ----------
    design : Design
        The sessions.
    clusters : Clusters
        The bootstrap's draws.
    places : dict of str to ndarray
        All sessions, and, where there are two conditions or more, each of them.
    too_many : int
        How many conditions there are where these are too many to be told apart, else 0.
    """

    design: Design
    clusters: Clusters
    places: Mapping[str, Codes]
    too_many: int

    @classmethod
    def of(cls, shown: MarkersShown) -> Groups:
        """Read the sessions that have turns with words; all sessions where none has."""
        heard = shown.markers.select("session_id").unique()
        sessions = shown.corpus_sessions.join(heard, on="session_id", how="semi")
        sessions = shown.corpus_sessions if sessions.is_empty() else sessions
        n = sessions[shown.by].drop_nulls().n_unique()
        too_many = n if n > MOST_GROUPS else 0
        if too_many:
            sessions = sessions.with_columns(pl.lit(None, pl.String).alias(shown.by))
        design = Design.of(sessions, by=shown.by)
        places = {ALL_SESSIONS: np.arange(len(design.session_ids), dtype=np.intp)}
        if len(design.labels) > 1:
            places |= {label: design.code(label) for label in design.labels}
        rng = np.random.default_rng(SEED)
        return cls(design, Clusters.draw(design, draws=DRAWS, rng=rng), places, too_many)

    @property
    def drawn(self) -> str:
        """Name what the intervals draw again."""
        return self.clusters.name

    def means(self, values: Array) -> dict[str, list[Mean | None]]:
        """Average columns of session values within each group.

        Parameters
        ----------
        values : ndarray of shape (n_sessions, k)
            NaN where a session has none. A column that is never below zero has no interval that
            reaches below it.
        """
        floor = np.where(np.nanmin(values, axis=0, initial=np.inf) >= 0, 0.0, -np.inf)
        found = {}
        for label, where in self.places.items():
            course = Course.of(values[where], where=where, clusters=self.clusters)
            low = np.maximum(course.low, floor)
            found[label] = [
                _mean(*row)
                for row in zip(course.mean, low, course.high, course.n_sessions, strict=True)
            ]
        return found


def session_means(
    shown: MarkersShown, groups: Groups
) -> dict[tuple[str, str], dict[str, Mean | None]]:
    """Average every marker of every side: (role, marker) to group to mean."""
    known = shown.sessions.filter(pl.col("value").is_finite()).with_columns(
        pl.col("marker").str.strip_prefix(ACT_PREFIX)
    )
    keys = known.select("role", "marker").unique(maintain_order=True).rows()
    if not keys:
        return {}
    values = _filled(known, groups.design.session_ids, keys)
    means = groups.means(values)
    return {
        key: {label: column[place] for label, column in means.items()}
        for place, key in enumerate(keys)
    }


def act_courses(shown: MarkersShown, groups: Groups) -> dict[str, dict[str, list[Mean | None]]]:
    """Average the share of each act over tenths of session time: group to act to ten means.

    A session enters a tenth with the shares among its own therapist turns there.
    """
    acts = shown.markers.filter(pl.col("act").is_not_null()).with_columns(time_bin().alias("bin"))
    if acts.is_empty():
        return {}
    shares = acts.group_by("session_id", "bin").agg(
        (pl.col("act") == act).mean().alias(act) for act in ACTS
    )
    place = {session_id: at for at, session_id in enumerate(groups.design.session_ids)}
    values = np.full((len(place), BINS, len(ACTS)), np.nan)
    rows = shares["session_id"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    values[rows, shares["bin"].to_numpy()] = shares.select(ACTS).to_numpy()
    return {
        label: {act: means[at :: len(ACTS)] for at, act in enumerate(ACTS)}
        for label, means in groups.means(values.reshape(len(place), -1)).items()
    }


def _filled(
    known: pl.DataFrame, session_ids: Sequence[str], keys: Sequence[tuple[str, str]]
) -> Array:
    places = pl.DataFrame({"session_id": session_ids}).with_row_index("row")
    columns = pl.DataFrame(keys, schema=["role", "marker"], orient="row").with_row_index("column")
    placed = known.join(places, on="session_id").join(columns, on=["role", "marker"])
    values = np.full((len(session_ids), len(keys)), np.nan)
    values[placed["row"].to_numpy(), placed["column"].to_numpy()] = placed["value"].to_numpy()
    return values


def _mean(mean: float, low: float, high: float, n: int) -> Mean | None:
    if not np.isfinite(mean):
        return None
    known = np.isfinite(low) and np.isfinite(high)
    return Mean(float(mean), float(low) if known else None, float(high) if known else None, int(n))
