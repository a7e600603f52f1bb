"""How far turns must fall before an alarm: limits calibrated by permutation.

The limits are dynamic: each turn has its own, so that the rate of false alarms is the same at every
turn from `LEAST_TURNS` on. Shen, X., Zou, C., Jiang, W., and Tsung, F. (2013). Monitoring Poisson
count data with probability control limits when sample sizes are time varying. Naval Research
Logistics, 60(8), 625-636.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from attunement.errors import UsageError

LEAST_TURNS = 8
"""With fewer turns there is no alarm: too few to fall against."""

ALLOWANCE = 0.25
"""What is taken from each turn's score before it counts. Half the fall it is keenest on, in
standard deviations of one turn: half of one is a slump worth looking at, and larger ones are found
anyway."""

_PATHS = 40_000
_TURNS = 100
"""Limits hardly move after so many turns; the last ones' mean holds from there on."""
_LAST = 20
_LOWEST, _HIGHEST = 0.01, 1.0
_FEWEST_PATHS = 20
"""With fewer paths beyond a limit it is read off the tail's slope: sums of independent scores have
an exponential tail."""
_MOST_CARRIED = 0.5


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """How many false alarms are put up with.

    Attributes
    ----------
    per_session : float
        Expected false alarms in a session of `per_turns` turns; longer sessions have more, shorter
        ones fewer, in proportion to the turns from `LEAST_TURNS` on.
    per_turns : int
        Turns of the patient in a typical session.
    carry_over : float
        How much of a turn's deviation carries over to the next one, as the correlation of
        successive turns where nothing changes. With 0 the null is that every order of the turns is
        equally likely.
    """

    per_session: float
    per_turns: int
    carry_over: float

    def __post_init__(self) -> None:
        if not _LOWEST <= self.per_session <= _HIGHEST:
            raise UsageError(
                f"{self.per_session} false alarms a session were asked for; "
                f"between {_LOWEST} and {_HIGHEST} can be had",
                mend="Ask for 0.1, one in ten sessions, to begin with",
                field="false_alarms",
            )
        if self.per_turns <= LEAST_TURNS:
            raise UsageError(
                f"a typical session was said to have {self.per_turns} turns of the patient; "
                f"an alarm needs more than {LEAST_TURNS}",
                mend="Give the mean number of the patient's turns in your sessions",
                field="per_turns",
            )
        if not 0 <= self.carry_over <= _MOST_CARRIED:
            raise UsageError(
                f"a carry-over of {self.carry_over} was given; expected 0 to {_MOST_CARRIED}",
                mend="Leave it at its default",
                field="carry_over",
            )

    @property
    def per_turn(self) -> float:
        """The rate at each turn from `LEAST_TURNS` on."""
        return self.per_session / (self.per_turns - LEAST_TURNS + 1)

    def limits(self) -> NDArray[np.float64]:
        """Give the limit of each turn; the last one holds for all turns after it.

        Returns
        -------
        ndarray of shape (100,)
            Of the sum that `Fall` keeps. Infinite before `LEAST_TURNS`.
        """
        return _limits(self.per_turn, self.carry_over)


def rank_score(below: int, equal: int, count: int) -> float:
    """Give a turn's place among the turns up to it as a standard normal score.

    Parameters
    ----------
    below, equal : int
        Turns lower than it, and others equal to it.
    count : int
        Turns up to and with it.

    Notes
    -----
    Where every order is equally likely, the ranks of successive turns, each among those before it,
    are independent and uniform (Parent, 1965), whatever the turns' distribution. Ties share their
    rank, which makes the scores smaller, and alarms rarer.
    """
    return float(ndtri((below + equal / 2 + 0.5) / count))


@cache
def _limits(per_turn: float, carry_over: float) -> NDArray[np.float64]:
    scores = _null_scores(carry_over)
    exceeding = per_turn * _PATHS
    sums = np.zeros(_PATHS, dtype=np.float32)
    limits = np.full(_TURNS, np.inf)
    for turn, score in enumerate(scores):
        sums = np.maximum(0, sums - score - ALLOWANCE)
        if turn + 1 >= LEAST_TURNS:
            limits[turn] = _exceeded_by(sums, exceeding)
            sums[sums > limits[turn]] = 0
    limits[-1] = limits[-_LAST:].mean()
    limits.setflags(write=False)
    return limits


def _exceeded_by(sums: NDArray[np.float32], paths: float) -> float:
    """Give what so many of the sums exceed; fewer than one of them, too."""
    if paths >= _FEWEST_PATHS:
        place = len(sums) - int(paths) - 1
        return float(np.partition(sums, place)[place])
    places = [len(sums) - 10 * _FEWEST_PATHS - 1, len(sums) - _FEWEST_PATHS - 1]
    ten_times, once = np.partition(sums, places)[places].tolist()
    return float(once + (once - ten_times) / np.log(10) * np.log(_FEWEST_PATHS / paths))


@cache
def _null_scores(carry_over: float) -> NDArray[np.float32]:
    """Draw rank scores of sessions in which nothing changes, (turns, sessions).

    Sequences in which each value keeps `carry_over` of the last; only their order counts, so with
    0 they are random permutations.
    """
    rng = np.random.default_rng(0)
    values = rng.standard_normal((_TURNS, _PATHS), dtype=np.float32)
    fresh = np.float32(np.sqrt(1 - carry_over**2))
    for turn in range(1, _TURNS):
        values[turn] = np.float32(carry_over) * values[turn - 1] + fresh * values[turn]
    scores = np.empty_like(values)
    for turn in range(_TURNS):
        below = (values[:turn] < values[turn]).sum(axis=0, dtype=np.int16)
        places = ndtri((np.arange(turn + 1) + 0.5) / (turn + 1)).astype(np.float32)
        scores[turn] = places[below]
    return scores
