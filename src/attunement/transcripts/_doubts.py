"""Lines that may begin another's words, but were not taken for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from attunement.transcripts._labels import (
    COMES_AGAIN,
    LONGEST_NAME,
    Label,
    Line,
    Speakers,
    before_colon,
    label_of,
    role_of,
)
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import Note
from attunement.transcripts._roles import exact

POSSIBLE_SPEAKER = "possible speaker"

_MOST_WORDS = 6
_FEW_TURNS = 20
"""In a longer session, what begins alike in two turns only may be two headings."""


def doubts(lines: Sequence[Line], *, found: Speakers, options: ReadOptions) -> Iterator[Note]:
    """Point at lines that may begin another's words but were kept as the last speaker's.

    Each such line where nearly every line has a label, or where the name stands for a role; else
    the first of those that begin alike, in turns far enough apart to be a speaker's.
    """
    labels = [label_of(line.text, options) for line in lines]
    places = _places(labels, found=found)
    told = set(found.names)
    spoken = False
    for line, one in zip(lines, labels, strict=True):
        label = one or (_doubted(line.text) if found.every_line else None)
        if label is None:
            continue
        name = exact(label.name)
        spoken = spoken or name in found.names
        if name in told or not label.text.strip():
            continue
        if found.every_line or role_of(label.name, options) is not None:
            yield Note(issue=POSSIBLE_SPEAKER, detail=_doubt(spoken=spoken), line=line.number)
        elif name in places:
            told.add(name)
            detail = _doubt(spoken=spoken, more=len(places[name]) - 1)
            yield Note(issue=POSSIBLE_SPEAKER, detail=detail, line=line.number)


def _places(labels: Iterable[Label | None], *, found: Speakers) -> dict[str, list[int]]:
    """Give the turns in which names that were not taken for speakers come again and again."""
    turn = 0
    places: defaultdict[str, list[int]] = defaultdict(list)
    for label in labels:
        if label is None:
            continue
        if exact(label.name) in found.names:
            turn += 1
        elif label.text.strip():
            places[exact(label.name)].append(turn)
    fewest = COMES_AGAIN if turn <= _FEW_TURNS else COMES_AGAIN + 1
    return {name: turns for name, turns in places.items() if len(set(turns)) >= fewest}


def _doubt(*, spoken: bool, more: int = 0) -> str:
    if not spoken:
        return "the line begins as if somebody spoke; it stands before the first turn, left out"
    begins = f"the line, and {more} more like it, begin" if more else "the line begins"
    return f"{begins} as if another spoke; kept as the last speaker's words"


def _doubted(line: str) -> Label | None:
    """Give whatever stands before a line's first colon and is not long."""
    label, glued = before_colon(line)
    if label is None or glued or len(label.name) > LONGEST_NAME:
        return None
    few = 0 < len(label.name.split()) <= _MOST_WORDS
    return label if few and any(letter.isalpha() for letter in label.name) else None
