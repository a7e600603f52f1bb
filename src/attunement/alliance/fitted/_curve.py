"""How agreement grows with the number of rated sessions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from scipy import stats

from attunement.alliance.fitted._features import Layout
from attunement.alliance.fitted._material import Material
from attunement.alliance.fitted._rated import FEWEST_PATIENTS, FEWEST_SESSIONS, Rated, patients_of
from attunement.alliance.fitted._ridge import Groups, fit_heads

REPEATS = 5
"""Draws of patients at each size."""

FEWEST_LEFT = 20
"""Sessions of other patients that must be left to measure on."""

CURVE_SCHEMA = pl.Schema(
    {
        "n_sessions": pl.Int64(),
        "n_patients": pl.Float64(),
        "spearman": pl.Float64(),
        "pearson": pl.Float64(),
        "pearson_lowest": pl.Float64(),
        "pearson_highest": pl.Float64(),
        "repeats": pl.Int64(),
    }
)
"""The lowest and the highest are those of the repeats; they are no confidence interval."""


def learning_curve(
    material: Material,
    rated: Rated,
    *,
    seed: int = 0,
    on_step: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Fit on the sessions of some patients, estimate those of all others, and grow.

    Parameters
    ----------
    material : Material
        Sessions as features.
    rated : Rated
        The scale.
    seed : int
        Which patients are drawn.
    on_step : callable, optional
        Called with 1 after each fit.

    Returns
    -------
    DataFrame
        One row a size, from 50 sessions by doubling, with the schema `CURVE_SCHEMA`; the means of
        `REPEATS` draws of patients, each of at least `FEWEST_PATIENTS`, and of as many sessions of
        theirs as the size says. No session of a drawn patient is measured on.
    """
    patients = patients_of(material)[rated.rows]
    features = material.features[rated.rows].astype(np.float64)
    weights = Layout(material.hearing.dimension).column_weights()
    rng = np.random.default_rng(seed)
    rows = []
    for size in sizes(len(rated.rows)):
        found = []
        for _ in range(REPEATS):
            drawn = _drawn(patients, size, rng)
            others = ~np.isin(patients, drawn)
            if np.count_nonzero(others) >= FEWEST_LEFT:
                mine = rng.choice(np.flatnonzero(~others), size, replace=False)
                (fitted,) = fit_heads(
                    features[mine],
                    rated.ratings[mine, None],
                    patients[mine],
                    column_weights=weights,
                )
                estimates, ratings = fitted.head.predict(features[others]), rated.ratings[others]
                found.append(
                    (
                        len(np.unique(patients[mine])),
                        float(stats.spearmanr(estimates, ratings).statistic),
                        float(stats.pearsonr(estimates, ratings).statistic),
                    )
                )
            if on_step is not None:
                on_step(1)
        if found:
            whose, spearman, pearson = (np.asarray(one) for one in zip(*found, strict=True))
            rows.append(
                (
                    size,
                    float(whose.mean()),
                    float(spearman.mean()),
                    float(pearson.mean()),
                    float(pearson.min()),
                    float(pearson.max()),
                    len(found),
                )
            )
    return pl.DataFrame(rows, schema=CURVE_SCHEMA, orient="row")


def _drawn(patients: Groups, size: int, rng: np.random.Generator) -> Groups:
    """Draw patients until they have enough sessions and are enough themselves."""
    order = rng.permutation(np.unique(patients))
    counts = np.cumsum([np.count_nonzero(patients == one) for one in order])
    return order[: max(int(np.searchsorted(counts, size)) + 1, FEWEST_PATIENTS)]


def sizes(sessions: int) -> list[int]:
    """Give the sizes that a corpus has room for, leaving a fifth to measure on."""
    found = []
    size = FEWEST_SESSIONS
    while size <= 0.8 * sessions:
        found.append(size)
        size *= 2
    return found
