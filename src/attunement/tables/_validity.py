"""How well what is inferred agrees with what was rated."""

from __future__ import annotations

import polars as pl

from attunement.tables._table import Table

VALIDITY = Table(
    "validity",
    {
        "estimator": pl.String(),
        "rated": pl.String(),
        "inferred": pl.String(),
        "figure": pl.String(),
        "scale": pl.String(),
        "detail": pl.String(),
        "statistic": pl.String(),
        "value": pl.Float64(),
        "ci_low": pl.Float64(),
        "ci_high": pl.Float64(),
        "n_sessions": pl.Int64(),
        "n_patients": pl.Int64(),
        "n_turns": pl.Int64(),
        "reason": pl.String(),
    },
)
