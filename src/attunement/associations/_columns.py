"""The columns of a regression on steps: targets, how things stood, lengths and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.associations._steps import AS_SCORED, SWAPPED, WITHOUT_OFFSET, Steps
from attunement.statistics import BINS
from attunement.tables import MEASURES

Array = NDArray[np.float64]

Lengths: TypeAlias = Literal["before", "none", "all"]

LENGTHS = (0.2, 0.4, 0.6, 0.8)
"""Quantiles of length between which turns count as alike."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Everything beside the features, a column each.

    Attributes
    ----------
    values : ndarray of shape (n, p)
        The columns.
    names : tuple of str
        What they are called.
    """

    values: Array
    names: tuple[str, ...]

    @classmethod
    def of(cls, steps: Steps) -> Columns:
        """Make the columns of some steps."""
        frame = steps.frame
        time = pl.col("time")
        words = {"later": pl.col("words").log1p(), "earlier": pl.col("earlier_words").log1p()}
        if steps.side == "therapist":
            words["feature"] = pl.col("feature_words").log1p()
        made = frame.select(
            time.alias("place"),
            (time * time).alias("place squared"),
            pl.col("closing").cast(pl.Float64).alias("place closing"),
            *(length.alias(f"length {name}") for name, length in words.items()),
        )
        free = [
            _fifths(frame.select(length).to_series(), name=f"length {name}")
            for name, length in words.items()
        ]
        kept = frame.select(
            name
            for name in frame.columns
            if name.startswith(("next_", "earlier_", "before_", "answer_"))
            and name not in ("earlier_turn", "earlier_words")
        )
        table = pl.concat([made, *free, _tenths(frame["time"]), kept], how="horizontal")
        return cls(
            values=table.select(pl.all().cast(pl.Float64).fill_null(float("nan"))).to_numpy(),
            names=tuple(table.columns),
        )

    def place(self, name: str) -> int:
        """Give the place of a column."""
        return self.names.index(name)

    def covariates(self, *also: str, lengths: Lengths = "before") -> list[int]:
        """Give the places of what is held constant: place, lengths, and other columns by name.

        Parameters
        ----------
        *also : str
            Further columns.
        lengths : {"before", "none", "all"}
            Which lengths: of the turns up to the feature's, as straight lines (what comes later may
            be a consequence of the feature); none; or of all turns, in fifths besides.
        """
        before = ("length earlier", "length feature")
        wanted = {
            "none": [],
            "before": [name for name in self.names if name in before],
            "all": [name for name in self.names if name.startswith("length ")],
        }[lengths]
        places = [name for name in self.names if name.startswith("place")]
        return [self.place(name) for name in (*places, *wanted, *also)]

    @property
    def answers(self) -> list[str]:
        """The columns that say what kind of answer the later turn is."""
        return [name for name in self.names if name.startswith("answer_")]

    @property
    def variants(self) -> Sequence[str]:
        """The variants of the scores that there are."""
        return [
            variant
            for variant in (AS_SCORED, SWAPPED, WITHOUT_OFFSET)
            if f"next_{MEASURES[0]}{variant}" in self.names
        ]


def _fifths(lengths: pl.Series, *, name: str) -> pl.DataFrame:
    cuts = sorted({float(cut) for q in LENGTHS if (cut := lengths.quantile(q)) is not None})
    return pl.DataFrame(
        {f"{name} = over {cut:.3f}": (lengths > cut).cast(pl.Float64) for cut in cuts}
    )


def _tenths(times: pl.Series) -> pl.DataFrame:
    tenth = (times * BINS).floor().clip(0, BINS - 1)
    return pl.DataFrame(
        {f"place = tenth {bin}": (tenth == bin).cast(pl.Float64) for bin in range(1, BINS)}
    )
