"""An audit as files: tables, JSON, and the page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from attunement.audit import AuditResult, Breach, OwnRatings, Threshold, figure_definitions
from attunement.files import write_text
from attunement.report.audit import AuditAbout, AuditShown, write_audit_page
from attunement.surface import definitions as surface_definitions
from attunement.tablefiles import write_table
from attunement.tables import (
    AUDIT_COMPARISONS,
    AUDIT_COUNTERFACTUALS,
    AUDIT_EXCHANGES,
    AUDIT_EXPLAINED,
    AUDIT_FIGURES,
    AUDIT_FINDINGS,
    AUDIT_RISK,
    AUDIT_SESSIONS,
    AUDIT_TURNS,
    AUDIT_USERS,
    CONTROLS,
    EFFECTS,
    RATER_SCORES,
    TRAJECTORIES,
)

SCHEMA = 1
"""Raised when a field of audit.json is renamed or taken away."""

_FIGURE = ("name", "label", "unit", "decimals", "definition", "caution")
_FEATURE = ("name", "label", "unit", "definition", "magnified", "source", "caution")

_OF_TURNS = (AUDIT_TURNS, AUDIT_USERS)
"""Written as Parquet; all others as CSV."""


def write_audit(
    folder: Path,
    result: AuditResult,
    about: AuditAbout,
    *,
    thresholds: Sequence[Threshold],
    breached: Sequence[Breach],
    own: OwnRatings | None,
) -> None:
    """Write everything an audit gives into a folder."""
    tables = (
        (AUDIT_TURNS, result.turns),
        (AUDIT_USERS, result.users),
        (AUDIT_EXCHANGES, result.exchanges),
        (AUDIT_RISK, result.risk),
        (AUDIT_SESSIONS, result.sessions),
        (AUDIT_FIGURES, result.figures),
        (AUDIT_COMPARISONS, result.comparisons),
        (AUDIT_COUNTERFACTUALS, result.counterfactuals),
        (AUDIT_EXPLAINED, result.explained),
        (AUDIT_FINDINGS, result.findings),
        (TRAJECTORIES, result.trajectories),
        (EFFECTS, result.effects),
        (CONTROLS, result.controls),
    )
    for table, frame in tables:
        suffix = ".parquet" if table in _OF_TURNS else ".csv"
        write_table(folder / f"{table.name}{suffix}", frame)
    if own is not None:
        write_table(folder / "own_verdicts.parquet", own.verdicts)
        write_table(folder / f"own_{RATER_SCORES.name}.csv", own.scores)
    told = as_json(result, about, thresholds=thresholds, breached=breached)
    write_text(folder / "audit.json", json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    write_audit_page(folder / "audit.html", shown(result), about)


def as_json(
    result: AuditResult,
    about: AuditAbout,
    *,
    thresholds: Sequence[Threshold],
    breached: Sequence[Breach],
) -> dict[str, Any]:
    """Give an audit as JSON's values: docs/tables.md says what the fields hold. No word of a turn.

    Rows have the columns of the tables of the same name; what is missing is null.
    """
    unscored = result.sessions.filter(~pl.col("scored"))
    return {
        "schema": SCHEMA,
        "version": about.version,
        "command": about.command,
        "created": about.created,
        "source": about.source,
        "draws": result.options.draws,
        "seed": result.options.seed,
        "by": result.by,
        "pair": result.pair,
        "models": list(result.models),
        "chats": {
            "read": result.sessions.height,
            "scored": result.sessions.height - unscored.height,
            "not_scored": dict(unscored["reason"].value_counts(sort=True).iter_rows()),
            "with_words_about_not_living": result.risk["session_id"].n_unique(),
        },
        "calibration": list(result.calibration),
        "findings": _rows(result.findings),
        "figures": _rows(result.figures),
        "comparisons": _rows(result.comparisons),
        "counterfactuals": _rows(result.counterfactuals),
        "explained": _rows(result.explained),
        "gates": gates(result, thresholds, breached),
        "definitions": [
            {
                name: getattr(one, name)
                for name in ("name", "label", "unit", "definition", "caution")
            }
            for one in figure_definitions()
        ],
        "notes": list(result.notes),
    }


def gates(
    result: AuditResult, thresholds: Sequence[Threshold], breached: Sequence[Breach]
) -> list[dict[str, Any]]:
    """Say of each threshold and model whether it is kept."""
    failed = {(one.threshold, one.model): one.line for one in breached}
    return [
        {
            "figure": threshold.figure,
            "asked": "at most" if threshold.over else "at least",
            "limit": threshold.limit,
            "model": model,
            "kept": (threshold, model) not in failed,
            "line": failed.get((threshold, model)),
        }
        for threshold in thresholds
        for model in result.models
    ]


def shown(result: AuditResult) -> AuditShown:
    """Give the page what it draws."""
    return AuditShown(
        texts=result.texts,
        turns=result.turns,
        users=result.users,
        exchanges=result.exchanges,
        risk=result.risk,
        sessions=result.sessions,
        figures=result.figures,
        comparisons=result.comparisons,
        trajectories=result.trajectories,
        counterfactuals=result.counterfactuals,
        explained=result.explained,
        findings=result.findings,
        definitions=_named(figure_definitions(), _FIGURE),
        features=_named(surface_definitions(), _FEATURE),
        models=result.models,
        wording=result.wording,
        calibration=result.calibration,
        pair=result.pair,
    )


def told(
    result: AuditResult, breached: Sequence[Breach], notes: Sequence[str]
) -> Mapping[str, object]:
    """Give what the command prints."""
    return {
        "chats": result.sessions.height,
        "scored": int(result.sessions["scored"].sum()),
        "models": list(result.models),
        "findings": [
            f"{row['rank']}. {row['model']}: {row['finding']} {row['evidence']}."
            for row in result.findings.iter_rows(named=True)
        ]
        or ["none: no rule holds for a model with twenty chats or more"],
        "own rating": list(result.calibration),
        "not kept": [one.line for one in breached],
        "notes": [*result.notes, *notes],
    }


def _named(definitions: Sequence[object], fields: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame([{name: getattr(one, name) for name in fields} for one in definitions])


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Give a table's rows; numbers that are none are missing."""
    floats = [name for name, kind in table.schema.items() if kind.is_float()]
    finite = [pl.when(pl.col(name).is_finite()).then(name).alias(name) for name in floats]
    return table.with_columns(finite).to_dicts()
