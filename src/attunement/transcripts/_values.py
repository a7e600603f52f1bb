"""Finding the types of the user's own columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attunement.transcripts._model import Value

_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?(?:[eE][+-]?\d{1,2})?")
_TRUTH = {"true": True, "false": False}


def typed_columns(columns: Mapping[str, Sequence[str]]) -> dict[str, list[Value]]:
    """Give the columns of a text table the type that all their cells have.

    Parameters
    ----------
    columns : Mapping
        Name to cells, "" where there is none.

    Returns
    -------
    dict
        Whole numbers, numbers, truth values or text; None for an empty cell. Numbers with
        leading zeros are text: they are codes.
    """
    return {name: _typed(cells) for name, cells in columns.items()}


def _typed(cells: Sequence[str]) -> list[Value]:
    filled = [cell for cell in cells if cell]
    if all(_WHOLE.fullmatch(cell) for cell in filled):
        return [int(cell) if cell else None for cell in cells]
    if all(_NUMBER.fullmatch(cell) for cell in filled):
        return [float(cell) if cell else None for cell in cells]
    if all(cell.lower() in _TRUTH for cell in filled):
        return [_TRUTH[cell.lower()] if cell else None for cell in cells]
    return [cell or None for cell in cells]
