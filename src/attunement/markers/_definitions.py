"""What each marker is, in words: definitions as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Definition:
    """One marker's definition.

    Attributes
    ----------
    name : str
        The column in `MARKERS`, or the marker in `MARKER_SESSIONS`, or both.
    label : str
        What it is called on pages.
    of : str
        Whose it is: patient, therapist, both (each side has its own) or dyad (the two together).
    level : str
        turn, session, or both.
    unit : str
        Of the session's value, if it has one; else of the turn's.
    definition : str
        What is counted, in sentences.
    source : str
        Who measured so, or where it was found to matter, with the year.
    caution : str
        What the figure does not say.
    turn_unit : str, optional
        The unit of the turn's value, where a session's has another.
    """

    name: str
    label: str
    of: str
    level: str
    unit: str
    definition: str
    source: str
    caution: str
    turn_unit: str | None = None


@cache
def definitions() -> tuple[Definition, ...]:
    """Give the definition of every marker, in the order of pages and tables."""
    text = (files("attunement.markers") / "definitions.yaml").read_text(encoding="utf-8")
    entries = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    return tuple(Definition(**entry) for entry in entries)
