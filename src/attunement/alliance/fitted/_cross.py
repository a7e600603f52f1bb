"""Estimates of rated sessions by heads that had no part in their patients."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance.fitted._calibration import half_width
from attunement.alliance.fitted._features import BLOCK_WEIGHTS, Layout
from attunement.alliance.fitted._material import Material
from attunement.alliance.fitted._rated import Rated, patients_of, together
from attunement.alliance.fitted._ridge import Groups, fit_heads
from attunement.tables import ESTIMATES

Numbers = NDArray[np.float64]

FOLDS = 5
"""Into so many parts the patients are cut; each part is estimated by heads fitted on the others."""

LEVEL = 0.9

NAME = "fitted"

MEAN_OF_OTHERS = "mean_of_others"

_CLOSING = 0
"""Stands for the end before the closing among the knots, none of which is after 0 turns."""


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Estimates of sessions by heads that had no part in their patients.

    Attributes
    ----------
    rated : Rated
        What was to be estimated.
    folds : ndarray of int, shape (n,)
        In which part each session is, in the order of `rated.rows`.
    estimates, half_widths : ndarray of shape (n,)
        In the same order; the half width comes from the patients that the fold's heads were fitted
        on.
    centres : ndarray of shape (n,)
        The mean rating of those patients' sessions. It is lower where the left-out ones rate
        higher, so correlations are taken of estimates less this.
    before_closing : ndarray of shape (n,)
        The heads' values on each session ended before its closing; NaN where nothing is left of it.
    at_knots : Mapping of int to ndarray of shape (n,)
        The heads' values after so many turns; NaN where the session does not go on beyond them.
    """

    rated: Rated
    folds: NDArray[np.int64]
    estimates: Numbers
    half_widths: Numbers
    centres: Numbers
    before_closing: Numbers
    at_knots: Mapping[int, Numbers]


def cross_fit(
    material: Material,
    rated: Sequence[Rated],
    *,
    level: float = LEVEL,
    seed: int = 0,
    kinds: Collection[str] = tuple(BLOCK_WEIGHTS),
    on_fold: Callable[[int], None] | None = None,
) -> dict[int, CrossFitted]:
    """Estimate every session by heads fitted on other patients, penalties and all.

    Parameters
    ----------
    material : Material
        Sessions as features.
    rated : sequence of Rated
        What to estimate.
    level : float
        Of the intervals.
    seed : int
        How patients fall into folds.
    kinds : collection of {"meaning", "contrast", "length"}
        What the heads may hear; everything, by default.
    on_fold : callable, optional
        Called with 1 after each fold.

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
    weights = Layout(material.hearing.dimension).column_weights(kinds)
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
            crossed[id(one)] = CrossFitted(
                rated=one,
                folds=folds,
                estimates=found[0, :, column],
                half_widths=found[1, :, column],
                centres=found[2, :, column],
                before_closing=early[_CLOSING][rows, column],
                at_knots={knot: early[knot][rows, column] for knot in material.so_far},
            )
    return crossed


def cross_steps(rated: Sequence[Rated]) -> int:
    """Count the folds that `cross_fit` reports."""
    return FOLDS * len(together(rated))


def cross_estimates(
    material: Material, crossed: Mapping[int, CrossFitted], *, name: str = NAME
) -> pl.DataFrame:
    """Lay out cross-fitted estimates as the estimates table, each with what its heads began from.

    Parameters
    ----------
    material : Material
        Sessions as features.
    crossed : Mapping of int to CrossFitted
        As `cross_fit` gives it.
    name : str
        What the estimator is called.

    Returns
    -------
    DataFrame
        With the schema of ESTIMATES, and `mean_of_others`: the mean rating of the sessions that
        the fold's heads were fitted on. Errors and intervals are those of the estimates as they
        are, which know nothing of the left-out patients. Correlations are taken of estimates less
        that mean: as they are, they run against the ratings, since a fold of patients who rate high
        is estimated by heads whose mean is low.
    """
    ids = material.sessions["session_id"]
    parts = [
        pl.DataFrame(
            {
                "session_id": ids[one.rated.rows],
                "estimator": name,
                "perspective": one.rated.perspective,
                "scale": one.rated.scale,
                "estimate": one.estimates,
                "low": one.rated.within(one.estimates - one.half_widths),
                "high": one.rated.within(one.estimates + one.half_widths),
                MEAN_OF_OTHERS: one.centres,
            }
        )
        for one in crossed.values()
    ]
    schema = pl.Schema({**ESTIMATES.schema, MEAN_OF_OTHERS: pl.Float64()})
    return pl.concat(parts).select(schema.names()).cast(schema)


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
