"""One session, heard turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Self

from attunement.alliance import Vectors, words_of
from attunement.alliance.fitted import SessionSoFar, spoken_turns
from attunement.live._alarms import SessionAlarms
from attunement.live._courses import Course, Numbers, slope
from attunement.live._described import nearest_anchors, state_of
from attunement.live._ears import Ears
from attunement.live._running import Running, fitted, nothing_yet, zero_shot
from attunement.live._state import Heard, Nearest, State
from attunement.live._turns import checked
from attunement.tables import Role
from attunement.transcripts import Turn


@dataclass(frozen=True, slots=True)
class _SoFar:
    """What a monitor keeps of a session: sums, and no words."""

    courses: dict[Role, Course]
    features: SessionSoFar | None
    running: Running
    alarms: SessionAlarms

    @classmethod
    def begin(cls, ears: Ears) -> Self:
        return cls(
            courses={"patient": Course.begin(), "therapist": Course.begin()},
            features=None if ears.model is None else SessionSoFar(ears.hearing.dimension),
            running=nothing_yet(),
            alarms=ears.alarms.start(),
        )


class Monitor:
    """One session, heard turn by turn; `Listener.monitor` makes it.

    A turn costs the same however long the session is, and no text is kept. One monitor is used by
    one thread at a time; different monitors may be used at once.

    Parameters
    ----------
    ears : Ears
        The listener's.
    session_id : str
        The session.

    Attributes
    ----------
    turns : int
        How many turns it has heard; also the number that the next one must have.
    state : State or None
        What is known after the last one.
    """

    def __init__(self, ears: Ears, session_id: str) -> None:
        self.session_id = session_id
        self.turns = 0
        self.state: State | None = None
        self._ears = ears
        self._so_far = _SoFar.begin(ears)

    def step(self, turn: Turn) -> State:
        """Hear the next turn.

        Consecutive turns of one speaker are separate turns. The text is cleaned as the readers
        clean it (NFC, no control characters).

        Parameters
        ----------
        turn : Turn
            Its number must be `turns`.

        Returns
        -------
        State
            What is known now.

        Raises
        ------
        DataError
            Another number, or no such role. Then, and whatever else is raised, the monitor is as
            it was, and the same turn may be given again.
        """
        return self._hear(checked(turn, expected=self.turns), None)

    def catch_up(self, turns: Sequence[Turn]) -> None:
        """Hear turns that lie back already, embedding them all at once.

        Raises
        ------
        DataError
            As `step` does, before any of them is heard.
        """
        clean = [checked(turn, expected=self.turns + n) for n, turn in enumerate(turns)]
        vectors = self._ears.encoder.encode([turn.text for turn in clean])
        for place, turn in enumerate(clean):
            self._hear(turn, vectors[place : place + 1])

    def _hear(self, turn: Turn, vectors: Vectors | None) -> State:
        """Hear a turn that was checked, with its vector (1, d) where it is known already."""
        ears, before = self._ears, self._so_far
        words = words_of(turn.role, turn.text)
        courses, features, running = before.courses, before.features, before.running
        scores: Numbers | None = None
        evidence: tuple[Nearest, ...] = ()
        if words is not None and turn.role != "other":
            role = turn.role
            if vectors is None:
                vectors = ears.encoder.encode([turn.text])
            scores = ears.hearing.contrast(vectors, [role])[0]
            course = courses[role].then(turn=turn.turn, scores=scores)
            courses = {**courses, role: course}
            (evidence,) = nearest_anchors(ears.evidence, vectors, role)
            if features is None or ears.model is None:
                running = zero_shot(**courses)
            else:
                features = features.copy()
                features.add(
                    spoken_turns(ears.hearing, vectors=vectors, roles=[role], words=[words]), 0, 1
                )
                running = fitted(ears.model.scales, ears.model.so_far(features)).at(0)
        alarms = deepcopy(before.alarms)
        raised = alarms.step(
            turn=turn.turn,
            role=turn.role,
            scores=scores,
            text=turn.text,
            english_only=ears.english_only,
        )
        state = state_of(
            ears=ears,
            session_id=self.session_id,
            turn=turn,
            heard=Heard(int(courses["patient"].count), int(courses["therapist"].count)),
            scores=scores,
            running=running,
            slope=slope(courses["patient"]),
            evidence=evidence,
            raised=raised,
        )
        self._so_far = _SoFar(courses, features, running, alarms)
        self.turns, self.state = self.turns + 1, state
        return state
