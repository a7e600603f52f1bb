"""Numbering a session's turns, for a sender who is the only one."""

from __future__ import annotations

from uuid import uuid4

from attunement.wire import NewTurn, Role


class Numbering:
    """Gives every turn the next number and an id of its own.

    Parameters
    ----------
    next_number : int
        The number that the session's next turn must have.
    """

    def __init__(self, next_number: int) -> None:
        self.next_number = next_number

    def turn(
        self,
        role: Role,
        text: str,
        *,
        turn_id: str | None,
        speaker: str | None,
        start: float | None,
        end: float | None,
    ) -> NewTurn:
        """Make the next turn; the number is used up only by `taken`."""
        return NewTurn(
            turn_id=turn_id or uuid4().hex,
            number=self.next_number,
            role=role,
            text=text,
            speaker=speaker,
            start=start,
            end=end,
        )

    def taken(self, number: int) -> None:
        """Note that the service has the turn of this number."""
        self.next_number = max(self.next_number, number + 1)
