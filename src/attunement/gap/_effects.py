"""Rows of the effects table: a group's mean, pairs of groups, a group against the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.statistics import (
    ALL_SESSIONS,
    DISAGREES,
    SMALL_GROUP,
    THE_REST,
    Clusters,
    Codes,
    Design,
    Estimate,
    GroupMeans,
    Side,
    everything,
    exchange_p,
    groups_of,
    hedges_g,
    holm,
    patient_means,
    references,
    sign_flip_p,
)
from attunement.tables import EFFECTS

Array = NDArray[np.float64]
Row = dict[str, Any]

CONDITIONAL = "directional bias"
"""The effect whose interval holds for these patients' ratings only (West & Kenny 2011)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of one value a session.

    Attributes
    ----------
    mean_family, between_family : str
        Where the rows belong.
    effect : str
        What the mean is called; in `between_family` too, unless it is "mean".
    scale : str
        Task, bond, goal, or the whole.
    quantity : str
        What the value is called (`Wording.name`).
    instrument : str or None
        The questionnaire; None for what is inferred.
    method : str
        What was done beyond the model, in words; may be empty.
    """

    mean_family: str
    between_family: str
    effect: str
    scale: str
    quantity: str
    instrument: str | None = None
    method: str = ""

    def key(self, group: str, reference: str | None) -> Row:
        """Give the columns that name a row."""
        if reference is None:
            family, effect = self.mean_family, self.effect
        else:
            family = self.between_family
            contrast = "versus rest" if reference == THE_REST else "pair"
            effect = contrast if self.effect == "mean" else self.effect
        return {
            "family": family,
            "effect": effect,
            "group": group,
            "reference": reference,
            "instrument": self.instrument,
            "scale": self.scale,
            "quantity": self.quantity,
        }


def models(values: Array, design: Design) -> list[GroupMeans]:
    """Model the groups, and all sessions as one; the latter alone where no session has a group."""
    groups = groups_of(design)
    fitted = [GroupMeans.of(values, design, groups=groups)] if groups else []
    if len(groups) != 1 or None in design.groups:
        fitted.append(GroupMeans.of(values, design, groups=everything(design)))
    return fitted


def contrasts(model: GroupMeans) -> list[tuple[str, str | None]]:
    """List what one model answers: every mean, every pair, every group against the rest."""
    labels = list(model.places)
    return [(label, None) for label in labels] + list(references(labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Where chance enters: the drawn clusters, how many permutations, and from what seed."""

    clusters: Clusters
    draws: int
    seed: int

    def rng(self) -> np.random.Generator:
        """Give a generator that starts at the seed: a test's p does not hang on the others run."""
        return np.random.default_rng(self.seed)


def effect_rows(question: Question, values: Array, design: Design, chance: Chance) -> list[Row]:
    """Answer a question for every group and every contrast.

    Parameters
    ----------
    question : Question
        How the rows are named.
    values : ndarray of shape (n_sessions,)
        One value a session; NaN where there is none.
    design : Design
        The sessions.
    chance : Chance
        Bootstrap and permutation draws.

    Returns
    -------
    list of dict
        Rows of EFFECTS but `p_holm`, `finding` and `controls`.
    """
    return [
        _row(question, model, group, reference, chance)
        for model in models(values, design)
        for group, reference in contrasts(model)
    ]


def _row(
    question: Question, model: GroupMeans, group: str, reference: str | None, chance: Chance
) -> Row:
    others = _others(model, group, reference)
    where = np.concatenate([model.places[label] for label in (group, *others)])
    sizes = [len(model.places[group])]
    if reference is not None:
        sizes.append(sum(len(model.places[label]) for label in others))
    n_patients, n_therapists = model.design.count(where)
    row = question.key(group, reference) | {
        "n_sessions": len(where),
        "n_patients": n_patients,
        "n_therapists": n_therapists,
        "small": min(sizes) < SMALL_GROUP,
        "confounded": reference is not None and model.design.confounded(model.places[group], where),
    }
    reasons = _reasons(model, group, reference, others)
    if reasons:
        row["reason"] = reasons
        if reference is None:
            row["estimate"] = model.mean(group)
        return row
    found = model.estimate(group, reference)
    drawn = _drawn(model, group, reference, others, found, chance.clusters)
    method = _method(model)
    if model.fit is not None and not model.fit.converged:
        if drawn is None:
            return row | {
                "estimate": found.estimate,
                "reason": "the mixed model did not converge, and clusters are too few to draw",
            }
        found, method = drawn, f"cluster bootstrap ({chance.clusters.name}), t"
    method += f"; {question.method}" if question.method else ""
    row |= _columns(found) | {"g": _size(model, group, others, found.estimate)}
    if drawn is not None:
        row |= {"boot_low": drawn.ci_low, "boot_high": drawn.ci_high}
    if row["small"]:
        p_val = _small_p(model, group, others, reference, chance)
        exchanged = "patients' signs flipped" if reference is None else "patients exchanged"
        method += f"; p: the larger of t's and of a permutation's ({exchanged})"
        if p_val is None:
            row |= {"p_val": None, "reason": "too few patients for a test"}
        else:
            # Exchanging patients knows nothing of their therapists; t knows nothing of odd values.
            row["p_val"] = max(p_val, found.p_val)
    row["method"] = method
    row["warnings"] = "; ".join(_warnings(model, found, drawn, row["confounded"])) or None
    return row


def _columns(found: Estimate) -> Row:
    return {
        "estimate": found.estimate,
        "se": found.se,
        "df": found.df if np.isfinite(found.df) else None,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_val": found.p_val,
    }


def _others(model: GroupMeans, group: str, reference: str | None) -> list[str]:
    if reference is None:
        return []
    if reference == THE_REST:
        return [label for label in model.places if label != group]
    return [reference]


def _reasons(model: GroupMeans, group: str, reference: str | None, others: list[str]) -> str | None:
    """Say why there is no interval, if there is none."""
    own = model.reason(group)
    if own is not None:
        return own if reference is None else f"{group}: {own}"
    if reference == THE_REST:
        return None if any(label in model.labels for label in others) else "no other group varies"
    for label in others:
        reason = model.reason(label)
        if reason is not None:
            return f"{label}: {reason}"
    return None


def _size(model: GroupMeans, group: str, others: list[str], estimate: float) -> float | None:
    """Standardise an estimate by the spread of sessions within the groups it is about."""
    sides = [model.values[model.places[group]]]
    if others:
        sides.append(np.concatenate([model.values[model.places[label]] for label in others]))
    return hedges_g(estimate, *sides)


def _drawn(
    model: GroupMeans,
    group: str,
    reference: str | None,
    others: list[str],
    found: Estimate,
    clusters: Clusters,
) -> Estimate | None:
    sides = [Side(*_pooled(model, [group]))]
    if reference is not None:
        inside = [label for label in others if label in model.labels]
        sides.append(Side(*_pooled(model, inside), sign=-1.0))
    return clusters.estimate(found.estimate, sides, model.values)


def _pooled(model: GroupMeans, labels: Sequence[str]) -> tuple[Codes, Array]:
    """Pool groups' sessions; each group counts by its sessions, as in the contrast."""
    places, shares = [], []
    for label in labels:
        where, weights = model.session_weights(label)
        places.append(where)
        shares.append(weights * len(where))
    total = np.concatenate(shares)
    return np.concatenate(places), total / total.sum()


def _small_p(
    model: GroupMeans, group: str, others: list[str], reference: str | None, chance: Chance
) -> float | None:
    def units(labels: list[str]) -> Array:
        where = np.concatenate([model.places[label] for label in labels])
        return patient_means(model.values[where], model.design.patients[where])

    if reference is None:
        return sign_flip_p(units([group]), draws=chance.draws, rng=chance.rng())
    return exchange_p(units([group]), units(others), draws=chance.draws, rng=chance.rng())


def _method(model: GroupMeans) -> str:
    variances = model.fit.variances if model.fit is not None else {}
    random = [name for name, variance in variances.items() if variance > 0]
    within = f"mixed model ({', '.join(random)})" if random else "Welch"
    return f"{within}, Satterthwaite t"


def _warnings(
    model: GroupMeans, found: Estimate, drawn: Estimate | None, confounded: bool
) -> Iterator[str]:
    if model.fit is not None:
        yield from model.fit.warnings
    if confounded:
        yield "the few therapists each see one side of this contrast: it may be theirs"
    if drawn is None:
        yield "too few clusters for the bootstrap check"
    elif _excludes_zero(found) != _excludes_zero(drawn):
        yield DISAGREES


def _excludes_zero(found: Estimate) -> bool:
    return found.ci_low > 0 or found.ci_high < 0


def effects_table(rows: Sequence[Row]) -> pl.DataFrame:
    """Make EFFECTS of rows, adding Holm's p within each family and instrument.

    Pairs and groups against the rest are one family; else each effect is one, over its groups and
    scales. The bias given these patients' ratings is not tested: the mean difference asks of
    sessions at large. "All sessions" are a question of their own beside the groups.
    """
    table = pl.DataFrame(
        [{name: row.get(name) for name in EFFECTS.schema} for row in rows], schema=EFFECTS.schema
    )
    whole = pl.col("group") == ALL_SESSIONS
    question = pl.when(pl.col("family") != "between").then("effect")
    return table.with_columns(
        pl.struct(pl.when(pl.col("effect") != CONDITIONAL).then("p_val").alias("p_val"))
        .map_batches(_adjusted, return_dtype=pl.Float64)
        .over("family", "instrument", whole.alias("whole"), question.alias("question"))
        .alias("p_holm")
    )


def _adjusted(p_values: pl.Series) -> pl.Series:
    raw = p_values.struct.field("p_val").cast(pl.Float64)
    return pl.Series(holm(raw.fill_null(float("nan")).to_numpy())).fill_nan(None)


__all__ = ["Chance", "Question", "Row", "contrasts", "effect_rows", "effects_table", "models"]
