"""What is usual: each marker of each session of an organisation, and where one session stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np

FEWEST_OTHERS = 20
"""With fewer other sessions nothing is called usual."""

RARE = 0.05
"""A session stands out where so few are as far out, low and high together."""

FEWEST_TO_STAND_OUT = round(2 / RARE) - 1
"""With fewer others even the lowest and the highest of all are not that rare."""

_CLOSE = 1e-9

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
    rarity : float
        Share of sessions that lie as far out, low and high together, if this one is like the
        others: of all of them with this one, as counting alone has it.
    standing : {"lower", "usual", "higher"}
        lower or higher where the rarity is at most `RARE`.
    """

    median: float
    low: float
    high: float
    sessions: int
    rarity: float
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
        as_low, as_high = int((others <= value).sum()), int((others >= value).sum())
        rarity = min(1.0, 2 * (1 + min(as_low, as_high)) / (1 + len(others)))
        standing: Standing = "usual"
        if rarity <= RARE + _CLOSE:
            standing = "lower" if as_low < as_high else "higher"
        return Usual(
            median=float(median),
            low=float(low),
            high=float(high),
            sessions=len(others),
            rarity=rarity,
            standing=standing,
        )


def standing_out_by_chance(others: int) -> float:
    """Give how likely a session like the others stands out on one marker; ties make it rarer."""
    places = others + 1
    return 2 * int(RARE / 2 * places + _CLOSE) / places
