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
from attunement.live._safety import Rest
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
    in_english : bool or None
        Whether what was said so far is English; None with too few words.
    safety_turn : int or None
        The latest turn with words that may be about not wanting to live, while ruptures are not
        looked for because of them; see `Rest`.
    """

    alarms: tuple[Alarm, ...]
    levels: dict[AlarmKind, float] = field(hash=False)
    in_english: bool | None = None
    safety_turn: int | None = None


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
    in_english: bool | None = None
    rest: Rest = field(default_factory=Rest)
    gathered: dict[RuptureKind, Gathering] = field(
        default_factory=lambda: {kind: Gathering() for kind in _rupture.KINDS}
    )
    openly_asked: bool = False
    levels: dict[AlarmKind, float] = field(default_factory=lambda: dict.fromkeys(MESSAGES, 0.0))

    def step(
        self,
        *,
        turn: int,
        role: str,
        scores: NDArray[np.float64] | None,
        text: str,
        english_only: bool = True,
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
        english_only : bool
            Whether scores say something of English only.

        Returns
        -------
        Raised
            While the session is not in English, *withdrawal* and *confrontation* have no level, and
            with `english_only` no alarm has.

        Raises
        ------
        UsageError
            The alliance is no finite number.
        """
        if scores is None or role not in ROLES:
            return self._said(())
        alliance = _finite(float(scores[_ALLIANCE]))
        self.in_english = self.language.step(text)
        self._courses(role, alliance, applies=not english_only or self.in_english is not False)
        words = self._ruptures(turn, role, text)
        raised = [kind for kind, level in self.levels.items() if level > 1]
        said = self._said(
            tuple(
                Alarm(kind, turn, self.levels[kind], words.get(kind, ()), MESSAGES[kind])
                for kind in raised
            )
        )
        self.levels.update(dict.fromkeys(raised, 0.0))
        return said

    def _said(self, alarms: tuple[Alarm, ...]) -> Raised:
        return Raised(alarms, dict(self.levels), self.in_english, self.rest.turn)

    def _courses(self, role: str, alliance: float, *, applies: bool) -> None:
        """Bring the levels of *falling* and *widening* up to date."""
        if not applies:
            self.levels.pop("falling", None)
            self.levels.pop("widening", None)
            return
        if role == "patient":
            self.levels["falling"] = self.falling.step(alliance)
        difference = self.exchanges.step(role, alliance)
        if difference is not None:
            self.levels["widening"] = self.widening.step(difference)
        self.levels.setdefault("falling", 0.0)
        self.levels.setdefault("widening", 0.0)

    def _ruptures(self, turn: int, role: str, text: str) -> dict[AlarmKind, tuple[str, ...]]:
        """Bring the levels of both kinds up to date; give the words that show each."""
        resting = self.rest.step(turn=turn, role=role, text=text) is not None
        applies = self.in_english is not False
        found: tuple[RuptureMarker, ...] = ()
        if role == "therapist":
            self.openly_asked = applies and asks_openly(text)
        elif applies:
            if not resting:
                found = rupture_markers(text, openly_asked=self.openly_asked)
            self.openly_asked = False
        words: dict[AlarmKind, tuple[str, ...]] = {}
        for kind, gathering in self.gathered.items():
            if not applies:
                self.levels.pop(kind, None)
            elif resting:
                gathering.weight = self.levels[kind] = 0.0
            elif role == "patient":
                mine = tuple(one for one in found if one.kind == kind)
                words[kind] = tuple(one.words for one in mine)
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
