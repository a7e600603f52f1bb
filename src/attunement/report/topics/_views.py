"""What the topics' template shows, worked out beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from attunement.report._views import Quote


@dataclass(frozen=True, slots=True)
class Bar:
    """A share as a figure and as a bar."""

    text: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class Example:
    """A turn close to a topic: whose, where it stands, and its words."""

    role: str
    session_id: str
    turn: str
    words: Quote


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic: its number in the tables, name, words, shares, coherence and spread."""

    number: str
    name: str
    words: str
    patient: Bar
    therapist: Bar
    coherence: str
    turns: str
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True)
class HeatCell:
    """How much more often than chance one topic follows another.

    `kind` names classes of the style sheet: more-1 to more-3, less-1 to less-3, even or few; and
    same where the topic stays the same.
    """

    text: str
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """From one topic to every other."""

    number: str
    name: str
    cells: Sequence[HeatCell]


@dataclass(frozen=True, slots=True)
class HeatTable:
    """One kind of step: from topics in rows to topics in columns, by number and name."""

    key: str
    title: str
    found: str
    caption: str
    headings: Sequence[tuple[str, str]]
    rows: Sequence[HeatRow]
