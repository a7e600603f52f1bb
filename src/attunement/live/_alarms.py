"""The alarms of a session while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attunement.errors import UsageError
from attunement.live import _falling, _rupture, _widening
from attunement.live._falling import Fall
from attunement.live._rupture import (
    Gathering,
    RuptureKind,
    RuptureMarker,
    asks_openly,
    rupture_markers,
)
from attunement.live._rupture_language import Language
from attunement.live._state import Alarm, AlarmKind
from attunement.live._threshold import FalseAlarms
from attunement.live._widening import Exchanges
from attunement.tables import ROLES

PER_TURNS = 45
"""Turns of the patient in a typical session, where nothing else is said."""

MESSAGES: Mapping[AlarmKind, str] = {
    "falling": _falling.MESSAGE,
    "widening": _widening.MESSAGE,
    **_rupture.MESSAGES,
}

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
    """The alarms of one session; it keeps numbers and no words.

    Notes
    -----
    A turn costs a search in the patient's sorted scores and one for rupture markers, whose time is
    that of the turn's words. Whatever a step raises, it raises before anything has changed.
    """

    falling: Fall
    widening: Fall
    exchanges: Exchanges = field(default_factory=Exchanges)
    language: Language = field(default_factory=Language)
    gathered: dict[RuptureKind, Gathering] = field(
        default_factory=lambda: {kind: Gathering() for kind in _rupture.KINDS}
    )
    openly_asked: bool = False
    levels: dict[AlarmKind, float] = field(default_factory=lambda: dict.fromkeys(MESSAGES, 0.0))

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

        Returns
        -------
        Raised
            *withdrawal* and *confrontation* have no level while the session is not in English.

        Raises
        ------
        UsageError
            The alliance is no finite number.
        """
        if scores is None or role not in ROLES:
            return Raised((), dict(self.levels))
        alliance = _finite(float(scores[_ALLIANCE]))
        if role == "patient":
            self.levels["falling"] = self.falling.step(alliance)
        difference = self.exchanges.step(role, alliance)
        if difference is not None:
            self.levels["widening"] = self.widening.step(difference)
        words = self._ruptures(role, text)
        levels = dict(self.levels)
        raised = [kind for kind, level in levels.items() if level > 1]
        self.levels.update(dict.fromkeys(raised, 0.0))
        return Raised(
            alarms=tuple(
                Alarm(kind, turn, levels[kind], words.get(kind, ()), MESSAGES[kind])
                for kind in raised
            ),
            levels=levels,
        )

    def _ruptures(self, role: str, text: str) -> dict[AlarmKind, tuple[str, ...]]:
        """Bring the levels of both kinds up to date; give the words that show each."""
        in_english = self.language.step(text)
        found: tuple[RuptureMarker, ...] = ()
        if role == "therapist":
            self.openly_asked = in_english and asks_openly(text)
        elif in_english:
            found = rupture_markers(text, openly_asked=self.openly_asked)
            self.openly_asked = False
        words: dict[AlarmKind, tuple[str, ...]] = {}
        for kind, gathering in self.gathered.items():
            if not in_english:
                self.levels.pop(kind, None)
                continue
            mine = tuple(one for one in found if one.kind == kind)
            words[kind] = tuple(one.words for one in mine)
            if role == "patient":
                self.levels[kind] = gathering.step(mine)
            else:
                self.levels.setdefault(kind, 0.0)
        return words


def _finite(alliance: float) -> float:
    if not np.isfinite(alliance):
        raise UsageError(
            f"a turn's alliance is {alliance}, expected a finite number",
            mend="Give None as the scores of a turn that could not be scored",
            field="scores",
        )
    return alliance
