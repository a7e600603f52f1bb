"""What the features of an associations table are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from attunement.report._words import printable

_SIDES = {"patient": "patient", "therapist": "therapist", "dyad": "both sides"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Names in plain words.

    Attributes
    ----------
    kinds : str
        What the features are: markers, topics.
    labels : Mapping[str, str]
        A feature's name to its label; a feature without one is shown by its name.
    present : frozenset of str
        Features that a turn has or has not: within sessions, their estimate compares turns with it
        and turns without; over sessions they are shares of turns, and counted as the others are.
    """

    kinds: str
    labels: Mapping[str, str] = field(default_factory=dict)
    present: frozenset[str] = frozenset()

    def label(self, feature: str) -> str:
        """Name a feature."""
        return printable(self.labels.get(feature, feature))

    def quoted(self, feature: str, role: str) -> str:
        """Name a feature and whose it is in a sentence: more “Hedges” (therapist)."""
        more = "" if feature in self.present else "more "
        return f"{more}“{self.label(feature)}” ({side(role)})"


def side(role: str) -> str:
    """Name whose feature it is."""
    return _SIDES.get(role, printable(role))
