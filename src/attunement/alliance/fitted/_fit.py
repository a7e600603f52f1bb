"""Fitting heads on rated sessions, with patients left out for every figure that is reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from attunement.alliance.fitted._calibration import half_width
from attunement.alliance.fitted._cross import LEVEL, CrossFitted, cross_fit, cross_steps
from attunement.alliance.fitted._early import running_knots
from attunement.alliance.fitted._features import Layout
from attunement.alliance.fitted._material import Material, patient_marks
from attunement.alliance.fitted._model import FittedModel, HeldOut, ScaleModel
from attunement.alliance.fitted._rated import Rated, patients_of, together
from attunement.alliance.fitted._ridge import Groups, LeftOut, fit_heads


def fit_model(
    material: Material,
    rated: Sequence[Rated],
    *,
    level: float = LEVEL,
    seed: int = 0,
    on_fold: Callable[[int], None] | None = None,
) -> FittedModel:
    """Fit heads for every side and scale, and measure them on left-out patients.

    Parameters
    ----------
    material : Material
        Sessions as features.
    rated : sequence of Rated
        What to learn; see `rated_sessions`.
    level : float
        How often an interval shall hold the rating.
    seed : int
        How patients fall into folds.
    on_fold : callable, optional
        Called with 1 after each of `steps_of(rated)` steps.

    Returns
    -------
    FittedModel
    """
    crossed = cross_fit(material, rated, level=level, seed=seed, on_fold=on_fold)
    patients = patients_of(material)
    weights = Layout(material.hearing.dimension).column_weights()
    fitted_scales: dict[int, ScaleModel] = {}
    for group in together(rated):
        rows = group[0].rows
        heads = fit_heads(
            material.features[rows].astype(np.float64),
            np.column_stack([one.ratings for one in group]),
            patients[rows],
            column_weights=weights,
        )
        if on_fold is not None:
            on_fold(1)
        for one, fitted in zip(group, heads, strict=True):
            whose = patients[rows] if material.patients_known else None
            fitted_scales[id(one)] = _scale_model(one, fitted, crossed[id(one)], whose, level=level)
    used = sorted({int(row) for one in rated for row in one.rows})
    learned_from = frozenset(material.marks[row] for row in used)
    named = material.sessions["patient_id"][used].drop_nulls().unique()
    return FittedModel(
        encoder_name=material.encoder_name,
        encoder_fingerprint=material.encoder_fingerprint,
        hearing=material.hearing,
        scales=tuple(fitted_scales[id(one)] for one in rated),
        level=level,
        learned_from=learned_from,
        patients=frozenset(patient_marks(named, salt=learned_from)),
    )


def steps_of(rated: Sequence[Rated]) -> int:
    """Count the steps that `fit_model` reports."""
    return cross_steps(rated) + len(together(rated))


def _scale_model(
    rated: Rated, fitted: LeftOut, crossed: CrossFitted, patients: Groups | None, *, level: float
) -> ScaleModel:
    errors = rated.ratings - crossed.estimates
    return ScaleModel(
        perspective=rated.perspective,
        instrument=rated.instrument,
        scale=rated.scale,
        head=fitted.head,
        lowest=float(rated.ratings.min()),
        highest=float(rated.ratings.max()),
        half_width=half_width(errors, level=level),
        knots=running_knots(crossed, level=level),
        bounds=rated.bounds,
        held_out=HeldOut.of(
            ratings=rated.ratings,
            estimates=crossed.estimates,
            centres=crossed.centres,
            half_widths=crossed.half_widths,
            patients=patients,
            bounds=rated.bounds,
        ),
    )
