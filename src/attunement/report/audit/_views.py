"""What the template shows, worked out beforehand: no template computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from attunement.report.audit._quotes import Quote
from attunement.report.gap._views import Verdict


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure in a table.

    Attributes
    ----------
    estimate, interval, beside : str
        "+0.42", "[+0.21, +0.63]", and what stands under it.
    verdict : Verdict or None
        What the controls came to.
    small, beyond_chance : bool
        Set grey; set bold.
    reason : str
        Why there is no figure.
    """

    estimate: str
    interval: str = ""
    beside: str = ""
    verdict: Verdict | None = None
    small: bool = False
    beyond_chance: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of figures: what it is of, in which unit, and a cell a column."""

    label: str
    unit: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Body:
    """Rows that belong together, under a heading of their own if it is not empty."""

    heading: str
    rows: Sequence[FigureRow]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Figures in rows, models or pairs of models in columns."""

    key: str
    caption: str
    corner: str
    headings: Sequence[str]
    bodies: Sequence[Body]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences of models: all of them, and those beyond chance, if there are any."""

    firm: FigureTable | None
    every: FigureTable


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """How two models differ, on a line of its own."""

    of: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing under a heading of its own."""

    label: str
    remark: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class Place:
    """A place to read: where it is, and what was said there."""

    model: str
    session: str
    turns: str
    quotes: Sequence[Quote]


@dataclass(frozen=True, slots=True)
class Example:
    """A place to read under the words that stand out there, and a remark."""

    said: str
    place: Place
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples of one kind, and where the rest stands."""

    title: str
    examples: Sequence[Example]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of the audit, what the data carry of an answer, and where there is more."""

    question: str
    answer: Sequence[str]
    remark: str
    more: tuple[str, str]
