"""Whether values fall within a session: a one-sided CUSUM of sequential ranks."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attunement.live._threshold import ALLOWANCE, LEAST_TURNS, rank_score

CARRY_OVER = 0.18
"""Correlation of a patient's successive scores that is allowed for. With it, sessions of the
development half of KokoroChat whose turns are permuted in blocks of five, which keeps what is alike
in neighbouring turns, raise as many alarms as asked for (docs/alarms.md)."""

MESSAGE = (
    "The patient's language scores lower in alliance of late than it did earlier in this session."
)


@dataclass(slots=True)
class Fall:
    """A running test of whether values have fallen below those before them.

    Attributes
    ----------
    limits : ndarray
        As `FalseAlarms.limits` gives them.
    evidence : float
        The sum that is held against them; it starts anew after each alarm.

    Notes
    -----
    With z the normal score of a value's rank among all up to it, the sum is
    max(0, sum - z - allowance) (Page, 1954; on sequential ranks: McDonald, 1990). It sees a fall
    against the session's own earlier turns. A session that is low from its first turn on has not
    fallen; and as low turns gather they become what later ones are held against.
    """

    limits: NDArray[np.float64]
    evidence: float = 0.0
    _ordered: array[float] = field(default_factory=lambda: array("d"))

    def step(self, value: float) -> float:
        """Take in the next value.

        Returns
        -------
        float
            The sum as a share of its limit: above 1 is an alarm, and the sum then starts anew. 0
            while there are too few values.
        """
        place = bisect_left(self._ordered, value)
        equal = bisect_right(self._ordered, value) - place
        self._ordered.insert(place, value)
        count = len(self._ordered)
        self.evidence = max(0.0, self.evidence - rank_score(place, equal, count) - ALLOWANCE)
        if count < LEAST_TURNS:
            return 0.0
        level = self.evidence / float(self.limits[min(count, len(self.limits)) - 1])
        if level > 1:
            self.evidence = 0.0
        return level
