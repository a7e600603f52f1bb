"""The rules that turn figures into advice: data, with their limits in plain view."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When something is worth changing, and what to do about it.

    Attributes
    ----------
    figure : str
        Which figure decides.
    limit : float
        What its whole interval must be beyond.
    over : bool
        Whether beyond is above.
    much : float
        How far beyond counts as much, to order findings of one weight.
    weight : int
        The weightier comes first.
    finding, change : str
        What is found, and what to change.
    place : str
        Where to read; see data/advice.yaml.
    """

    figure: str
    limit: float
    over: bool
    much: float
    weight: int
    finding: str
    change: str
    place: str

    def beyond(self, *, low: float, high: float) -> float:
        """Give how far an interval is beyond the limit, in units of `much`; 0 where it is not."""
        nearest = low - self.limit if self.over else self.limit - high
        return max(0.0, nearest / self.much)


@cache
def advice() -> tuple[Rule, ...]:
    """Give the rules, in the order of the file."""
    text = (files("attunement.audit") / "data" / "advice.yaml").read_text(encoding="utf-8")
    return tuple(
        Rule(
            figure=entry["figure"],
            limit=float(entry["above"] if "above" in entry else entry["below"]),
            over="above" in entry,
            much=float(entry["much"]),
            weight=int(entry["weight"]),
            finding=entry["finding"],
            change=entry["change"],
            place=entry["place"],
        )
        for entry in yaml.safe_load(text)
    )
