"""How the AI writes: how far that goes with the scores, and whether it moves our own measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from attunement.report._words import MISSING, count, number, printable
from attunement.report.audit import _bounds
from attunement.report.audit._names import Names
from attunement.report.audit._rows import BEYOND_CHANCE, Row, finite_rows
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import Body, Cell, FigureRow, FigureTable
from attunement.report.gap._cells import controls_verdict, interval, p_value
from attunement.tables import SURFACE_FEATURES

Cells: TypeAlias = Callable[[Row | None], Cell]
"""How a row of a table becomes a cell."""

PATIENT, THERAPIST = "inferred_patient", "inferred_therapist"

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
    return _table(
        shown.explained,
        shown,
        names,
        column="target",
        key="explained-table",
        caption="How far a feature of an AI turn goes with a score, within chats: so many "
        "standard deviations of the score for one of the feature. Bold: beyond chance, p under "
        ".05 after adjustment for the false discovery rate.",
        cell=_explained,
    )


def counterfactual_table(shown: AuditShown, names: Names) -> FigureTable | None:
    """Set what magnifying a feature moves; None where the test was not run."""
    return _table(
        shown.counterfactuals,
        shown,
        names,
        column="quantity",
        key="counterfactuals-table",
        caption="What moves when a feature of the AI’s turns is magnified and nothing else is "
        "changed: the mean change, and the largest of any chat.",
        cell=_counterfactual,
    )


def counterfactual_story(shown: AuditShown, names: Names) -> list[str]:
    """Say whether our own measure held, and what that means for reading the AI’s side."""
    rows = finite_rows(shown.counterfactuals)
    user = [row for row in rows if row["quantity"] == PATIENT and row["change"] is not None]
    ai = [row for row in rows if row["quantity"] == THERAPIST and row["change"] is not None]
    if not user and not ai:
        return [
            "The test was not run for these chats, so how far the AI’s style moves the measure is "
            "not known here."
        ]
    said = []
    if user:
        most = max(max(abs(row["change"]), abs(row["largest"] or 0)) for row in user)
        n = len({row["feature"] for row in user})
        under = "all five" if n == len(SURFACE_FEATURES) else count(n, "feature", "features")
        if most <= _STILL:
            said.append(
                f"The alliance inferred from the user’s words moves 0 under {under}: it is read "
                "from what the user says, and an AI cannot raise it by how it writes."
            )
        else:
            said.append(
                f"The alliance inferred from the user’s words moves by up to {number(most)} under "
                f"{under}. It should not move at all: do not compare models by it until this is "
                "understood."
            )
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


def _table(
    rows: pl.DataFrame,
    shown: AuditShown,
    names: Names,
    *,
    column: str,
    key: str,
    caption: str,
    cell: Cells,
) -> FigureTable | None:
    """Set features in rows and the values of a column in columns, model by model."""
    known = finite_rows(rows)
    if not known:
        return None
    headings = list(dict.fromkeys(row[column] for row in known))
    by_key = {(row["model"], row["feature"], row[column]): row for row in known}
    models = list(dict.fromkeys(row["model"] for row in known))[: _bounds.MODELS]
    bodies = []
    for model in models:
        present = [name for name in SURFACE_FEATURES if (model, name, headings[0]) in by_key]
        found = [
            FigureRow(
                _feature(name, names).capitalize(),
                "",
                [cell(by_key.get((model, name, heading))) for heading in headings],
            )
            for name in present
        ]
        bodies.append(Body(printable(model or "") if len(models) > 1 else "", found))
    return FigureTable(
        key=key,
        caption=caption,
        corner="Feature",
        headings=[names[heading].label for heading in headings],
        bodies=[body for body in bodies if body.rows],
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


def _counterfactual(row: Row | None) -> Cell:
    if row is None or row["change"] is None:
        return Cell(MISSING, reason=printable((row or {}).get("reason") or ""))
    largest = row["largest"]
    return Cell(
        estimate=number(row["change"], signed=True),
        interval=interval(row["ci_low"], row["ci_high"]),
        beside=f"largest {number(largest, signed=True)}" if largest is not None else "",
        reason=printable(row["reason"] or ""),
    )
