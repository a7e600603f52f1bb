"""Rows of the effects table, written out, for known answers."""

from __future__ import annotations

from typing import Any

import polars as pl

from attunement.report.gap._rows import EffectRows
from attunement.tables import EFFECTS


def effect(family: str, group: str, **columns: Any) -> dict[str, Any]:
    """Make one row; what is not given is an effect of 30 sessions, far from zero."""
    usual: dict[str, Any] = {
        "effect": {"difference": "mean", "between": "pair", "convergence": "slope of |gap|"}.get(
            family, family
        ),
        "scale": "alliance",
        "quantity": "role difference",
        "estimate": 0.5,
        "se": 0.1,
        "df": 28.0,
        "ci_low": 0.3,
        "ci_high": 0.7,
        "g": 0.8,
        "p_val": 0.0001,
        "p_holm": 0.001,
        "n_sessions": 30,
        "n_patients": 15,
        "n_therapists": 4,
        "small": False,
        "method": "Welch",
        "controls": "survives all",
    }
    row = dict.fromkeys(EFFECTS.columns) | usual | columns
    return row | {"family": family, "group": group}


def rows(*made: dict[str, Any]) -> EffectRows:
    """Make a table of rows, as the report reads it."""
    return EffectRows.of(table(*made))


def table(*made: dict[str, Any]) -> pl.DataFrame:
    """Make a table of rows."""
    return pl.DataFrame(list(made), schema=EFFECTS.schema)
