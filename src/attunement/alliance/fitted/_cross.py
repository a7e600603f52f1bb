"""Estimates of rated sessions by heads that had no part in their patients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance.fitted._calibration import half_width
from attunement.alliance.fitted._features import Layout
from attunement.alliance.fitted._material import Material
from attunement.alliance.fitted._rated import Rated, patients_of, together
from attunement.alliance.fitted._ridge import Groups, fit_heads
from attunement.tables import ALLIANCE, ESTIMATES, ROLES, SCALES

Numbers = NDArray[np.float64]

FOLDS = 5
"""Into so many parts the patients are cut; each part is estimated by heads fitted on the others."""

LEVEL = 0.9

_NAME = "fitted"
_CLOSING = 0
"""Stands for the end before the closing among the knots, none of which is after 0 turns."""


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Estimates of sessions by heads that had no part in their patients.

    Attributes
    ----------
    rated : Rated
        What was to be estimated.
    estimates, half_widths : ndarray of shape (n,)
        In the order of `rated.rows`; the half width comes from the patients that the fold's heads
        were fitted on.
    centres : ndarray of shape (n,)
        The mean rating of those patients' sessions. It is lower where the left-out ones rate
        higher, so correlations are taken of estimates less this.
    before_closing : ndarray of shape (n,)
        Estimates of each session ended before its closing; NaN where nothing is left of it.
    at_knots : Mapping of int to (ndarray, ndarray)
        After so many turns: the values of such heads, and what was rated in the end.
    """

    rated: Rated
    estimates: Numbers
    half_widths: Numbers
    centres: Numbers
    before_closing: Numbers
    at_knots: Mapping[int, tuple[Numbers, Numbers]]

    def moved(self, estimates: Numbers) -> Numbers:
        """Move each fold's estimates to the mean of all ratings."""
        return np.asarray(estimates - self.centres + self.rated.ratings.mean())


def cross_fit(
    material: Material,
    rated: Sequence[Rated],
    *,
    level: float = LEVEL,
    seed: int = 0,
    on_fold: Callable[[int], None] | None = None,
) -> dict[int, CrossFitted]:
    """Estimate every session by heads fitted on other patients, penalties and all.

    Returns
    -------
    dict of int to CrossFitted
        By `id` of the members of `rated`.

    Notes
    -----
    Nested: within each fold's other patients the penalty is chosen, and the interval's width is
    learned, by leaving out one patient at a time.
    """
    patients = patients_of(material)
    weights = Layout(material.hearing.dimension).column_weights()
    crossed: dict[int, CrossFitted] = {}
    for group in together(rated):
        rows = group[0].rows
        folds = _folds(patients[rows], seed=seed)
        features = material.features[rows].astype(np.float64)
        ratings = np.column_stack([one.ratings for one in group])
        found = np.empty((3, *ratings.shape))
        prefixes = {**material.so_far, _CLOSING: material.before_closing}
        early = {
            prefix: np.full((len(material.features), len(group)), np.nan) for prefix in prefixes
        }
        for fold in range(FOLDS):
            left, others = folds == fold, folds != fold
            heads = fit_heads(
                features[others], ratings[others], patients[rows][others], column_weights=weights
            )
            for column, fitted in enumerate(heads):
                errors = ratings[others, column] - fitted.predictions
                found[0, left, column] = fitted.head.predict(features[left])
                found[1, left, column] = half_width(errors, level=level)
                found[2, left, column] = fitted.head.intercept
                for prefix, (which, so_far) in prefixes.items():
                    mine = np.isin(which, rows[left])
                    early[prefix][which[mine], column] = fitted.head.predict(
                        so_far[mine].astype(np.float64)
                    )
            if on_fold is not None:
                on_fold(1)
        for column, one in enumerate(group):
            at_knots = {}
            for knot in material.so_far:
                values = early[knot][rows, column]
                there = np.isfinite(values)
                at_knots[knot] = (values[there], one.ratings[there])
            crossed[id(one)] = CrossFitted(
                rated=one,
                estimates=found[0, :, column],
                half_widths=found[1, :, column],
                centres=found[2, :, column],
                before_closing=early[_CLOSING][rows, column],
                at_knots=at_knots,
            )
    return crossed


def cross_estimates(material: Material, crossed: Mapping[int, CrossFitted]) -> pl.DataFrame:
    """Lay out cross-fitted estimates as the estimates table.

    Each fold's estimates are moved to the mean of all ratings. Left as they are, they run against
    the ratings: a fold of patients who rate high is estimated by heads whose mean is low.
    """
    ids = material.sessions["session_id"]
    parts = [
        pl.DataFrame(
            {
                "session_id": ids[one.rated.rows],
                "estimator": _NAME,
                "perspective": one.rated.perspective,
                "scale": one.rated.scale,
                "estimate": one.moved(one.estimates),
                "low": one.moved(one.estimates) - one.half_widths,
                "high": one.moved(one.estimates) + one.half_widths,
            }
        )
        for one in crossed.values()
    ]
    return pl.concat(parts).select(ESTIMATES.schema.names()).cast(ESTIMATES.schema)


def cross_closing(material: Material, crossed: Mapping[int, CrossFitted]) -> pl.DataFrame:
    """Lay out the estimates of sessions ended before their closing as rows of the scores table.

    One row a session, side and estimate, at the last turn before the closing: what a running
    estimate of cross-fitted heads would say there.

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
        for measure in (*SCALES, ALLIANCE):
            values = np.full(table.height, np.nan)
            if measure in of_role:
                one = of_role[measure]
                every = np.full(len(material.features), np.nan)
                every[one.rated.rows] = one.moved(one.before_closing)
                values = every[table["row"].to_numpy()]
            table = table.with_columns(pl.Series(measure, values).fill_nan(None))
        parts.append(table.drop("row").with_columns(role=pl.lit(role), estimator=pl.lit(_NAME)))
    return pl.concat(parts)


def _folds(patients: Groups, *, seed: int) -> NDArray[np.int64]:
    """Deal patients out into folds that hold about equally many sessions."""
    rng = np.random.default_rng(seed)
    whose, counts = np.unique(patients, return_counts=True)
    order = rng.permutation(len(whose))
    order = order[np.argsort(-counts[order], kind="stable")]
    held = np.zeros(FOLDS, dtype=np.int64)
    fold_of = np.empty(len(whose), dtype=np.int64)
    for place in order:
        fold_of[place] = held.argmin()
        held[fold_of[place]] += counts[place]
    return fold_of[np.searchsorted(whose, patients)]
