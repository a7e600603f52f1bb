"""From arrays to the plain values of a state."""

from __future__ import annotations

from math import isnan

import numpy as np
from numpy.typing import NDArray

from attunement.alliance import COLUMNS, Evidence, Vectors
from attunement.live._alarms import Raised
from attunement.live._courses import Numbers, Slope
from attunement.live._ears import Ears
from attunement.live._running import Bounds, Running, nothing_yet
from attunement.live._state import (
    Direction,
    Estimate,
    Heard,
    Measures,
    Nearest,
    Scores,
    State,
    Trend,
)
from attunement.tables import ALLIANCE, SCALES, Role
from attunement.transcripts import Turn

_ALLIANCE = COLUMNS.index(ALLIANCE)


def state_of(
    *,
    ears: Ears,
    session_id: str,
    turn: Turn,
    heard: Heard,
    scores: Numbers | None,
    running: Running,
    slope: Slope,
    evidence: tuple[Nearest, ...],
    raised: Raised,
) -> State:
    """Put together what is known after a turn; all arrays are of shape (4,).

    While the session is not in English, and only English is understood, nothing is estimated.
    """
    if ears.english_only and raised.in_english is False:
        scores, running, slope, evidence = None, nothing_yet(), _no_slope(), ()
    return State(
        session_id=session_id,
        turn=turn.turn,
        role=turn.role,
        scored=scores is not None,
        estimator=ears.estimator,
        unit=ears.unit,
        on_common_scale=ears.on_common_scale,
        heard=heard,
        scores=None if scores is None else _scores(scores),
        patient=_measures(running.patient),
        therapist=_measures(running.therapist),
        gap=_measures(running.gap),
        trend=_trend(slope),
        evidence=evidence,
        alarms=raised.alarms,
        levels={str(kind): level for kind, level in raised.levels.items()},
        in_english=raised.in_english,
        safety_turn=raised.safety_turn,
    )


def nearest_anchors(evidence: Evidence, vectors: Vectors, role: Role) -> list[tuple[Nearest, ...]]:
    """Find, for each of one side's turns, the anchors nearest to it, scale by scale."""
    found: list[list[Nearest]] = [[] for _ in vectors]
    for scale in SCALES:
        anchors, _ = evidence.anchors_[role, scale]
        places, similarities = evidence.nearest_to(vectors, role=role, scale=scale)
        for of_turn, which, near in zip(found, places, similarities, strict=True):
            of_turn += [
                Nearest(
                    scale=scale,
                    pole=anchors[place].pole,
                    anchor=anchors[place].anchor_id,
                    text=anchors[place].text,
                    similarity=float(similarity),
                )
                for place, similarity in zip(which, near, strict=True)
            ]
    return [tuple(of_turn) for of_turn in found]


def _no_slope() -> Slope:
    """Give what is known of the trend before anything was said."""
    unknown = np.full(len(COLUMNS), np.nan)
    return Slope(unknown, unknown)


def _scores(scores: NDArray[np.float64]) -> Scores:
    task, bond, goal, alliance = scores.tolist()
    return Scores(task=task, bond=bond, goal=goal, alliance=alliance)


def _measures(bounds: Bounds) -> Measures:
    triples = zip(bounds.value.tolist(), bounds.low.tolist(), bounds.high.tolist(), strict=True)
    task, bond, goal, alliance = (_estimate(*triple) for triple in triples)
    return Measures(alliance=alliance, task=task, bond=bond, goal=goal)


def _estimate(value: float, low: float, high: float) -> Estimate | None:
    if isnan(value):
        return None
    return Estimate(value, None, None) if isnan(low) else Estimate(value, low, high)


def _trend(slope: Slope) -> Trend | None:
    value = 10 * float(slope.value[_ALLIANCE])
    reach = 10 * float(slope.half_width[_ALLIANCE])
    if isnan(value):
        return None
    low, high = value - reach, value + reach
    direction: Direction = "rising" if low > 0 else "falling" if high < 0 else "steady"
    return Trend(per_ten_turns=value, low=low, high=high, direction=direction)
