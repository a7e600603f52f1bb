"""On which range of a questionnaire values lie: that of one item (a mean), or of their sum."""

from __future__ import annotations

from typing import TypeAlias

import polars as pl

from attunement.instruments.questionnaires import same_name, shipped_instruments
from attunement.tables import ALLIANCE

Range: TypeAlias = tuple[float, float]

_ROUNDING = 0.01


def why_apart(
    own: pl.Series, users: pl.Series, *, chosen: tuple[str, str], own_range: Range | None
) -> str | None:
    """Say why two sides' answers on one scale may not be subtracted; None where they may.

    Parameters
    ----------
    own, users : Series
        What the AI and its users answered about the same chats.
    chosen : tuple of (str, str)
        The instrument and the scale.
    own_range : tuple of float, optional
        The lowest and highest whole score the AI could answer, where that is known.

    Notes
    -----
    A side's values lie on the narrowest range that holds them all. Of a questionnaire whose ranges
    are not known nothing can be said against a difference.
    """
    instrument, scale = chosen
    known = _ranges(instrument, scale)
    allowed = own_range if scale == ALLIANCE and own_range and _within(own, own_range) else None
    if allowed is not None and allowed not in known:
        known = [*known, allowed]
    if not known:
        return None
    ours, theirs = allowed or _narrowest(own, known), _narrowest(users, known)
    if ours == theirs:
        return None
    return (
        f"the two are not scored on one range of {instrument} ({_words(own)} beside "
        f"{_words(users)}), such as a sum of items beside their mean"
    )


def _ranges(instrument: str, scale: str) -> list[Range]:
    """Give the ranges of a shipped instrument's scale, the narrowest first."""
    for one in shipped_instruments():
        if same_name(one.name) == same_name(instrument) and scale in one.measures:
            return [one.range_of(scale, score="mean"), one.range_of(scale, score="sum")]
    return []


def _narrowest(values: pl.Series, known: list[Range]) -> Range | None:
    holding = [one for one in known if _within(values, one)]
    return min(holding, key=lambda one: one[1] - one[0], default=None)


def _within(values: pl.Series, one: Range) -> bool:
    low, high = one
    return bool(values.is_between(low - _ROUNDING, high + _ROUNDING).all())


def _words(values: pl.Series) -> str:
    inside = values.to_numpy()
    return f"{inside.min():g} to {inside.max():g}"
