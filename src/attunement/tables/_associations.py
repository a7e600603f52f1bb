"""How a marker or a topic goes with the alliance, and what is left of it under controls."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from attunement.tables._table import Table

_ASSOCIATION_KEY: Mapping[str, pl.DataType] = {
    "level": pl.String(),
    "role": pl.String(),
    "feature": pl.String(),
    "target": pl.String(),
    "instrument": pl.String(),
    "scale": pl.String(),
    "group": pl.String(),
    "reference": pl.String(),
}

ASSOCIATIONS = Table(
    "associations",
    {
        **_ASSOCIATION_KEY,
        "estimate": pl.Float64(),
        "se": pl.Float64(),
        "df": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "boot_low": pl.Float64(),
        "boot_high": pl.Float64(),
        "r": pl.Float64(),
        "sd": pl.Float64(),
        "p_val": pl.Float64(),
        "p_fdr": pl.Float64(),
        "n_turns": pl.Int64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "n_therapists": pl.Int64(),
        "small": pl.Boolean(),
        "method": pl.String(),
        "warnings": pl.String(),
        "reason": pl.String(),
        "controls": pl.String(),
    },
)

ASSOCIATION_CONTROLS = Table(
    "association_controls",
    {
        **_ASSOCIATION_KEY,
        "control": pl.String(),
        "estimate": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "p_val": pl.Float64(),
        "n_sessions": pl.Int64(),
        "outcome": pl.String(),
        "detail": pl.String(),
    },
)
