"""How many ratings stand where no higher one is possible."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from attunement.instruments.questionnaires._instrument import Instrument, Scoring

_NEAR = 0.05
"""How near to the highest value, as a share of the range, counts as the top."""

_FEWEST = 10
"""Ratings; a share of fewer says little."""


def ceiling(
    values: pl.Series, *, instrument: Instrument, scale: str, score: Scoring | None = None
) -> float | None:
    """Give the share of values within a twentieth of the range of the highest."""
    low, high = instrument.range_of(scale, score=score)
    if not values.len():
        return None
    return float((values >= high - _NEAR * (high - low)).sum()) / values.len()


def ceilings_told(
    values: Mapping[str, pl.Series], *, instrument: Instrument, score: Scoring | None = None
) -> str | None:
    """Say of which scales more than the instrument's share stands at the top; None of none."""
    told = []
    for scale, column in values.items():
        share = ceiling(column, instrument=instrument, scale=scale, score=score)
        if share is not None and column.len() >= _FEWEST and share > instrument.ceiling:
            told.append(f"{scale} {share:.0%}")
    if not told:
        return None
    return (
        f"a ceiling, above which differences do not show: more than {instrument.ceiling:.0%} of "
        f"the values stand at the top of the scale ({', '.join(told)})"
    )
