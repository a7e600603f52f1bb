"""Whether the role difference moves: the patient's turns held against the therapist's before them.

Patient less therapist falls when the patient's side comes down or the therapist's goes up, wherever
they stood: a patient who comes down towards the therapist raises it as one who moves away does.
"""

from __future__ import annotations

from dataclasses import dataclass

CARRY_OVER = 0.07
"""Correlation of successive differences that is allowed for, chosen as that of *falling*."""

MESSAGE = (
    "The role difference has moved against the patient's side, compared with earlier in this "
    "session; either side may have moved."
)


@dataclass(slots=True)
class Exchanges:
    """Pairs each answer of the patient with what the therapist said before it.

    Of several turns in a row, the therapist's are averaged and the patient's first counts, so that
    no turn stands in two differences. An offset of one role or its wording is in every difference
    alike, and cancels in their change.
    """

    _total: float = 0.0
    _count: int = 0
    _answered: bool = False

    def step(self, role: str, alliance: float) -> float | None:
        """Take in a turn.

        Returns
        -------
        float or None
            Patient less therapist, where an exchange is complete with this turn.
        """
        if role == "therapist":
            if self._answered:
                self._total, self._count, self._answered = 0.0, 0, False
            self._total += alliance
            self._count += 1
            return None
        if self._answered or not self._count:
            return None
        self._answered = True
        return alliance - self._total / self._count
