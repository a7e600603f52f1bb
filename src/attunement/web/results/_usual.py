"""What is usual: each marker of each session of an organisation, and where one session stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np

FEWEST_OTHERS = 5
"""With fewer other sessions nothing is called usual."""

_RARE = 0.1

Standing: TypeAlias = Literal["lower", "usual", "higher"]


@dataclass(frozen=True, slots=True)
class Usual:
    """What a marker is in the other sessions.

    Attributes
    ----------
    median, low, high : float
        The middle, and the ends of the middle half.
    sessions : int
        How many others have it.
    standing : {"lower", "usual", "higher"}
        Whether at most one in ten of the others is as low, or as high.
    """

    median: float
    low: float
    high: float
    sessions: int
    standing: Standing


class Values:
    """The markers of sessions side by side.

    Parameters
    ----------
    order : list of str
        The sessions.
    values : dict of str to list of float or None
        By "role marker", one value a session.
    """

    def __init__(
        self,
        order: list[str] | None = None,
        values: dict[str, list[float | None]] | None = None,
    ) -> None:
        self.order = order or []
        self.values = values or {}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Take up what `as_json` gives."""
        return cls(list(kept["order"]), {name: list(v) for name, v in kept["values"].items()})

    def as_json(self) -> dict[str, Any]:
        """Give everything as JSON."""
        return {"order": self.order, "values": self.values}

    def add(self, session_id: str, language: Mapping[str, Any]) -> None:
        """Add a session that is not among them."""
        before = len(self.order)
        self.order.append(session_id)
        for values in self.values.values():
            values.append(None)
        for role, marker, value, _ in language["session"]:
            column = self.values.setdefault(f"{role} {marker}", [None] * (before + 1))
            column[before] = value

    def usual(self, role: str, marker: str, *, value: float, but: str) -> Usual | None:
        """Say what is usual in the other sessions; None where they are too few.

        Parameters
        ----------
        role, marker : str
            Which.
        value : float
            The session's own.
        but : str
            The session itself, which does not count.
        """
        column = self.values.get(f"{role} {marker}", [])
        others = np.array(
            [
                other
                for session_id, other in zip(self.order, column, strict=False)
                if other is not None and session_id != but
            ]
        )
        if len(others) < FEWEST_OTHERS:
            return None
        low, median, high = np.quantile(others, [0.25, 0.5, 0.75])
        standing: Standing = "usual"
        if value < median and float((others <= value).mean()) <= _RARE:
            standing = "lower"
        elif value > median and float((others >= value).mean()) <= _RARE:
            standing = "higher"
        return Usual(
            median=float(median),
            low=float(low),
            high=float(high),
            sessions=len(others),
            standing=standing,
        )
