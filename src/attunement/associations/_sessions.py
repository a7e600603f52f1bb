"""Markers of a session and what was rated, or inferred, of it: mixed models over sessions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.associations._options import AssociationOptions
from attunement.associations._rows import Row, finite
from attunement.statistics import (
    DISAGREES,
    SMALL_GROUP,
    THE_REST,
    Clusters,
    Codes,
    Design,
    Estimate,
    everything,
    fit_mixed,
    groups_of,
    patient_means,
    permuted_slope_p,
)
from attunement.tables import ALLIANCE

Array = NDArray[np.float64]

SESSION = "session"

SPARE = 5
"""A slope needs so many sessions more than its model has coefficients."""

SAME_WORDS = "marker and score are of the same words, those of closing turns among them"

_TOO_FEW = "too few sessions have both"
_NO_SPREAD = "it does not vary"


def session_rows(
    values: pl.DataFrame,
    targets: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    covariates: pl.DataFrame | None = None,
    logged: Collection[str] = (),
    of_pairs: Collection[str] = (),
    options: AssociationOptions,
) -> list[Row]:
    """Ask how markers of sessions go with what was rated or inferred of them.

    Parameters
    ----------
    values : DataFrame
        session_id, role, marker, value: `MARKER_SESSIONS`.
    targets : DataFrame
        session_id, target, instrument, scale, value: what the markers may go with.
    sessions : DataFrame
        One row a session: session_id, and where known patient_id, therapist_id and the groups.
    covariates : DataFrame, optional
        session_id and numeric columns that are held constant, such as the logarithm of the words
        spoken. Sessions without all of them are left out.
    logged : collection of str
        Markers that enter as log(1 + value): rates, which are skewed.
    of_pairs : collection of str
        Markers of one side that the other side's words enter too.
    options : AssociationOptions
        How to run the statistics.

    Returns
    -------
    list of dict
        Rows of ASSOCIATIONS (without `p_fdr`). Groups and their contrasts are asked about the
        whole (the scale alliance) only, or about every scale of a questionnaire that has no whole;
        and where anything is rated, about what is rated only.
    """
    design = Design.of(sessions, by=options.by)
    chance = Clusters.draw(design, draws=options.draws, rng=np.random.default_rng(options.seed))
    ids = pl.DataFrame({"session_id": design.session_ids}, schema={"session_id": pl.String})
    held = np.ones((ids.height, 1))
    if covariates is not None:
        lined_up = ids.join(covariates, on="session_id", how="left", maintain_order="left")
        columns = lined_up.drop("session_id").select(pl.all().cast(pl.Float64))
        held = np.column_stack([held, columns.fill_null(float("nan")).to_numpy()])
    if not design.therapists_vary:
        held = np.column_stack([held, _given(design)])
    rated = targets["target"].str.ends_with("_rated").any()
    rows: list[Row] = []
    for keys, of_target in targets.group_by(["target", "instrument", "scale"], maintain_order=True):
        target, instrument, scale = keys
        y = _lined_up(ids, of_target)
        scales = targets.filter(
            pl.col("target") == target, pl.col("instrument").eq_missing(instrument)
        )["scale"]
        in_groups = (scale == ALLIANCE or ALLIANCE not in scales) and (
            str(target).endswith("_rated") or not rated
        )
        for (role, marker), of_marker in values.group_by(["role", "marker"], maintain_order=True):
            x = _lined_up(ids, of_marker)
            question = _Question(
                design=design,
                clusters=chance,
                options=options,
                y=y,
                x=np.log1p(x) if marker in logged else x,
                held=held,
            )
            named: Row = {
                "level": SESSION,
                "role": role,
                "feature": marker,
                "target": target,
                "instrument": instrument,
                "scale": scale,
            }
            if str(target).startswith("inferred_") and (
                role in ("dyad", str(target).removeprefix("inferred_")) or marker in of_pairs
            ):
                named["warnings"] = SAME_WORDS
            rows += [_merged(named, row) for row in question.answer(in_groups=in_groups)]
    return rows


def _lined_up(ids: pl.DataFrame, table: pl.DataFrame) -> Array:
    joined = ids.join(
        table.select("session_id", "value"), on="session_id", how="left", maintain_order="left"
    )
    return np.asarray(joined["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy())


def _merged(named: Row, row: Row) -> Row:
    said = [one for one in (named.get("warnings"), row.get("warnings")) if one]
    return named | row | {"warnings": "; ".join(said) or None}


@dataclass(frozen=True, slots=True)
class _Question:
    """One marker and one target, a value a session each."""

    design: Design
    clusters: Clusters
    options: AssociationOptions
    y: Array
    x: Array
    held: Array

    @property
    def known(self) -> NDArray[np.bool_]:
        """The sessions that have everything."""
        return np.isfinite(self.y) & np.isfinite(self.x) & np.isfinite(self.held).all(axis=1)

    def answer(self, *, in_groups: bool) -> Iterator[Row]:
        """Give the effect over all sessions, and in and between the groups."""
        known = self.known
        spread = float(self.x[known].std(ddof=1)) if known.sum() > 1 else 0.0
        unit = spread if spread > 0 else 1.0
        for label, where in everything(self.design).items():
            yield self._effect(label, where[known[where]], unit) | {"sd": spread}
        if not in_groups:
            return
        groups = {
            label: kept
            for label, where in groups_of(self.design).items()
            if len(kept := where[known[where]])
        }
        for label, where in groups.items():
            yield self._effect(label, where, unit) | {"sd": spread}
        labels = list(groups)
        if len(labels) == 2:
            yield self._contrast(labels[0], labels[1], groups[labels[0]], groups[labels[1]], unit)
        elif len(labels) > 2:
            for label in labels:
                rest = np.concatenate([groups[other] for other in labels if other != label])
                yield self._contrast(label, THE_REST, groups[label], rest, unit)

    def _effect(self, label: str, where: Codes, unit: float) -> Row:
        row = self._about(label, None, where, len(where))
        reason = self._reason(where)
        if reason is not None:
            return row | {"ci_low": None, "reason": reason}
        x = self.x[where] / unit
        model = np.column_stack([x, self._held(where)])
        fit = fit_mixed(self.y[where], model, factors=self.design.factors(where))
        found = fit.contrast(np.eye(model.shape[1])[0])
        rest_x, rest_y = self._left(where, unit)
        drawn = self.clusters.slope(where, rest_x, rest_y)
        check = drawn[1] if drawn is not None else None
        p_val: float | None = found.p_val
        method = "mixed model, Satterthwaite t"
        warnings = list(fit.warnings)
        if row["small"]:
            method += "; p: the larger of t's and of a permutation's (patients exchanged)"
            patients = self.design.patients[where]
            permuted = permuted_slope_p(
                patient_means(rest_x, patients),
                patient_means(rest_y, patients),
                draws=self.options.draws,
                rng=np.random.default_rng(self.options.seed),
            )
            p_val = None if permuted is None else max(found.p_val, permuted)
        if check is not None:
            row |= {"boot_low": check.ci_low, "boot_high": check.ci_high}
            if (check.ci_low <= 0 <= check.ci_high) != (found.ci_low <= 0 <= found.ci_high):
                warnings.append(DISAGREES)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = float(rest_x @ rest_y / np.sqrt((rest_x @ rest_x) * (rest_y @ rest_y)))
        return (
            row
            | _numbers(found)
            | {
                "p_val": p_val,
                "r": finite(r),
                "method": method,
                "warnings": "; ".join(warnings) or None,
            }
        )

    def _contrast(self, label: str, reference: str, one: Codes, other: Codes, unit: float) -> Row:
        where = np.concatenate([one, other])
        row = self._about(label, reference, where, min(len(one), len(other)))
        for name, places in ((label, one), (reference, other)):
            if (reason := self._reason(places)) is not None:
                return row | {"ci_low": None, "reason": f"{name}: {reason}"}
        if row["small"]:
            return row | {"ci_low": None, "reason": "too few sessions to compare slopes"}
        side = np.repeat([0, 1], [len(one), len(other)])
        models = [
            np.column_stack([self.x[places] / unit, self._held(places)]) for places in (one, other)
        ]
        both = np.zeros((len(where), sum(model.shape[1] for model in models)))
        both[: len(one), : models[0].shape[1]] = models[0]
        both[len(one) :, models[0].shape[1] :] = models[1]
        fit = fit_mixed(
            self.y[where],
            both,
            factors=self.design.factors(where),
            strata=side.astype(np.intp),
        )
        weights = np.zeros(both.shape[1])
        weights[0], weights[models[0].shape[1]] = 1, -1
        found = fit.contrast(weights)
        warnings = list(fit.warnings)
        check = self.clusters.slopes_apart(
            (one, *self._left(one, unit)), (other, *self._left(other, unit)), df=found.df
        )
        if check is not None:
            row |= {"boot_low": check.ci_low, "boot_high": check.ci_high}
            if (check.ci_low <= 0 <= check.ci_high) != (found.ci_low <= 0 <= found.ci_high):
                warnings.append(DISAGREES)
        return (
            row
            | _numbers(found)
            | {
                "confounded": self.design.confounded(one, where),
                "method": "mixed model with slopes a side, Satterthwaite t",
                "warnings": "; ".join(warnings) or None,
            }
        )

    def _held(self, where: Codes) -> Array:
        """Give the covariates of some sessions, less those that the others there say already."""
        return _independent(self.held[where])

    def _left(self, where: Codes, unit: float) -> tuple[Array, Array]:
        """Give what the covariates leave of marker and target."""
        held = self._held(where)
        return _residuals(self.x[where] / unit, held), _residuals(self.y[where], held)

    def _about(self, label: str, reference: str | None, where: Codes, smallest: int) -> Row:
        n_patients, n_therapists = self.design.count(where)
        return {
            "group": label,
            "reference": reference,
            "n_sessions": len(where),
            "n_patients": n_patients,
            "n_therapists": n_therapists,
            "small": smallest < SMALL_GROUP,
        }

    def _reason(self, where: Codes) -> str | None:
        held = self._held(where)
        if len(where) < held.shape[1] + 1 + SPARE:
            return _TOO_FEW
        for values in (self.x[where], self.y[where]):
            left = _residuals(values, held)
            if not np.square(left).sum() > 1e-8 * max(float(np.square(values).sum()), 1e-300):
                return _NO_SPREAD
        return None


def _given(design: Design) -> Array:
    """Give a column for each of a few therapists: taken as they are, not as some of many."""
    known = np.unique(design.therapists[design.therapist_known])
    return np.asarray(design.therapists[:, None] == known, dtype=np.float64)


def _independent(held: Array) -> Array:
    """Leave out columns that those before them add up to."""
    kept: list[int] = []
    for at in range(held.shape[1]):
        if np.linalg.matrix_rank(held[:, [*kept, at]]) > len(kept):
            kept.append(at)
    return held[:, kept]


def _numbers(found: Estimate) -> Row:
    return {
        "estimate": found.estimate,
        "se": found.se,
        "df": finite(found.df),
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_val": found.p_val,
    }


def _residuals(values: Array, held: Array) -> Array:
    return np.asarray(values - held @ np.linalg.lstsq(held, values, rcond=None)[0])
