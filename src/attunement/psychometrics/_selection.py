"""Choosing items one after the other, each the one that helps the form most."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import TypeAlias

import numpy as np
from scipy.stats import rankdata

from attunement.reliability import alpha_of
from attunement.statistics import Array

Selection: TypeAlias = Callable[[Array, Array, int], list[int]]
"""Forms (n, k), ratings (n) and how many, to the items chosen, in the order of choosing."""


def by_rating(forms: Array, ratings: Array, most: int) -> list[int]:
    """Choose items whose sum goes best with the ratings, by Spearman.

    Parameters
    ----------
    forms : ndarray of shape (n, k)
        Standardised answers, none missing.
    ratings : ndarray of shape (n,)
        What people rated.
    most : int
        How many to choose.

    Returns
    -------
    list of int
        Places of the items, the first chosen first: the first j of them are the form of j.

    Examples
    --------
    >>> forms = np.array([[1.0, 4.0], [2.0, 3.0], [3.0, 1.0], [4.0, 2.0]])
    >>> by_rating(forms, np.array([1.0, 2.0, 4.0, 5.0]), 1)
    [0]
    """
    rated = _unit_ranks(ratings[:, None])[:, 0]
    chosen: list[int] = []
    total = np.zeros(len(forms))
    while len(chosen) < min(most, forms.shape[1]):
        left = [place for place in range(forms.shape[1]) if place not in chosen]
        merits = rated @ _unit_ranks(total[:, None] + forms[:, left])
        chosen.append(left[int(np.argmax(merits))])
        total = total + forms[:, chosen[-1]]
    return chosen


def by_alpha(forms: Array, ratings: Array, most: int) -> list[int]:
    """Choose items that make the most reliable sum, by alpha; begins with the best pair.

    Takes and gives what `by_rating` does; the ratings are not looked at.
    """
    covariances = np.cov(forms, rowvar=False)
    size = forms.shape[1]

    def merit(places: Iterable[int]) -> float:
        places = list(places)
        return float(np.nan_to_num(alpha_of(covariances[np.ix_(places, places)]), nan=-np.inf))

    chosen = list(max(combinations(range(size), 2), key=merit))
    while len(chosen) < min(most, size):
        left = [place for place in range(size) if place not in chosen]
        chosen.append(max(left, key=lambda place: merit((*chosen, place))))
    return chosen


def _unit_ranks(columns: Array) -> Array:
    """Rank columns, centre them, and give them length 1; all 0 where nothing varies."""
    ranked = rankdata(np.round(columns, 12), axis=0)
    ranked -= ranked.mean(axis=0)
    length = np.sqrt((ranked**2).sum(axis=0))
    return np.asarray(np.divide(ranked, length, out=np.zeros_like(ranked), where=length > 0))
