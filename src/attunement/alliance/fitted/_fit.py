"""Fitting heads on rated sessions, with patients left out for every figure that is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance.fitted._calibration import calibrate, half_width
from attunement.alliance.fitted._features import Layout
from attunement.alliance.fitted._material import Material
from attunement.alliance.fitted._model import FittedModel, HeldOut, ScaleModel
from attunement.alliance.fitted._ridge import Groups, LeftOut, fit_heads
from attunement.errors import DataError
from attunement.tables import ESTIMATES, ROLES, Role

Numbers = NDArray[np.float64]

FOLDS = 5
"""Into so many parts the patients are cut; each part is estimated by heads fitted on the others."""

FEWEST_SESSIONS = 50
FEWEST_PATIENTS = 10
"""With fewer, neither the heads nor their intervals can be relied on (docs/validity.md)."""

LEVEL = 0.9

_NAME = "fitted"


@dataclass(frozen=True, slots=True)
class Rated:
    """The sessions that one side rated on one scale.

    Attributes
    ----------
    perspective : {"patient", "therapist"}
        Who rated.
    instrument, scale : str
        On what.
    rows : ndarray of int
        Which rows of the material.
    ratings : ndarray of shape (len(rows),)
        What was rated.
    """

    perspective: Role
    instrument: str
    scale: str
    rows: NDArray[np.int64]
    ratings: Numbers


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Estimates of sessions by heads that had no part in their patients.

    Attributes
    ----------
    rated : Rated
        What was to be estimated.
    estimates, half_widths : ndarray of shape (n,)
        In the order of `rated.rows`; the half width comes from the fold's own patients.
    at_knots : Mapping of int to (ndarray, ndarray)
        After so many turns: the values of such heads, and what was rated in the end.
    """

    rated: Rated
    estimates: Numbers
    half_widths: Numbers
    at_knots: Mapping[int, tuple[Numbers, Numbers]]


def rated_sessions(material: Material, ratings: pl.DataFrame) -> list[Rated]:
    """Find what can be learned: for each side, scales rated often enough, and not all the same.

    Parameters
    ----------
    material : Material
        Sessions as features.
    ratings : DataFrame
        With the schema of RATINGS; ratings of turns and of other raters are passed over.

    Returns
    -------
    list of Rated
        Patient before therapist, scales in the order of the table.

    Raises
    ------
    DataError
        A side rated with more than one instrument, no scale varies, or nothing is rated often
        enough: the message says how many sessions there are and how many would do.
    """
    rows = material.sessions.select("session_id").with_row_index("row")
    patients = patients_of(material)
    whole = ratings.filter(pl.col("turn").is_null(), pl.col("rater").is_in(ROLES)).join(
        rows, on="session_id", maintain_order="left"
    )
    found: list[Rated] = []
    most = (0, 0)
    equal: DataError | None = None
    for role in ROLES:
        of_role = whole.filter(pl.col("rater") == role)
        instruments = of_role["instrument"].unique(maintain_order=True).to_list()
        if len(instruments) > 1:
            raise DataError(
                f"the {role}s rated with {len(instruments)} instruments: {', '.join(instruments)}",
                mend="Choose one with --instrument",
                field="instrument",
            )
        for scale in of_role["scale"].unique(maintain_order=True):
            of_scale = of_role.filter(pl.col("scale") == scale).unique("row", maintain_order=True)
            at = of_scale["row"].to_numpy().astype(np.int64)
            count, whose = len(at), len(np.unique(patients[at]))
            most = max(most, (count, whose))
            if count < FEWEST_SESSIONS or whose < FEWEST_PATIENTS:
                continue
            values = of_scale["value"].to_numpy()
            if np.ptp(values) == 0:
                equal = DataError(
                    f"all {count} ratings by the {role}s are {values[0]:g}, so there is nothing to "
                    "learn",
                    mend="Give ratings that differ",
                    field=scale,
                )
                continue
            found.append(Rated(role, instruments[0], scale, at, values))
    if not found:
        raise equal or DataError(_too_few(*most), mend=_would_do(*most), field="ratings")
    return found


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
    scales: list[ScaleModel] = []
    for group in _together(rated):
        rows = group[0].rows
        heads = fit_heads(
            material.features[rows].astype(np.float64),
            np.column_stack([one.ratings for one in group]),
            patients[rows],
            column_weights=weights,
        )
        if on_fold is not None:
            on_fold(1)
        scales += [
            _scale_model(one, fitted, crossed[id(one)], patients[rows], level=level)
            for one, fitted in zip(group, heads, strict=True)
        ]
    order = {id(one): place for place, one in enumerate(rated)}
    scales.sort(
        key=lambda one: next(
            place
            for other in rated
            if (other.perspective, other.scale) == (one.perspective, one.scale)
            for place in [order[id(other)]]
        )
    )
    learned_from = sorted({material.marks[row] for one in rated for row in one.rows})
    return FittedModel(
        encoder_name=material.encoder_name,
        encoder_fingerprint=material.encoder_fingerprint,
        hearing=material.hearing,
        scales=tuple(scales),
        level=level,
        learned_from=frozenset(learned_from),
    )


def steps_of(rated: Sequence[Rated]) -> int:
    """Count the steps that `fit_model` reports."""
    return len(_together(rated)) * (FOLDS + 1)


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
    for group in _together(rated):
        rows = group[0].rows
        folds = _folds(patients[rows], seed=seed)
        features = material.features[rows].astype(np.float64)
        ratings = np.column_stack([one.ratings for one in group])
        estimates, widths = np.empty(ratings.shape), np.empty(ratings.shape)
        early = {
            knot: np.full((len(material.features), len(group)), np.nan) for knot in material.so_far
        }
        for fold in range(FOLDS):
            left, others = folds == fold, folds != fold
            heads = fit_heads(
                features[others], ratings[others], patients[rows][others], column_weights=weights
            )
            for column, fitted in enumerate(heads):
                estimates[left, column] = fitted.head.predict(features[left])
                errors = ratings[others, column] - fitted.predictions
                widths[left, column] = half_width(errors, level=level)
                for knot, (which, found) in material.so_far.items():
                    mine = np.isin(which, rows[left])
                    early[knot][which[mine], column] = fitted.head.predict(
                        found[mine].astype(np.float64)
                    )
            if on_fold is not None:
                on_fold(1)
        for column, one in enumerate(group):
            at_knots = {}
            for knot, values in early.items():
                there = np.isfinite(values[rows, column])
                at_knots[knot] = (values[rows, column][there], one.ratings[there])
            crossed[id(one)] = CrossFitted(one, estimates[:, column], widths[:, column], at_knots)
    return crossed


def cross_estimates(material: Material, crossed: Mapping[int, CrossFitted]) -> pl.DataFrame:
    """Lay out cross-fitted estimates as the estimates table."""
    ids = material.sessions["session_id"]
    parts = [
        pl.DataFrame(
            {
                "session_id": ids[one.rated.rows],
                "estimator": _NAME,
                "perspective": one.rated.perspective,
                "scale": one.rated.scale,
                "estimate": one.estimates,
                "low": one.estimates - one.half_widths,
                "high": one.estimates + one.half_widths,
            }
        )
        for one in crossed.values()
    ]
    return pl.concat(parts).select(ESTIMATES.schema.names()).cast(ESTIMATES.schema)


def _scale_model(
    rated: Rated, fitted: LeftOut, crossed: CrossFitted, patients: Groups, *, level: float
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
        knots=calibrate(crossed.at_knots, level=level),
        held_out=HeldOut.of(
            ratings=rated.ratings,
            estimates=crossed.estimates,
            half_widths=crossed.half_widths,
            patients=patients,
        ),
    )


def _together(rated: Sequence[Rated]) -> list[list[Rated]]:
    """Put scales that were rated of the same sessions together: one decomposition serves them."""
    groups: list[list[Rated]] = []
    for one in rated:
        for group in groups:
            if np.array_equal(group[0].rows, one.rows):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def patients_of(material: Material) -> Groups:
    """Give each patient a number; where the patient is unknown, the session stands for one."""
    named = material.sessions.with_row_index("row").select(
        pl.when(pl.col("patient_id").is_null())
        .then(pl.format("session {}", "row"))
        .otherwise(pl.format("patient {}", "patient_id"))
        .alias("patient")
    )["patient"]
    return named.rank("dense").to_numpy().astype(np.int64)


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


def _too_few(sessions: int, patients: int) -> str:
    if not sessions:
        return "no session is rated by its patient or its therapist"
    return (
        f"found {sessions} rated session{'s' if sessions > 1 else ''} of "
        f"{patients} patient{'s' if patients > 1 else ''}; a model that estimates ratings needs at "
        f"least {FEWEST_SESSIONS} of {FEWEST_PATIENTS}"
    )


def _would_do(sessions: int, patients: int) -> str:
    missing = (
        (FEWEST_SESSIONS - sessions, "more rated session"),
        (FEWEST_PATIENTS - patients, "more patient"),
    )
    wanted = " and ".join(
        f"{count} {what}{'s' if count > 1 else ''}" for count, what in missing if count > 0
    )
    return f"Add {wanted}. Estimates from so few are rough and improve up to a thousand or more"
