"""What was said, as the page shows it: the words that decided marked, long turns folded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from attunement.report._words import printable
from attunement.tables import Role

NAMES: Mapping[Role, str] = {"patient": "User", "therapist": "AI"}
"""Who speaks on this page."""

_FOLD_AT = 340
_SHOWN = 280
_LEAD = 90
_LINE = 110
_WHOLE = 6_000
"""A turn is shown up to this many characters, so that one turn cannot fill the page."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a turn, marked or not."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A turn, or the part of it that matters.

    Attributes
    ----------
    role : {"patient", "therapist"}
        Who says it.
    who : str
        The same, with the turn's number, for people.
    shown : sequence of Piece
        What is read at once.
    whole : sequence of Piece
        The turn; empty where all of it is shown.
    n_words : int
        In the turn.
    beyond : int
        Words of it that are not on the page.
    """

    role: Role
    who: str
    shown: Sequence[Piece]
    whole: Sequence[Piece] = ()
    n_words: int = 0
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn of a chat."""

    turn: int
    role: str
    text: str

    def quote(self, *marks: str | None) -> Quote:
        """Show the turn with these words marked, wherever they stand in it."""
        return quoted(self, [mark for mark in marks if mark])


class Said:
    """What was said in every chat, to look turns up in.

    Parameters
    ----------
    texts : DataFrame
        TURNS.
    """

    def __init__(self, texts: pl.DataFrame) -> None:
        ordered = texts.select("session_id", "turn", "role", "text").sort("session_id", "turn")
        self._turns = ordered
        counted = ordered.group_by("session_id", maintain_order=True).len()
        starts = counted["len"].cum_sum() - counted["len"]
        self._places = dict(
            zip(counted["session_id"], zip(starts, counted["len"], strict=True), strict=True)
        )

    def at(self, session_id: str, turn: int | None) -> Spoken | None:
        """Find a turn."""
        return next((one for one in self.chat(session_id) if one.turn == turn), None)

    def around(self, session_id: str, turn: int | None) -> list[Spoken]:
        """Find a turn with what belongs to it: the user's before the AI's, or the AI's after."""
        chat = [one for one in self.chat(session_id) if one.role in NAMES]
        for place, one in enumerate(chat):
            if one.turn != turn:
                continue
            if one.role == "therapist":
                before = [each for each in chat[:place] if each.role == "patient"]
                return [*before[-1:], one]
            after = [each for each in chat[place:] if each.role == "therapist"]
            return [one, *after[:1]]
        return []

    def before(self, session_id: str, turn: int, role: Role) -> Spoken | None:
        """Find a side's last turn before another turn."""
        found = [one for one in self.chat(session_id) if one.turn < turn and one.role == role]
        return found[-1] if found else None

    def chat(self, session_id: str) -> Iterator[Spoken]:
        """Give the turns of a chat in their order."""
        start, length = self._places.get(session_id, (0, 0))
        rows = self._turns.slice(start, length).select("turn", "role", "text")
        return (Spoken(turn, role, text or "") for turn, role, text in rows.iter_rows())


def quoted(spoken: Spoken, marks: Sequence[str]) -> Quote:
    """Show a turn: all of it, or of a long one what stands around its first mark.

    The deciding words are always among what is shown.
    """
    told = " ".join(_lines(spoken.text).split())
    role: Role = "patient" if spoken.role == "patient" else "therapist"
    who = f"{NAMES[role]}, turn {spoken.turn}"
    spans = spans_of(told, marks)
    if len(told) <= _FOLD_AT:
        return Quote(role, who, pieces(told, spans))
    start, end = _window(told, spans)
    inside = [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]
    shown = pieces(told[start:end], [(a - start, b - start) for a, b in inside])
    whole = _lines(spoken.text).strip()
    kept = whole if len(whole) <= _WHOLE else whole[:_WHOLE].rpartition(" ")[0] or whole[:_WHOLE]
    return Quote(
        role=role,
        who=who,
        shown=[*_dots(start > 0), *shown, *_dots(end < len(told))],
        whole=pieces(kept, spans_of(kept, marks)),
        n_words=len(whole.split()),
        beyond=len(whole[len(kept) :].split()),
    )


def spans_of(text: str, marks: Iterable[str]) -> list[tuple[int, int]]:
    """Find where words stand in a text, whatever spaces and emphasis stand between them."""
    found: list[tuple[int, int]] = []
    for mark in marks:
        pattern = r"[\s*#>_]*".join(map(re.escape, _lines(mark).split()))
        match = re.search(pattern, text, re.IGNORECASE) if pattern else None
        if match is not None:
            found.append(match.span())
    return _merged(found)


def pieces(text: str, spans: Sequence[tuple[int, int]]) -> list[Piece]:
    """Cut a text where marks begin and end."""
    cut: list[Piece] = []
    last = 0
    for start, end in spans:
        cut += [Piece(text[last:start]), Piece(text[start:end], marked=True)]
        last = end
    return [piece for piece in [*cut, Piece(text[last:])] if piece.text]


def line(words: str) -> str:
    """Set words on one line, the end left out where there are many."""
    on_one = " ".join(_lines(words).split())
    if len(on_one) <= _LINE:
        return on_one
    return f"{on_one[:_LINE].rpartition(' ')[0] or on_one[:_LINE]}…"


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _window(told: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Choose what of a long turn is read at once: from a little before the first mark."""
    first = spans[0] if spans else (0, 0)
    start = max(first[0] - _LEAD, 0)
    if start:
        space = told.find(" ", start, first[0])
        start = space + 1 if space >= 0 else start
    end = min(max(start + _SHOWN, min(first[1], first[0] + 2 * _SHOWN)), len(told))
    if end < len(told):
        space = told.rfind(" ", max(first[1], end - 60), end)
        end = space if space >= 0 else end
    return start, end


def _dots(there: bool) -> list[Piece]:
    return [Piece("…")] if there else []


def _lines(text: str) -> str:
    """Keep the ends of lines, and replace all else no page can show."""
    return "\n".join(printable(line) for line in text.splitlines())
