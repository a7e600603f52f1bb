"""The invented ratings that R was given too, and what R said of them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.statistics import Design

REFERENCE = Path(__file__).parents[1] / "reference"


@dataclass(frozen=True)
class Ratings:
    """One frozen data set as arrays."""

    table: pl.DataFrame

    @property
    def truth(self) -> NDArray[np.float64]:
        return self.table["patient"].to_numpy().astype(float)

    @property
    def judgement(self) -> NDArray[np.float64]:
        return self.table["therapist"].to_numpy().astype(float)

    @property
    def outcome(self) -> NDArray[np.float64]:
        return self.table["outcome"].to_numpy().astype(float)

    @property
    def patients(self) -> NDArray[np.intp]:
        return Design.of(self.table).patients

    @property
    def factors(self) -> dict[str, NDArray[np.intp]]:
        return Design.of(self.table).factors(np.arange(self.table.height))

    def pairs(self, *, instrument: str = "ours", scale: str = "alliance") -> pl.DataFrame:
        return self.table.with_columns(
            pl.col("patient", "therapist").cast(pl.Float64),
            pl.lit(instrument).alias("instrument"),
            pl.lit(scale).alias("scale"),
            pl.lit("anxiety").alias("condition"),
        )


@pytest.fixture(scope="session")
def single() -> Ratings:
    return Ratings(pl.read_csv(REFERENCE / "congruence_single.csv"))


@pytest.fixture(scope="session")
def repeated() -> Ratings:
    return Ratings(pl.read_csv(REFERENCE / "congruence_repeated.csv"))


@pytest.fixture(scope="session")
def from_r() -> Callable[[str, str], Mapping[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = {}
    with (REFERENCE / "congruence.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["set"], row["quantity"]
            found.setdefault(key, {})[row["field"]] = float(row["value"])
    return lambda set_name, quantity: found[set_name, quantity]


def agrees(ours: object, expected: Mapping[str, float]) -> None:
    """Fail unless every figure R gave is ours, to six digits (four are promised)."""
    for field, value in expected.items():
        assert getattr(ours, field) == pytest.approx(value, rel=1e-6), field


def two_raters(*, fewest: int = 3) -> st.SearchStrategy[tuple[NDArray[np.float64], ...]]:
    """Ratings of some sessions on a scale of whole numbers, both sides varying."""
    side = st.integers(0, 30)
    sessions = st.lists(st.tuples(side, side), min_size=fewest, max_size=25)
    return sessions.map(lambda rows: tuple(np.array(rows, dtype=float).T)).filter(
        lambda both: all(np.ptp(one) > 0 for one in both)
    )
