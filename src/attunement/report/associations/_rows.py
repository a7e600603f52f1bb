"""Rows of an associations table: which there are, and what each came to."""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

from attunement.report.gap._cells import failures, p_value
from attunement.report.gap._rows import ALL_SESSIONS, ALPHA, Row

Standing: TypeAlias = Literal["survives", "open", "fails", "chance", "small", "none"]
"""Beyond chance and under every control; beyond chance, and no control was run; beyond chance, but
not under every control; not beyond chance; too few sessions; no estimate."""

HOLDS: tuple[Standing, ...] = ("survives", "open")
BEYOND: tuple[Standing, ...] = (*HOLDS, "fails")
BOOTSTRAP = "cluster bootstrap"


_NARROW = 0.05


def standing(row: Row) -> Standing:
    """Say what an association came to; beyond chance is q < .05 over 20 sessions or more."""
    if row["estimate"] is None:
        return "none"
    if row["small"]:
        return "small"
    if row["p_fdr"] is None or row["p_fdr"] >= ALPHA or row["controls"] == "nothing to control":
        return "chance"
    if failed(row):
        return "fails"
    return "survives" if (row["controls"] or "").startswith("survives") else "open"


def failed(row: Row) -> list[str]:
    """List the controls an association fails, the bootstrap check among them."""
    named = failures(row["controls"])
    low, high = row["boot_low"], row["boot_high"]
    disagrees = low is not None and high is not None and low <= 0 <= high
    return [*named, BOOTSTRAP] if disagrees and BOOTSTRAP not in named else named


def places(rows: pl.DataFrame) -> int:
    """Choose how many decimals estimates are given with: a third where intervals are narrow."""
    half = rows.select(((pl.col("ci_high") - pl.col("ci_low")) / 2).median()).item()
    return 3 if half is not None and half < _NARROW else 2


def q_value(row: Row) -> str:
    """Write the p adjusted for the false discovery rate: q = .003; empty where there is none."""
    return p_value(row["p_fdr"]).replace("p", "q", 1)


def of_everybody(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the associations over all sessions, or in the one group there is."""
    means = rows.filter(pl.col("reference").is_null())
    whole = means.filter(pl.col("group") == ALL_SESSIONS)
    return means if whole.is_empty() and means["group"].n_unique() == 1 else whole


def by_group(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the associations within single groups, where there are several."""
    means = rows.filter(
        pl.col("reference").is_null(), pl.col("group").ne_missing(pl.lit(ALL_SESSIONS))
    )
    return means if means["group"].n_unique() > 1 else means.clear()


def contrasts(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the differences between groups."""
    return rows.filter(pl.col("reference").is_not_null())


def tested(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep what has an adjusted p, over enough sessions."""
    return rows.filter(pl.col("p_fdr").is_not_null(), ~pl.col("small").fill_null(value=False))


def counted_by_role(rows: pl.DataFrame) -> list[str]:
    """List whose features there are: therapist, patient, then what is between them."""
    order = {"therapist": 0, "patient": 1, "dyad": 2}
    return sorted(rows["role"].unique(), key=lambda role: (order.get(role, 3), role))
