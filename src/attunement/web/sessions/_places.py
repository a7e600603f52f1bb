"""Two places of a session among others, and how far apart they would lie by chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement import wire

_CLOSE = 1e-9


def place_among(value: float, others: Sequence[float], *, unit: str) -> wire.Place:
    """Say how many of the others are lower, equal and higher."""
    lower, higher = sum(one < value for one in others), sum(one > value for one in others)
    return wire.Place(
        value=value,
        unit=unit,
        lower=lower,
        equal=len(others) - lower - higher,
        higher=higher,
        others=len(others),
    )


def by_chance(rated: Sequence[float], heard: Sequence[float]) -> float:
    """Give how often two places are as far apart as the first session's, where nothing relates.

    Parameters
    ----------
    rated, heard : sequence of float
        The sessions' values by either, that of the session itself first.

    Returns
    -------
    float
        From 0 to 1. If the two have nothing to do with each other, any place by the one goes with
        any place by the other equally often; ties share a place.
    """
    by_rating, by_language = _places(rated), _places(heard)
    apart = np.abs(by_rating[:, None] - by_language[None, :])
    return float((apart >= apart[0, 0] - _CLOSE).mean())


def _places(values: Sequence[float]) -> NDArray[np.float64]:
    given = np.asarray(values, dtype=np.float64)
    lower = (given[None, :] < given[:, None]).sum(axis=1)
    equal = (given[None, :] == given[:, None]).sum(axis=1)
    return np.asarray(lower + (equal - 1) / 2)
