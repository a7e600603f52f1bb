"""How the AI writes: how far that goes with the scores, and whether it moves our own measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

from attunement.report._words import MISSING, count, number, printable
from attunement.report.audit import _bounds
from attunement.report.audit._names import Names
from attunement.report.audit._rows import BEYOND_CHANCE, Row, finite_rows
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import Body, Cell, FigureRow, FigureTable
from attunement.report.gap._cells import controls_verdict, interval, p_value
from attunement.tables import AUDIT_COUNTERFACTUALS, AUDIT_EXPLAINED, SURFACE_FEATURES

Cells: TypeAlias = Callable[[Row | None], Cell]
"""How a row of a table becomes a cell."""

PATIENT, THERAPIST = "inferred_patient", "inferred_therapist"
ITSELF, ESTIMATED = "feature", "estimated_patient"
TOGETHER, NEXT = "inferred_therapist_together", "inferred_patient_next"

_STILL = 1e-9
"""A change no larger is rounding."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A surface feature as the page defines it."""

    label: str
    unit: str
    definition: str
    magnified: str
    source: str
    caution: str


def features(shown: AuditShown) -> list[Feature]:
    """List what each surface feature is."""
    return [
        Feature(**{name: printable(row[name] or "") for name in Feature.__slots__})
        for row in shown.features.to_dicts()
    ]


def explained_table(shown: AuditShown, names: Names) -> FigureTable | None:
    """Set how far each feature goes with each score; None where nothing was tested."""
    rows = _over_all(shown.explained, shown.models)
    return _table(
        rows,
        names,
        column="target",
        columns={
            THERAPIST: "Inferred from the same turn of the AI",
            TOGETHER: "The same, the other four held",
            NEXT: "Inferred from the user’s next turn",
        },
        key="explained-table",
        caption="How far a feature of an AI turn goes with a score, within chats: standard "
        "deviations of the score for one of the feature. Bold: beyond chance, p under .05 after "
        "adjustment for the false discovery rate.",
        note=_bounds.per_model(AUDIT_EXPLAINED),
        cell=_explained,
    )


def explained_story(shown: AuditShown) -> str:
    """Say how much of the AI's inferred side the features explain; empty where it is not known."""
    for row in _over_all(shown.explained, shown.models):
        squared = row["r_squared"]
        if row["feature"] not in SURFACE_FEATURES and squared is not None:
            return (
                f"Within chats the five together explain {100 * squared:.0f}% of what is inferred "
                "from the AI’s own turns."
            )
    return ""


def counterfactual_table(shown: AuditShown, names: Names) -> FigureTable | None:
    """Set what magnifying a feature moves; None where the test was not run."""
    rows = _over_all(shown.counterfactuals, shown.models)
    return _table(
        rows,
        names,
        column="quantity",
        columns={
            ITSELF: "The feature itself",
            PATIENT: "Inferred from the user’s words",
            THERAPIST: "Inferred from the AI’s words",
            ESTIMATED: "Estimated rating of the user",
        },
        key="counterfactuals-table",
        caption="What moves when one feature of the AI’s turns is magnified and nothing else is "
        "changed: the mean, and the largest.",
        note=_bounds.per_model(AUDIT_COUNTERFACTUALS),
        cell=lambda row: _counterfactual(row, names),
    )


def counterfactual_story(shown: AuditShown, names: Names) -> list[str]:
    """Say whether our own measure held, and what that means for reading the AI’s side."""
    every = finite_rows(shown.counterfactuals)
    user = [row for row in every if row["quantity"] == PATIENT and row["change"] is not None]
    over_all = _over_all(shown.counterfactuals, shown.models)
    ai = [row for row in over_all if row["quantity"] == THERAPIST and row["change"] is not None]
    if not user and not ai:
        return [
            "The test was not run for these chats, so how far the AI’s style moves the measure is "
            "not known here."
        ]
    said = [_held(user)] if user else []
    if ai:
        ends = (min(ai, key=_change), max(ai, key=_change))
        moves = [
            f"{number(_change(row), signed=True)} ({_feature(row['feature'], names)})"
            for row in (ends if len(ai) > 1 else ends[:1])
        ]
        said.append(
            f"The alliance inferred from the AI’s own words moves by {' to '.join(moves)}. So part "
            "of what the AI’s side shows is style: read it beside the features above, and do not "
            "reward it."
        )
    return said


def _held(user: Sequence[Row]) -> str:
    """Say whether what is inferred of the user moved under any feature, for any model."""
    most = max(max(abs(row["change"]), abs(row["largest"] or 0)) for row in user)
    n = len({row["feature"] for row in user})
    under = "all five" if n == len(SURFACE_FEATURES) else count(n, "feature", "features")
    if most <= _STILL:
        return (
            f"The alliance inferred from the user’s words moves 0 under {under}, as it must: it is "
            "read from the user’s words alone, and those are left as they were. Whether users "
            "answer another style with warmer words is another question, and this test does not "
            "ask it."
        )
    return (
        f"The alliance inferred from the user’s words moves by up to {number(most)} under {under}. "
        "It should not move at all: do not compare models by it until this is understood."
    )


def _over_all(table: pl.DataFrame, models: Sequence[str]) -> list[dict[str, Any]]:
    """Read the rows over all chats; of the first model where there are none over all."""
    rows = finite_rows(table)
    over_all = [row for row in rows if row["model"] not in models]
    return over_all or [row for row in rows if row["model"] == rows[0]["model"]]


def _table(
    rows: Sequence[Row],
    names: Names,
    *,
    column: str,
    columns: Mapping[str, str],
    key: str,
    caption: str,
    note: str,
    cell: Cells,
) -> FigureTable | None:
    """Set features in rows and some values of a column in columns, as far as there are any."""
    by_key = {(row["feature"], row[column]): row for row in rows}
    present = {
        what: label for what, label in columns.items() if any(what == one for _, one in by_key)
    }
    known = [name for name in SURFACE_FEATURES if any(name == one for one, _ in by_key)]
    if not present or not known:
        return None
    found = [
        FigureRow(names[name].label, "", [cell(by_key.get((name, what))) for what in present])
        for name in known
    ]
    return FigureTable(
        key=key,
        caption=caption,
        corner="Feature",
        headings=list(present.values()),
        bodies=[Body("", found)],
        note=note,
    )


def _change(row: Row) -> float:
    change: float = row["change"]
    return change


def _feature(name: str, names: Names) -> str:
    return names[name].label.lower()


def _explained(row: Row | None) -> Cell:
    if row is None or row["estimate"] is None:
        return Cell(MISSING, reason=printable((row or {}).get("reason") or ""))
    squared = row["r_squared"]
    said = [
        p_value(row["p_fdr"]),
        f"explains {100 * squared:.1f}%" if squared is not None else "",
    ]
    return Cell(
        estimate=number(row["estimate"], signed=True),
        interval=interval(row["ci_low"], row["ci_high"]),
        beside=", ".join(filter(None, said)),
        verdict=controls_verdict(row["controls"], brief=True),
        beyond_chance=row["p_fdr"] is not None and row["p_fdr"] < BEYOND_CHANCE,
        reason=printable(row["reason"] or ""),
    )


def _counterfactual(row: Row | None, names: Names) -> Cell:
    if row is None or row["change"] is None:
        return Cell(MISSING, reason=printable((row or {}).get("reason") or ""))
    itself = row["quantity"] == ITSELF
    named = names[row["feature"] if itself else row["quantity"]]
    largest = row["largest"]
    return Cell(
        estimate=named.difference(row["change"]),
        interval=named.difference_bounds(row["ci_low"], row["ci_high"]),
        beside="" if largest is None else f"largest {named.difference(largest)}",
        reason=printable(row["reason"] or ""),
    )
