"""The effects table by its keys: what there is, in the order it came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from attunement.report._words import NO_CONDITION, measure_name, printable
from attunement.tables import ALLIANCE, MEASURES

ALL_SESSIONS = "all sessions"
THE_REST = "the rest"
MEAN = "mean"
ABSOLUTE_SLOPE = "slope of |gap|"
SLOPE = "slope of gap"
ALPHA = 0.05
"""An adjusted p below this is called beyond chance."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EffectRows:
    """Rows of the effects table.

    Attributes
    ----------
    rows : sequence of mapping
        Column name to value.
    """

    rows: Sequence[Row]

    @classmethod
    def of(cls, effects: pl.DataFrame) -> EffectRows:
        """Read a table with the schema of `attunement.tables.EFFECTS`."""
        return cls(effects.to_dicts())

    def where(self, **keys: Any) -> EffectRows:  # noqa: ANN401 (a cell's value)
        """Keep the rows whose columns have these values, nulls among them."""
        return EffectRows(
            [row for row in self.rows if all(row[name] == value for name, value in keys.items())]
        )

    def contrasts(self) -> EffectRows:
        """Keep the rows against another group."""
        return EffectRows([row for row in self.rows if row["reference"] is not None])

    def one(self, **keys: Any) -> Row | None:  # noqa: ANN401 (a cell's value)
        """Give the first row with these values, if there is one."""
        return next(iter(self.where(**keys).rows), None)

    def values(self, column: str) -> list[Any]:
        """List a column's values, each once, in the order they first occur."""
        return list(dict.fromkeys(row[column] for row in self.rows))

    def scales(self) -> list[str]:
        """List the scales, the whole first."""
        return in_order(self.values("scale"))


def beyond_chance(row: Row) -> bool:
    """Whether an effect of enough sessions has an adjusted p under .05."""
    return not row["small"] and row["p_holm"] is not None and row["p_holm"] < ALPHA


def in_order(scales: Iterable[str]) -> list[str]:
    """Put scales in the page's order: the whole, its parts, then whatever else."""
    order = {measure: place for place, measure in enumerate(MEASURES)}
    return sorted(scales, key=lambda scale: order.get(scale, len(order)))


def group_name(group: str | None) -> str:
    """Name a group, or say that there is none."""
    return printable(group) if group else NO_CONDITION


def contrast_name(group: str, reference: str) -> str:
    """Name a difference between groups."""
    return f"{group_name(group)} − {group_name(reference)}"


def scale_name(scale: str) -> str:
    """Name a scale in a sentence: the whole alliance, bond."""
    if scale == ALLIANCE:
        return f"the {measure_name(scale).lower()}"
    return "the total" if scale == "total" else printable(scale)
