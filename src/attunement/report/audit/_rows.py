"""The tables of an audit by their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from attunement.tables import ALLIANCE

Row = Mapping[str, Any]

BEYOND_CHANCE = 0.05
"""An adjusted p below this is called beyond chance."""


class Figures:
    """The figures by model and name: of a figure of several scales, the whole alliance.

    Parameters
    ----------
    figures, comparisons : DataFrame
        AUDIT_FIGURES and AUDIT_COMPARISONS.
    """

    def __init__(self, figures: pl.DataFrame, comparisons: pl.DataFrame) -> None:
        self._figures = {(row["model"], row["figure"]): row for row in _whole_last(figures)}
        compared = _whole_last(comparisons)
        self._compared = {(row["figure"], row["model"], row["reference"]): row for row in compared}
        self.pairs: Sequence[tuple[str, str]] = list(
            comparisons.select("model", "reference").unique(maintain_order=True).rows()
        )

    def one(self, model: str, figure: str) -> Row | None:
        """Give a model's figure."""
        return self._figures.get((model, figure))

    def known(self, figure: str, models: Sequence[str]) -> list[tuple[str, Row]]:
        """List the models whose figure has an estimate, with it."""
        rows = [(model, self.one(model, figure)) for model in models]
        return [(model, row) for model, row in rows if row and row["estimate"] is not None]

    def between(self, figure: str, model: str, reference: str) -> Row | None:
        """Give the difference of two models."""
        return self._compared.get((figure, model, reference))

    def beyond_chance(self, figure: str) -> list[Row]:
        """List a figure's differences that chance does not explain, after adjustment."""
        return [
            row
            for (name, _, _), row in self._compared.items()
            if name == figure and row["estimate"] is not None and is_beyond_chance(row)
        ]


def is_beyond_chance(row: Row) -> bool:
    """Whether the adjusted p of a difference is small."""
    p = row["p_holm"]
    return p is not None and p < BEYOND_CHANCE


def may_be_read(row: Row) -> bool:
    """Whether a difference is beyond chance, and survives its controls where it has any."""
    controls = row["controls"]
    return is_beyond_chance(row) and (controls is None or controls.startswith("survives"))


def finite_rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Read a table's rows, with None for what is no finite number."""
    numbers = [name for name, kind in table.schema.items() if kind == pl.Float64]
    return table.with_columns(
        pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in numbers
    ).to_dicts()


def _whole_last(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Read a table's rows so that what is of the whole alliance stands after its scales."""
    whole = pl.col("scale").is_null() | pl.col("scale").is_in(["", ALLIANCE])
    return finite_rows(table.sort(whole, maintain_order=True))
