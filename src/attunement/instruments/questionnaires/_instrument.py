"""What it takes to score a filled-in form: items, scales, reversals, range and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor
from typing import Literal, TypeAlias

from attunement.instruments._keys import Sign
from attunement.tables import ALLIANCE

Rater: TypeAlias = Literal["patient", "therapist", "observer"]
Scoring: TypeAlias = Literal["sum", "mean"]

RATERS: tuple[Rater, ...] = ("patient", "therapist", "observer")

BEARABLE = 0.2
"""The share of a scale's items that may be unanswered.

Putting a person's mean of the other items in place of the missing ones reproduces a scale's scores
well while no more than a fifth of the items is missing (Downey & King 1998, Journal of General
Psychology 125, 175-191). A fifth of four items is none.
"""

CEILING = 0.15
"""The share of forms at the top of the scale above which it has a ceiling.

Terwee et al. 2007, Journal of Clinical Epidemiology 60, 34-42.
"""


@dataclass(frozen=True, slots=True)
class InstrumentItem:
    """One item of a form.

    Attributes
    ----------
    number : int
        As printed, from 1.
    scale : str or None
        Its scale; None where it counts in the whole only.
    key : {1, -1}
        -1 where a high answer speaks of a weak alliance.
    """

    number: int
    scale: str | None
    key: Sign


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire as its answers are scored.

    Attributes
    ----------
    name : str
        Short name, as in the ratings table.
    title, source : str
        Full name, and where it was published.
    low, high : float
        Lowest and highest answer to one item.
    items : tuple of InstrumentItem
        In order of their numbers.
    forms : tuple of Rater
        Who can fill it in.
    score : {"sum", "mean"}
        What a scale's value is of its answers.
    missing : float
        The share of a scale's items that may be unanswered.
    decimals : bool
        Whether an answer may lie between whole numbers, as a mark on a line does.
    labels : Mapping of str to float
        What an answer written as words is worth.
    missing_codes : tuple of float
        Numbers that stand for no answer.
    reliability : Mapping of str to float
        Published, by scale; where it is not known, that of the forms is used.
    ceiling : float
        The share of forms at the top above which a scale has a ceiling.
    """

    name: str
    title: str
    source: str
    low: float
    high: float
    items: tuple[InstrumentItem, ...]
    forms: tuple[Rater, ...] = RATERS
    score: Scoring = "sum"
    missing: float = BEARABLE
    decimals: bool = False
    labels: Mapping[str, float] = field(default_factory=dict)
    missing_codes: tuple[float, ...] = ()
    reliability: Mapping[str, float] = field(default_factory=dict)
    ceiling: float = CEILING

    @property
    def scales(self) -> tuple[str, ...]:
        """The scales' names, in order of their first items."""
        return tuple(dict.fromkeys(i.scale for i in self.items if i.scale is not None))

    @property
    def measures(self) -> tuple[str, ...]:
        """What a form gives a value of: its scales, and the whole, called "alliance"."""
        return (*self.scales, ALLIANCE)

    def items_of(self, measure: str) -> tuple[InstrumentItem, ...]:
        """Give a scale's items; all items for the whole."""
        return tuple(i for i in self.items if measure in (i.scale, ALLIANCE))

    def bearable(self, measure: str) -> int:
        """Say how many of a measure's items may be unanswered.

        Examples
        --------
        >>> from attunement.instruments.questionnaires import load_instrument
        >>> wai_sr = load_instrument("WAI-SR")
        >>> wai_sr.bearable("bond"), wai_sr.bearable("alliance")
        (0, 2)
        """
        # The smallest part of an answer keeps a fifth of five from being .99 answers.
        return floor(self.missing * len(self.items_of(measure)) + 1e-9)

    def range_of(self, measure: str, *, score: Scoring | None = None) -> tuple[float, float]:
        """Give a measure's lowest and highest value, as sum or mean (the instrument's own)."""
        times = len(self.items_of(measure)) if (score or self.score) == "sum" else 1
        return self.low * times, self.high * times
