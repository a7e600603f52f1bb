"""Rows of ASSOCIATIONS and ASSOCIATION_CONTROLS: how they are named, and put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from scipy import stats

from attunement.statistics import (
    ALL_SESSIONS,
    BOOTSTRAP,
    FEW_THERAPISTS,
    Outcome,
    nothing_there,
    verdict,
)
from attunement.tables import ASSOCIATION_CONTROLS, ASSOCIATIONS

Row: TypeAlias = dict[str, Any]

KEY = ("level", "role", "feature", "target", "instrument", "scale", "group", "reference")
"""The columns that name a row."""


def control_row(effect: Mapping[str, Any], control: str, outcome: Outcome, detail: str) -> Row:
    """Name a control of an effect."""
    return {name: effect[name] for name in KEY} | {
        "control": control,
        "outcome": outcome,
        "detail": detail,
        "n_sessions": None,
    }


def with_verdicts(effects: Sequence[Row], controls: Sequence[Row]) -> list[Row]:
    """Sum up each effect's controls, which are run of effects off zero only."""
    by_effect: dict[tuple[Any, ...], list[Row]] = {}
    for row in controls:
        by_effect.setdefault(_key(row), []).append(row)
    return [row | {"controls": _verdict(row, by_effect.get(_key(row), []))} for row in effects]


def over_sessions_verdict(row: Row) -> str | None:
    """Say what is left of an effect over sessions, of which no controls are run but one's own.

    Returns
    -------
    str or None
        None where nothing speaks against it: no control was run.
    """
    if row["ci_low"] is None or nothing_there(row) or row["small"]:
        return _verdict(row, [])
    failed = []
    if row.get("boot_low") is not None and row["boot_low"] <= 0 <= row["boot_high"]:
        failed.append(BOOTSTRAP)
    if row.get("confounded"):
        failed.append(FEW_THERAPISTS)
    return f"fails: {', '.join(failed)}" if failed else "not run"


def _verdict(row: Row, controls: Sequence[Row]) -> str | None:
    if row["ci_low"] is None:
        return None
    if row["small"]:
        return "too few sessions"
    return "nothing to control" if nothing_there(row) else verdict(row, controls)


def associations_table(rows: Sequence[Row]) -> pl.DataFrame:
    """Make ASSOCIATIONS of rows, adding the false discovery rate's p within each family.

    A family is a level, target and questionnaire: all features, sides and scales of it, over all
    sessions; over the groups; and over the contrasts between them (Benjamini & Hochberg 1995).
    """
    table = pl.DataFrame(
        [{name: row.get(name) for name in ASSOCIATIONS.schema} for row in rows],
        schema=ASSOCIATIONS.schema,
    )
    whole = (pl.col("group") == ALL_SESSIONS).alias("whole")
    contrast = pl.col("reference").is_not_null().alias("contrast")
    return table.with_columns(
        pl.col("p_val")
        .map_batches(_false_discovery, return_dtype=pl.Float64)
        .over("level", "target", "instrument", whole, contrast)
        .alias("p_fdr")
    )


def association_controls_table(rows: Sequence[Row]) -> pl.DataFrame:
    """Make ASSOCIATION_CONTROLS of rows."""
    return pl.DataFrame(
        [{name: row.get(name) for name in ASSOCIATION_CONTROLS.schema} for row in rows],
        schema=ASSOCIATION_CONTROLS.schema,
    )


def finite(value: float) -> float | None:
    """Give a number, or None for what is none."""
    return float(value) if np.isfinite(value) else None


def _false_discovery(p_values: pl.Series) -> pl.Series:
    known = p_values.is_not_null().to_numpy()
    adjusted = np.full(len(known), np.nan)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p_values.drop_nulls().to_numpy())
    return pl.Series(adjusted).fill_nan(None)


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)
