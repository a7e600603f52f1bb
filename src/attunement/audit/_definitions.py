"""What each figure of an audit is, in words: definitions as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf
from typing import Any

import yaml

from attunement.surface import SurfaceDefinition
from attunement.surface import definitions as surface_definitions

RATED = frozenset({"own_rating", "patient_rating", "rated_gap"})
"""Figures on the scale of a questionnaire, whose unit is its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureDefinition:
    """One figure's definition.

    Attributes
    ----------
    name : str
        As tables and thresholds have it.
    label : str
        What it is called on pages.
    of : str
        Whose it is: ai, user, or both.
    family : str
        Which figures it stands with on pages; p values are adjusted over all of these.
    unit : str
        In words; for ratings, the questionnaire's points.
    decimals : int
        How many are shown.
    definition : str
        What is counted, in sentences.
    caution : str
        What the figure does not say.
    least, most : float or None
        What it cannot go beyond.
    none : str
        Why there is no figure, where there is none.
    no_limit : str or None
        Why no threshold may be set for it.
    counted : str or None
        What a share is counted in; None for what is no share.
    """

    name: str
    label: str
    of: str
    family: str
    unit: str
    decimals: int
    definition: str
    caution: str
    least: float | None
    most: float | None
    none: str
    no_limit: str | None = None
    counted: str | None = None

    def within(self, value: float) -> float:
        """Bring the end of an interval back to where the figure can lie."""
        least = -inf if self.least is None else self.least
        most = inf if self.most is None else self.most
        return min(max(value, least), most)


@cache
def figure_definitions() -> tuple[FigureDefinition, ...]:
    """Give the definition of every figure, in the order of pages and tables."""
    text = (files("attunement.audit") / "data" / "figures.yaml").read_text(encoding="utf-8")
    surface = {one.name: one for one in surface_definitions()}
    return tuple(_definition(entry, surface.get(entry["name"])) for entry in yaml.safe_load(text))


def definition_of(figure: str) -> FigureDefinition:
    """Give the definition of one figure, by its name."""
    return {one.name: one for one in figure_definitions()}[figure]


def figure_names() -> tuple[str, ...]:
    """Give the names of all figures, in the order of pages and tables."""
    return tuple(one.name for one in figure_definitions())


def _definition(entry: dict[str, Any], surface: SurfaceDefinition | None) -> FigureDefinition:
    """Make a definition; what the file leaves out, the surface's own says, or the questionnaire."""
    return FigureDefinition(
        name=entry["name"],
        label=entry.get("label") or (surface.label if surface else entry["name"]),
        of=entry["of"],
        family=entry["family"],
        unit=entry.get("unit") or (surface.unit if surface else "points"),
        decimals=int(entry["decimals"]),
        definition=entry["definition"],
        caution=entry["caution"],
        least=entry.get("least"),
        most=entry.get("most"),
        none=entry.get("none", "no chat has a value"),
        no_limit=entry.get("no_limit"),
        counted=entry.get("counted"),
    )
