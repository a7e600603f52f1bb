"""What a table is, and the words that every table uses for sides, scales and poles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import polars as pl

Role: TypeAlias = Literal["patient", "therapist"]
Scale: TypeAlias = Literal["task", "bond", "goal"]
Pole: TypeAlias = Literal["strong", "weak"]

ROLES: tuple[Role, ...] = get_args(Role)
SCALES: tuple[Scale, ...] = get_args(Scale)
POLES: tuple[Pole, ...] = get_args(Pole)

OTHER = "other"
"""The role of a third speaker (a parent, an interpreter): kept, shown, never scored."""

ALLIANCE = "alliance"
"""The name of the whole beside the three scales."""

MEASURES: tuple[str, ...] = (ALLIANCE, *SCALES)
"""What is summarised, tested and drawn, in the order of every page: the whole, then its parts."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name and its columns in order.

    Attributes
    ----------
    name : str
        What the table is called in files, the API and the docs.
    columns : Mapping[str, pl.DataType]
        Column name to type, in order.
    optional : frozenset of str
        Columns that may be absent.
    """

    name: str
    columns: Mapping[str, pl.DataType]
    optional: frozenset[str] = frozenset()

    @property
    def schema(self) -> pl.Schema:
        """All columns, the optional ones too, as a polars schema."""
        return pl.Schema(self.columns)

    @property
    def required_schema(self) -> pl.Schema:
        """The columns that are always there."""
        return pl.Schema({n: t for n, t in self.columns.items() if n not in self.optional})
