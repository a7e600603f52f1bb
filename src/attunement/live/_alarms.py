"""The alarms of a session while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attunement.live import _falling, _widening
from attunement.live._falling import Fall
from attunement.live._state import Alarm, AlarmKind
from attunement.live._threshold import FalseAlarms
from attunement.live._widening import Exchanges
from attunement.tables import ROLES

PER_TURNS = 45
"""Turns of the patient in a typical session, where nothing else is said."""

MESSAGES: Mapping[AlarmKind, str] = {"falling": _falling.MESSAGE, "widening": _widening.MESSAGE}

_ALLIANCE = 3


@dataclass(frozen=True, slots=True)
class Raised:
    """What the alarms say after a turn.

    Attributes
    ----------
    alarms : tuple of Alarm
        Those raised at this turn.
    levels : dict of str to float
        Every alarm's statistic now; 1 is its threshold. An alarm that does not apply is left out.
    """

    alarms: tuple[Alarm, ...]
    levels: dict[AlarmKind, float] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Alarms:
    """How alarms are to be raised; the same for all sessions.

    Attributes
    ----------
    false_alarms : float
        Expected false alarms of *falling*, and of *widening*, in a session of `per_turns` turns of
        the patient in which nothing changes; .01 to 1.
    per_turns : int
        Turns of the patient in a typical session.
    carry_over, carry_over_of_difference : float
        Correlation of successive turns of the patient, and of successive differences of the sides,
        that is allowed for where nothing changes.
    """

    false_alarms: float = 0.1
    per_turns: int = PER_TURNS
    carry_over: float = _falling.CARRY_OVER
    carry_over_of_difference: float = _widening.CARRY_OVER

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> SessionAlarms:
        """Begin to listen to a session."""
        return SessionAlarms(
            falling=Fall(self._limits(self.carry_over)),
            widening=Fall(self._limits(self.carry_over_of_difference)),
        )

    def _limits(self, carry_over: float) -> NDArray[np.float64]:
        return FalseAlarms(
            per_session=self.false_alarms, per_turns=self.per_turns, carry_over=carry_over
        ).limits()


@dataclass(slots=True)
class SessionAlarms:
    """The alarms of one session.

    Notes
    -----
    A turn costs a search in the patient's sorted scores, and otherwise the same at any length.
    """

    falling: Fall
    widening: Fall
    exchanges: Exchanges = field(default_factory=Exchanges)
    levels: dict[AlarmKind, float] = field(
        default_factory=lambda: {"falling": 0.0, "widening": 0.0}
    )

    def step(
        self, *, turn: int, role: str, scores: NDArray[np.float64] | None, text: str
    ) -> Raised:
        """Take in the next turn.

        Parameters
        ----------
        turn : int
            Its number.
        role : {"patient", "therapist", "other"}
            Who spoke.
        scores : ndarray of shape (4,) or None
            Task, bond, goal and alliance by the zero-shot contrast; None where the turn is not
            scored.
        text : str
            What was said.
        """
        if scores is None or role not in ROLES:
            return Raised((), dict(self.levels))
        alliance = float(scores[_ALLIANCE])
        if role == "patient":
            self.levels["falling"] = self.falling.step(alliance)
        difference = self.exchanges.step(role, alliance)
        if difference is not None:
            self.levels["widening"] = self.widening.step(difference)
        levels = dict(self.levels)
        raised = [kind for kind, level in levels.items() if level > 1]
        self.levels.update(dict.fromkeys(raised, 0.0))
        return Raised(
            alarms=tuple(Alarm(kind, turn, levels[kind], (), MESSAGES[kind]) for kind in raised),
            levels=levels,
        )
