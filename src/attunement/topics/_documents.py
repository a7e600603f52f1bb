"""Turns put together as documents: whole sessions, or passages of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from attunement.topics._contract import Sessions
from attunement.topics._words import Counts

PASSAGE_TURNS = 5


def passages(counts: Counts, sessions: Sessions, *, at_least: int) -> Counts:
    """Count words in whole sessions, or in shorter passages where sessions are few.

    Parameters
    ----------
    counts : sparse array of shape (n, words)
        Word counts a turn.
    sessions : ndarray of shape (n,)
        Each turn's session.
    at_least : int
        With fewer sessions than this, each is cut into passages of five turns, and with fewer
        passages than this, turns stand alone.
    """
    whole = _numbered(sessions)
    if whole.max(initial=-1) + 1 >= at_least:
        return joined(counts, whole)
    cut = passage_numbers(sessions, turns=PASSAGE_TURNS)
    return joined(counts, cut) if cut.max(initial=-1) + 1 >= at_least else counts


def passage_numbers(sessions: Sessions, *, turns: int) -> NDArray[np.int64]:
    """Give the number, from 0, of the passage of so many turns that each turn is in."""
    first = np.flatnonzero(np.r_[True, sessions[1:] != sessions[:-1]])
    place = np.arange(len(sessions)) - np.repeat(first, np.diff(np.r_[first, len(sessions)]))
    starts = place % turns == 0
    return np.asarray(np.cumsum(starts) - 1, dtype=np.int64)


def _numbered(sessions: Sessions) -> NDArray[np.int64]:
    return np.asarray(np.unique(sessions, return_inverse=True)[1], dtype=np.int64)


def joined(counts: Counts, groups: NDArray[np.int64]) -> Counts:
    """Add up the counts of the turns of each group, numbered from 0."""
    n = len(groups)
    gather = sparse.csr_array(
        (np.ones(n, dtype=np.float32), (groups, np.arange(n))), shape=(int(groups.max()) + 1, n)
    )
    return sparse.csr_array(gather @ counts)
