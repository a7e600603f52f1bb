"""The tables the raters' page is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

from attunement.errors import UsageError
from attunement.psychometrics import CONSISTENCY, UNSCORED, WITH_RATINGS
from attunement.report._words import printable
from attunement.statistics import SMALL_GROUP
from attunement.tables import (
    ALLIANCE,
    MEASURES,
    RATER_ITEMS,
    RATER_SHORT_FORMS,
    RATER_STATISTICS,
    ROLES,
)

Row: TypeAlias = Mapping[str, Any]

WHO = ("judge", "perspective", "framing", "instrument")
"""The columns that say who was asked, and how."""

_EXPECTED = {
    "statistics": RATER_STATISTICS,
    "items": RATER_ITEMS,
    "short_forms": RATER_SHORT_FORMS,
}


@dataclass(frozen=True, slots=True)
class Who:
    """A judge, and how it was asked."""

    judge: str
    perspective: str
    framing: str
    instrument: str

    @property
    def name(self) -> str:
        """Name it as the page does: a judged patient's view is no patient's."""
        return f"{printable(self.judge)}, {self.manner}"

    @property
    def manner(self) -> str:
        """Say as whom it answered."""
        if self.framing == "own":
            return f"of its own chat, as the {self.perspective}"
        article = "an" if self.perspective == "observer" else "the"
        return f"as {article} {self.perspective}"


@dataclass(frozen=True, slots=True)
class RatersShown:
    """What is drawn.

    Attributes
    ----------
    statistics, items, short_forms : DataFrame
        RATER_STATISTICS, RATER_ITEMS and RATER_SHORT_FORMS.
    notes : tuple of str
        What a reader must know of the data.

    Raises
    ------
    UsageError
        A table lacks a column.
    """

    statistics: pl.DataFrame
    items: pl.DataFrame
    short_forms: pl.DataFrame
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for held, table in _EXPECTED.items():
            frame: pl.DataFrame = getattr(self, held)
            for column in table.columns:
                if column not in frame.columns:
                    raise UsageError(
                        f"the table {table.name} has no column {column}",
                        mend="Give the tables as attunement.tables describes them",
                        field=column,
                    )

    def asked(self) -> list[Who]:
        """List who was asked, and how."""
        rows = self.statistics.filter(pl.col("question") == UNSCORED).select(WHO).unique()
        found = [Who(*one) for one in rows.sort(WHO).iter_rows()]
        return sorted(found, key=lambda one: (one.framing == "own", _place(one), one.judge))

    def rows(self, question: str, who: Who | None = None, **which: str | None) -> list[Row]:
        """Give the rows of one question, of one judge if it is named."""
        chosen = self.statistics.filter(pl.col("question") == question)
        if who is not None:
            chosen = chosen.filter(
                *(pl.col(name) == getattr(who, name) for name in WHO),
            )
        for name, value in which.items():
            chosen = chosen.filter(pl.col(name).eq_missing(pl.lit(value, pl.String)))
        return list(chosen.iter_rows(named=True))

    def row(self, question: str, who: Who, **which: str | None) -> Row | None:
        """Give one row, if there is one."""
        found = self.rows(question, who, **which)
        return found[0] if found else None

    def scales(self, who: Who) -> list[str]:
        """List a judge's scales, the whole first."""
        found = {str(row["scale"]) for row in self.rows(CONSISTENCY, who)}
        places = {measure: place for place, measure in enumerate(MEASURES)}
        return sorted(found, key=lambda one: (places.get(one, len(places)), one))

    def whole(self, who: Who) -> str:
        """Name the scale that stands for all: the whole, or the one there is."""
        return next(iter(self.scales(who)), ALLIANCE)

    def humans(self, who: Who, scale: str) -> list[str]:
        """List what people rated beside a judged scale, the judge's own perspective first."""
        named = dict.fromkeys(
            str(row["other"]) for row in self.rows(WITH_RATINGS, who, scale=scale)
        )
        return sorted(named, key=lambda one: not one.startswith(f"{who.perspective}-rated"))


def _place(who: Who) -> int:
    """Patients' views first, then therapists', then others'."""
    return ROLES.index(who.perspective) if who.perspective in ROLES else len(ROLES)


def excludes_zero(row: Row | None) -> bool:
    """Whether an interval leaves zero out."""
    return row is not None and row["ci_low"] is not None and row["ci_low"] * row["ci_high"] > 0


def small(row: Row) -> bool:
    """Whether so few sessions carry a figure that nothing is said from it."""
    return bool(row["n_sessions"] < SMALL_GROUP)


def says(row: Row) -> bool:
    """Whether a figure can be put into words: enough sessions, and an interval."""
    return not small(row) and row["ci_low"] is not None


def known(rows: Sequence[Row]) -> list[Row]:
    """Keep the rows that have a figure."""
    return [row for row in rows if row["estimate"] is not None]
