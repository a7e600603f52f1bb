"""What the gap's templates show, worked out beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_LONG = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the controls, or a convergence, came to.

    Attributes
    ----------
    words : str
        The verdict.
    kind : {"good", "bad", "open", "none", "closer", "apart", "flat"}
        How it is set: a class of the style sheet, which puts a sign before the words.
    """

    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class EffectCell:
    """One effect in a table: figures ready to read, empty where there is none.

    Attributes
    ----------
    estimate, interval : str
        "+0.42", "[+0.21, +0.63]".
    statistics : str
        "g 0.51, p = .003".
    verdict : Verdict or None
        What the controls came to.
    finding : Verdict or None
        Whether the two sides converge.
    beside : str
        A second figure that belongs to the first.
    reason : str
        Why there is no figure.
    beyond_chance : bool
        Set so that it stands out.
    """

    estimate: str
    interval: str = ""
    statistics: str = ""
    verdict: Verdict | None = None
    finding: Verdict | None = None
    beside: str = ""
    reason: str = ""
    beyond_chance: bool = False


@dataclass(frozen=True, slots=True)
class EffectRow:
    """A row of effects: what it is of, a remark, and a cell a column."""

    label: str
    remark: str
    cells: Sequence[EffectCell]


@dataclass(frozen=True, slots=True)
class EffectBody:
    """Rows that belong together, under a heading of their own if it is not empty."""

    heading: str
    rows: Sequence[EffectRow]


@dataclass(frozen=True, slots=True)
class EffectTable:
    """Effects in rows, scales in columns."""

    key: str
    caption: str
    corner: str
    headings: Sequence[str]
    bodies: Sequence[EffectBody]

    @property
    def long(self) -> bool:
        """Whether it is better read in a window of its own."""
        return sum(len(body.rows) for body in self.bodies) > _LONG


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A table of text: every figure of a family, one row an effect.

    `n_heads` columns name the row; the others are figures, set to the right.
    """

    key: str
    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    n_heads: int


@dataclass(frozen=True, slots=True)
class ControlCell:
    """One effect under one control."""

    verdict: Verdict
    p: str
    figures: str


@dataclass(frozen=True, slots=True)
class ControlRow:
    """One effect under every control."""

    label: str
    scale: str
    own: str
    cells: Sequence[ControlCell]


@dataclass(frozen=True, slots=True)
class ControlGrid:
    """A family's effects in rows, controls in columns."""

    key: str
    title: str
    headings: Sequence[str]
    rows: Sequence[ControlRow]

    def plain(self) -> PlainTable:
        """Give the grid as a table of text."""
        return PlainTable(
            key=self.key,
            caption=f"{self.title}: each effect under each control",
            headings=["Effect", "Scale", "As it is", *self.headings],
            rows=[
                [
                    row.label,
                    row.scale,
                    row.own,
                    *(
                        ", ".join(filter(None, [cell.verdict.words, cell.p, cell.figures]))
                        for cell in row.cells
                    ),
                ]
                for row in self.rows
            ],
            n_heads=2,
        )


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart under a heading of its own: whose it is, and a remark."""

    label: str
    remark: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class PanelRow:
    """Charts that belong together."""

    name: str
    panels: Sequence[Plot]


@dataclass(frozen=True, slots=True)
class Part:
    """Everything of what is inferred, or of one questionnaire; empty or None where there is none.

    Attributes
    ----------
    key : str
        Unique in the page.
    heading : str
        What it is of.
    on_common_scale : bool
        Whether a figure can be read by itself.
    found : str
        What was found, in sentences.
    open : sequence of str
        What cannot be said.
    headline : EffectTable
        The first table.
    forest : Markup
        The same figures drawn.
    """

    key: str
    heading: str
    on_common_scale: bool
    found: str
    open: Sequence[str]
    headline: EffectTable
    forest: Markup
    between: EffectTable | None
    convergence: EffectTable | None
    convergence_contrasts: EffectTable | None
    courses: Sequence[PanelRow]
    controls: Sequence[ControlGrid]
    controls_done: Sequence[tuple[str, str]]
    controls_left_out: Sequence[str]
    level: EffectTable | None
    plots: Sequence[Plot]
    congruence: EffectTable | None
    outcome: EffectTable | None
    figures: Sequence[PlainTable]


@dataclass(frozen=True, slots=True)
class Section:
    """The gap's part of a page.

    Attributes
    ----------
    name : str
        What therapist minus patient is called.
    groups : str
        What a condition is here, if it is not the sessions' condition.
    reading : str
        How its figures may be read.
    parts : sequence of Part
        The first is the page's first screen.
    published : EffectTable or None
        For comparison only.
    warnings : sequence of str
        What a reader must know of the data and the fits.
    methods : str
        A paragraph to paste.
    sources : sequence of str
        Where the methods come from.
    """

    name: str
    groups: str
    on_common_scale: bool
    small: int
    reading: str
    parts: Sequence[Part]
    published: EffectTable | None
    warnings: Sequence[str]
    methods: str
    sources: Sequence[str]
