"""What an analysis of associations gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl

from attunement.associations._rows import Row, association_controls_table, associations_table


@dataclass(frozen=True, slots=True)
class Associations:
    """The tables, with the schemas of `attunement.tables`.

    Attributes
    ----------
    effects : DataFrame
        `ASSOCIATIONS`.
    controls : DataFrame
        `ASSOCIATION_CONTROLS`.
    """

    effects: pl.DataFrame
    controls: pl.DataFrame

    @classmethod
    def of(cls, effects: Sequence[Row], controls: Sequence[Row]) -> Self:
        """Make the tables, adjusting for how many were asked for."""
        return cls(associations_table(effects), association_controls_table(controls))

    @classmethod
    def joined(cls, *parts: Associations) -> Self:
        """Put the answers to several questions in one."""
        return cls(
            pl.concat([part.effects for part in parts]),
            pl.concat([part.controls for part in parts]),
        )
