"""What the templates show, worked out beforehand: no template computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: what is read, and what it sorts by (null sorts last)."""

    text: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A large figure at the page's head: 16 sessions."""

    amount: str
    of: str


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """One condition in the table: its remark, and per scale patient and therapist."""

    label: str
    remark: str
    rows: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Quote:
    """A turn's words, the long end folded away."""

    shown: str
    rest: str
    rest_words: int


@dataclass(frozen=True, slots=True)
class NearAnchor:
    """An anchor close to a turn: its words, "weak bond", ".61"."""

    text: str
    kind: str
    similarity: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A turn worth reading.

    `anchors` are the close ones; `far` is the nearest one's similarity where none is close, and
    empty where there is no evidence at all.
    """

    number: int
    kind: str
    place: str
    score: str
    words: Quote
    before: Quote | None
    anchors: Sequence[NearAnchor]
    far: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in the table; `key` is None where it has no section of its own."""

    key: str | None
    session_id: str
    condition: str
    condition_key: int
    cells: Sequence[Cell]
    spark: Markup


@dataclass(frozen=True, slots=True)
class SessionSection:
    """A session's own section."""

    key: str
    session_id: str
    condition_key: int
    facts: Sequence[str]
    scores: Sequence[tuple[str, Sequence[str]]]
    last_quarter: str
    questionnaires: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    charts: Mapping[str, Markup]
    moments: Sequence[tuple[str, Sequence[Moment]]]
    missing: str


@dataclass(frozen=True, slots=True)
class SessionTable:
    """The table of all sessions: its headings after the session's name, and its rows."""

    headings: Sequence[str]
    rows: Sequence[SessionRow]
