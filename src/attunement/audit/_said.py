"""Who answers whom: the two sides' turns in order, and the sentences in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from attunement.live import plain

_MARKS_AND_SPACES = re.compile(r"[^\S\n]*[*#>][*#> \t]*|[^\S\n]+")
_TAKEN_UP = re.compile(r"[\"“”](?=[\w'’]+(?: [\w'’]+){0,2}[.,!?]?[\"“”])([^\"“”]*)[\"“”]")
_SENTENCE = re.compile(r"[^.!?…]*[^\s.!?…][^.!?…]*[.!?…]*[\"')\]]*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a turn.

    Attributes
    ----------
    turn : int
        The turn it stands in.
    shown : str
        As it was said.
    read : str
        The same, letter by letter, as phrases are looked for in it: in lower case, with one kind
        of apostrophe, and blank where somebody is quoted.
    """

    turn: int
    shown: str
    read: str

    @property
    def asks(self) -> bool:
        """Whether it ends in a question mark."""
        return "?" in self.read[-4:]


@dataclass(frozen=True, slots=True)
class Say:
    """What one side says until the other side speaks: one turn, or several in a row.

    Attributes
    ----------
    role : str
        patient (the user) or therapist (the AI).
    turns : tuple of int
        The turns, those without words left out.
    sentences : tuple of Sentence
        All of them, in order.
    """

    role: str
    turns: tuple[int, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the user says, with what the AI said before it and says after it, where it does."""

    before: Say | None
    user: Say
    after: Say | None


def says(turns: Sequence[tuple[int, str, str]]) -> list[Say]:
    """Put a chat's turns (number, role, text) together to what each side says in one go.

    Turns without a letter or digit, and those of a third speaker, are passed over.
    """
    told = [
        (turn, role, text)
        for turn, role, text in turns
        if role in ("patient", "therapist") and any(map(str.isalnum, text))
    ]
    return [
        Say(
            role,
            tuple(turn for turn, _, _ in together),
            tuple(one for turn, _, text in together for one in sentences(turn, text, role)),
        )
        for role, together in ((role, list(run)) for role, run in groupby(told, lambda t: t[1]))
    ]


def answered(chat: Sequence[Say]) -> Iterator[Answered]:
    """Give what the user says, each with what the AI says before and after it."""
    for place, say in enumerate(chat):
        if say.role == "patient":
            before = chat[place - 1] if place else None
            after = chat[place + 1] if place + 1 < len(chat) else None
            yield Answered(before, say, after)


def sentences(turn: int, text: str, role: str) -> Iterator[Sentence]:
    """Cut a turn into its sentences; the end of a line ends a sentence, too.

    Up to three words that the AI puts between quotation marks are the user's, taken up, and stay:
    You are not "too much".
    """
    shown = _MARKS_AND_SPACES.sub(" ", text.strip())
    if role == "therapist":
        shown = _TAKEN_UP.sub(r"\1", shown)
    read = plain(shown, quotes=False)
    for match in _SENTENCE.finditer(read):
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        yield Sentence(turn, shown[start : match.end()], read[start : match.end()])


def chats(turns: pl.DataFrame) -> Iterator[tuple[str, list[Say]]]:
    """Give each chat's id and what is said in it, in the order of the turns' numbers."""
    ordered = turns.sort("session_id", "turn", maintain_order=True)
    for (session,), rows in ordered.group_by("session_id", maintain_order=True):
        yield str(session), says(rows.select("turn", "role", "text").rows())
