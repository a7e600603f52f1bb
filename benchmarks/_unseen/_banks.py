"""The banks that are compared, and how far two of them say the same of one turn or session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import polars as pl
from benchmarks._ablation import Figure, Reading, Variant, blind_banks, merged
from benchmarks.validity import DRAWS, Scored, numbers

from attunement.alliance import Contrast
from attunement.instruments import AnchorBank, load_anchors
from attunement.statistics import Resampling, pearsons, together
from attunement.tables import ALLIANCE, MEASURES
from attunement.validity import POOLINGS, SESSION_POOLING, session_means

Banks: TypeAlias = Mapping[str, AnchorBank]

SHIPPED, PLAIN = "shipped", "plain"


def banks() -> Banks:
    shipped, blind = load_anchors(), blind_banks()
    return {SHIPPED: shipped, **blind, "shipped and plain": merged(shipped, blind[PLAIN])}


def readings(compared: Banks) -> dict[str, Reading]:
    """Every bank's whole by its own name; the scales of the two alternate forms beside."""
    held = {name: Contrast(bank=bank) for name, bank in compared.items()}
    scales = [measure for measure in MEASURES if measure != ALLIANCE]
    return {name: Reading(one) for name, one in held.items()} | {
        column(form, scale): Reading(held[form], measure=scale)
        for form in (SHIPPED, PLAIN)
        for scale in scales
    }


def column(bank: str, measure: str) -> str:
    return bank if measure == ALLIANCE else f"{bank} {measure}"


def variants(compared: Banks) -> list[Variant]:
    return [Variant(name=name, group="", reading=name) for name in compared]


def reliability(corpus: Scored, form: str = SHIPPED, other: str = PLAIN) -> list[Figure]:
    """Correlate what two banks make of the same sessions and turns, patients drawn again."""
    columns = [column(bank, measure) for measure in MEASURES for bank in (form, other)]
    turns = corpus.scores.filter(pl.col("role") == "patient").drop_nulls(columns)
    levels = {
        "sessions": _means(turns, columns),
        "turns": turns.select("session_id", *columns),
    }
    found: list[Figure] = [{"measure": measure} for measure in MEASURES]
    for level, scores in levels.items():
        rows = scores.join(corpus.sessions, on="session_id", maintain_order="left")
        resampling = Resampling.of(rows["patient_id"], draws=DRAWS, seed=0)
        both = [
            pearsons(*(numbers(rows, column(bank, measure)) for bank in (form, other)))
            for measure in MEASURES
        ]
        for figure, interval in zip(found, resampling.intervals(together(*both)), strict=True):
            figure |= {
                level: interval.value,
                f"{level} low": interval.low,
                f"{level} high": interval.high,
                f"{level} n": rows.height,
            }
    return found


def _means(turns: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return session_means(turns, columns, POOLINGS[SESSION_POOLING])
