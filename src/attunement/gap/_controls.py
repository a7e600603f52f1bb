"""Does an effect survive? The same question asked of variants of the turns, and of chance.

METHOD.md section 5: form swap, role permutation, key offset, length match, position match; for
what changes over a session also shuffled time, and another zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.gap._effects import Question, Row, contrasts, models
from attunement.statistics import (
    ALL_SESSIONS,
    LEVEL,
    THE_REST,
    Design,
    Estimate,
    Null,
    Outcome,
    judged,
    nothing_there,
)
from attunement.tables import CONTROLS

Array = NDArray[np.float64]

FORM_SWAPS = {
    "patient": "form swap: patient form",
    "therapist": "form swap: therapist form",
}
KEY_OFFSET = "key offset"
LENGTH_MATCH = "length match"
POSITION_MATCH = "position match"
ZERO_POINT = "zero point"

_NO_SPREAD = "fewer than two clusters with both sides: no spread to hold it against"

_KEY = ("family", "effect", "group", "reference", "instrument", "scale")


@dataclass(frozen=True, slots=True)
class Variant:
    """One control that asks the same question of other values.

    Attributes
    ----------
    control : str
        Its name.
    values : ndarray of shape (n_sessions,), or None
        The value of every session under the control; None where the control cannot be run.
    detail : str
        What was done, or why nothing was.
    applicable : bool
        False where the control makes no sense for the question.
    """

    control: str
    values: Array | None
    detail: str
    applicable: bool = True


def control_rows(
    question: Question,
    design: Design,
    effects: Sequence[Row],
    *,
    variants: Iterable[Variant],
    nulls: Iterable[Null],
) -> list[Row]:
    """Put every effect of one question through every control.

    Parameters
    ----------
    question : Question
        The question the effects answer.
    design : Design
        The sessions.
    effects : sequence of dict
        Its rows of EFFECTS.
    variants : iterable of Variant
        Controls by other values.
    nulls : iterable of Null
        Controls by chance.

    Returns
    -------
    list of dict
        Rows of CONTROLS. A control by other values is survived if the estimate keeps its sign and
        half its size and its 95% interval still excludes zero; one by chance if the studentised
        p < .05. An effect whose own interval includes zero has nothing to control.
    """
    base = {(row["group"], row["reference"]): row for row in effects}
    rows: list[Row] = []
    for variant in variants:
        rows += _variant_rows(question, design, base, variant)
    for null in nulls:
        rows += [_null_row(row, null) for row in effects]
    return rows


def controls_table(rows: Sequence[Row]) -> pl.DataFrame:
    """Make CONTROLS of rows."""
    return pl.DataFrame(
        [{name: row.get(name) for name in CONTROLS.schema} for row in rows], schema=CONTROLS.schema
    )


def _variant_rows(
    question: Question, design: Design, base: Mapping[tuple[str, str | None], Row], variant: Variant
) -> list[Row]:
    if variant.values is None:
        outcome: Outcome = "not run" if variant.applicable else "not applicable"
        return [_named(row, variant.control, outcome, variant.detail) for row in base.values()]
    rows = []
    for model in models(variant.values, design):
        for group, reference in contrasts(model):
            effect = base[group, reference]
            others = [group] if reference in (None, THE_REST) else [group, str(reference)]
            reasons = [reason for label in others if (reason := model.reason(label)) is not None]
            n_sessions = sum(len(model.places[label]) for label in others)
            if reference == THE_REST:
                n_sessions = sum(map(len, model.places.values()))
            if reasons or (reference == THE_REST and len(model.labels) < 2):
                why = "; ".join(reasons) or "no other group varies"
                row = _named(effect, variant.control, "not run", f"{variant.detail}: {why}")
            else:
                found = model.estimate(group, reference)
                detail = variant.detail + _share(effect, found, variant.control)
                row = _named(effect, variant.control, judged(effect, found), detail) | {
                    "estimate": found.estimate,
                    "ci_low": found.ci_low,
                    "ci_high": found.ci_high,
                    "p_val": found.p_val,
                }
            rows.append(row | {"n_sessions": n_sessions})
    return rows


def _share(effect: Row, found: Estimate, control: str) -> str:
    """Say how much of an effect an equal offset carries, where there is an effect."""
    if control != KEY_OFFSET or nothing_there(effect):
        return ""
    return f": it carries {1 - found.estimate / effect['estimate']:.0%} of the estimate"


def _null_row(effect: Row, null: Null) -> Row:
    group, reference = effect["group"], effect["reference"]
    others = [] if reference is None else [reference]
    if reference == THE_REST:
        others = [label for label in null.drawn if label not in (group, ALL_SESSIONS)]
    compared = None
    if all(label in null.drawn for label in (group, *others)):
        compared = null.compare(group, others)
    if compared is None:
        return _named(effect, null.control, "not run", _NO_SPREAD)
    means, p_val = compared
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    outcome: Outcome = "survives" if p_val < 1 - LEVEL else "fails"
    if nothing_there(effect):
        outcome = "nothing to control"
    return _named(effect, null.control, outcome, null.detail) | {
        "estimate": float(means.mean()),
        "ci_low": float(low),
        "ci_high": float(high),
        "p_val": p_val,
        "n_sessions": effect["n_sessions"],
    }


def _named(effect: Row, control: str, outcome: Outcome, detail: str) -> Row:
    return {name: effect[name] for name in _KEY} | {
        "control": control,
        "outcome": outcome,
        "detail": detail,
        "n_sessions": None,
    }
