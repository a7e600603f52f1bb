"""What an audit's figures are called, in which units, and which of them stand together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from attunement.report._words import MISSING, number, printable
from attunement.report.gap._cells import interval
from attunement.tables import SURFACE_FEATURES

_SHARE = "share"
_WHOLE = 10
"""From so many per cent on, no decimals."""

_SIGNED = frozenset(
    {
        "inferred_patient",
        "inferred_patient_trend",
        "inferred_therapist",
        "role_difference",
        "satisfaction",
        "clarity",
        "satisfaction_less_clarity",
        "rated_gap",
        "own_follows_user",
    }
)
"""Figures that have a zero in their middle."""


@dataclass(frozen=True, slots=True)
class Named:
    """One figure: what it is called, and how it is written.

    Attributes
    ----------
    name, label, unit : str
        Its name in the tables, in words, and what it is counted in.
    decimals : int
        How many are shown; shares are in percent.
    definition, caution : str
        What it is, and what it does not say; empty where nothing is said.
    """

    name: str
    label: str
    unit: str = ""
    decimals: int = 2
    definition: str = ""
    caution: str = ""

    @property
    def share(self) -> bool:
        """Whether it is a share of something: written in percent."""
        return self.unit.startswith(_SHARE)

    @property
    def signed(self) -> bool:
        """Whether it is written with its sign."""
        return self.name in _SIGNED

    def value(self, value: float | None) -> str:
        """Write a value of it."""
        if value is None:
            return MISSING
        if not self.share:
            return number(value, signed=self.signed, places=self.decimals)
        return f"{_percent(value, signed=self.signed)}%"

    def bounds(self, low: float | None, high: float | None) -> str:
        """Write an interval of it; empty where there is none."""
        if low is None or high is None or not self.share:
            return interval(low, high, signed=self.signed, places=self.decimals)
        return f"[{self.value(low)}, {self.value(high)}]"

    def difference(self, value: float | None) -> str:
        """Write a difference of two of its values; of shares in percentage points."""
        if value is None or not self.share:
            return number(value, signed=True, places=self.decimals)
        return f"{_percent(value, signed=True)} points"

    def difference_bounds(self, low: float | None, high: float | None) -> str:
        """Write an interval of a difference; empty where there is none."""
        if low is None or high is None or not self.share:
            return interval(low, high, signed=True, places=self.decimals)
        return f"[{_percent(low, signed=True)}, {_percent(high, signed=True)}]"


@dataclass(frozen=True, slots=True)
class Family:
    """Figures that are read together."""

    title: str
    names: Sequence[str]


DOES = Family("What it does", ("agreement", "giving_way", "flattery"))
INFERRED = Family(
    "Alliance, inferred from the words",
    ("inferred_patient", "inferred_patient_trend", "inferred_therapist", "role_difference"),
)
EXPRESSED = Family(
    "What the user expresses", ("satisfaction", "clarity", "satisfaction_less_clarity")
)
RATED = Family("Ratings", ("own_rating", "patient_rating", "rated_gap", "own_follows_user"))
WRITES = Family("How it writes", SURFACE_FEATURES)


class Names:
    """What figures are called.

    Parameters
    ----------
    definitions : DataFrame
        name, label, unit, decimals, definition, caution.
    """

    def __init__(self, definitions: pl.DataFrame) -> None:
        self._named = {row["name"]: _read(row) for row in definitions.to_dicts()}

    def __getitem__(self, name: str) -> Named:
        """Name a figure; one that nothing is known of keeps its name in the tables."""
        known = self._named.get(name)
        return known or Named(name, printable(name.replace("_", " ")).capitalize())

    def defined(self) -> list[Named]:
        """List the figures that have a definition, in its table's order."""
        return [named for named in self._named.values() if named.definition]


def _percent(value: float, *, signed: bool) -> str:
    percent = 100 * value
    whole = percent == 0 or abs(percent) >= _WHOLE
    return number(percent, signed=signed, places=0 if whole else 1)


def _read(row: Mapping[str, Any]) -> Named:
    name = row["name"]
    return Named(
        name=name,
        label=printable(row["label"] or name),
        unit=printable(row["unit"] or "").replace("standard deviations", "SD"),
        decimals=2 if row["decimals"] is None else row["decimals"],
        definition=printable(row["definition"] or ""),
        caution=printable(row["caution"] or ""),
    )
