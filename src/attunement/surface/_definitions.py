"""What each surface feature is, in words: definitions as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from attunement.surface._lexicon import entries_of


@dataclass(frozen=True, slots=True)
class SurfaceDefinition:
    """One feature's definition.

    Attributes
    ----------
    name : str
        The column in `features`.
    label : str
        What it is called on pages.
    unit : str
        Of the value.
    definition : str
        What is counted, in sentences.
    magnified : str
        How `magnify` makes more of it; empty where it does not.
    source : str
        Who found that it matters, with the year.
    caution : str
        What the figure does not say.
    """

    name: str
    label: str
    unit: str
    definition: str
    magnified: str
    source: str
    caution: str


@cache
def definitions() -> tuple[SurfaceDefinition, ...]:
    """Give the definition of every feature, in the order of pages and tables."""
    return tuple(SurfaceDefinition(**entry) for entry in entries_of("definitions"))
