"""What markers are called, in which units, and which of them stand together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl

from attunement.report._words import MISSING, number, printable
from attunement.tables import ACTS, STYLE_WORDS

_SHARE = "share"
_COSINE = "cosine"


@dataclass(frozen=True, slots=True)
class Named:
    """One marker as the registry of definitions describes it.

    Attributes
    ----------
    name, label, unit : str
        Its name in the tables, in words, and what it is counted in.
    definition, source, caution : str
        What it is, where it comes from, and what it cannot show; empty where nothing is said.
    """

    name: str
    label: str
    unit: str
    definition: str = ""
    source: str = ""
    caution: str = ""

    @classmethod
    def read(cls, row: Mapping[str, str | None]) -> Self:
        """Read a row of the definitions."""
        return cls(
            name=row["name"] or "",
            label=printable(row["label"] or row["name"] or ""),
            unit=printable(row["unit"] or ""),
            definition=printable(row["definition"] or ""),
            source=printable(row["source"] or ""),
            caution=printable(row["caution"] or ""),
        )

    @property
    def is_share(self) -> bool:
        """Whether it is a share of something: written in percent."""
        return self.unit.startswith(_SHARE)

    def value(self, value: float | None) -> str:
        """Write a value of it."""
        if value is None:
            return MISSING
        if not self.is_share:
            return number(value, places=3 if self.unit.startswith(_COSINE) else 2)
        percent = round(100 * value, 1) + 0.0
        written = f"{abs(percent):.0f}" if abs(percent) >= _WHOLE else f"{abs(percent):.1f}"
        return f"{'−' if percent < 0 else ''}{written}%"

    def bounds(self, low: float | None, high: float | None) -> str:
        """Write an interval of it; empty where there is none."""
        if low is None or high is None:
            return ""
        return f"[{self.value(low)}, {self.value(high)}]"


_WHOLE = 10
"""From so many per cent on, no decimals."""


@dataclass(frozen=True, slots=True)
class Family:
    """Markers that are read together; `open` is whether they are shown at once."""

    key: str
    title: str
    names: Sequence[str]
    open: bool = True


ACT_PREFIX = "act_"

FAMILIES: tuple[Family, ...] = (
    Family("whom", "Whom they speak of", ("i", "we", "you", "they")),
    Family(
        "fluency",
        "How fluently, and how surely",
        ("non_fluencies", "fillers", "repeats", "repairs", "hedges", "negations"),
    ),
    Family(
        "share",
        "Who speaks, and how long",
        ("talk_share", "turn_length", "seconds", "response_time"),
    ),
    Family("feeling", "Feeling in the words", ("positive", "negative", "compound")),
    Family(
        "together",
        "The two sides together",
        (
            "style_match",
            "alignment",
            "alignment_trend",
            "lead_lag",
            "overlap",
            "shared_words",
        ),
    ),
    Family(
        "style",
        "Function words, by which style is matched",
        (
            *(name for name in STYLE_WORDS if name != "negations"),
            *(f"style_match_{name}" for name in STYLE_WORDS),
        ),
        open=False,
    ),
)
ACTS_FAMILY = Family("acts", "What the therapist’s turns do", ACTS)


def bare(name: str) -> str:
    """Name a marker without what marks it as an act."""
    return name.removeprefix(ACT_PREFIX)


class Names:
    """The registry of definitions, by name; an act is found by `act_advice` as by `advice`.

    Parameters
    ----------
    definitions : DataFrame
        name, label, of, level, unit, definition, source, caution.
    """

    def __init__(self, definitions: pl.DataFrame) -> None:
        self._by_name = {row["name"]: Named.read(row) for row in definitions.to_dicts()}

    def __getitem__(self, name: str) -> Named:
        """Give what is known of a marker; its name where nothing is."""
        known = self._by_name.get(name) or self._by_name.get(bare(name))
        return known or Named(name, printable(bare(name).replace("_", " ").capitalize()), "")

    def labels(self) -> dict[str, str]:
        """Give every marker's label, the acts' under both of their names."""
        acts = {f"{ACT_PREFIX}{act}": self[act].label for act in ACTS}
        return (
            {act: self[act].label for act in ACTS}
            | acts
            | {name: named.label for name, named in self._by_name.items()}
        )


def families_of(markers: Sequence[str]) -> list[Family]:
    """Sort markers into their families; those of none stand in one of their own."""
    known = {name for family in FAMILIES for name in family.names} | set(ACTS)
    further = [name for name in markers if name not in known]
    found = [
        Family(family.key, family.title, [n for n in family.names if n in markers], family.open)
        for family in FAMILIES
    ]
    found.append(Family("further", "Further markers", further, open=False))
    return [family for family in found if family.names]
