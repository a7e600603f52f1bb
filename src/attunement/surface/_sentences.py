"""A turn cut into sentences, so that some can be changed and the others stay letter for letter."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from attunement.surface._lexicon import plain, safety

_MARKS = re.compile(r"\s*(?:#{1,6}\s+|[-*+•]\s+|\(?\d{1,2}[.)]\s+|>\s*)?")
_END = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\be\.g)(?<!\bi\.e)"
    r"[.!?…]+[\"'”’)*_]*\s+(?=[\"'“‘(*_]*[A-Z0-9])"
)
_WORD = re.compile(r"\w")
_QUOTED = re.compile(r"“[^“”]*”|\"[^\"\n]*\"|‘[^‘’\n]*[^\w\s]’|\[[^\[\]\n]*\]")
_LISTED = re.compile(r"\s*(?:[-*+•]|\(?\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or what a line holds that is none.

    Attributes
    ----------
    lead : str
        What stands before it: blanks, ends of lines, marks of a list or heading.
    text : str
        The sentence, with its stop.
    line : int
        The line it stands on.
    kept : bool
        Whether it must stay as it is: numbers to call, talk of danger, what follows either, lists
        that hold them, quotations of several lines, rows of tables, and what has no words.
    """

    lead: str
    text: str
    line: int
    kept: bool

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return "?" in self.text[-4:]

    @property
    def marked(self) -> bool:
        """Whether it is a heading or stands in a list."""
        return bool(self.lead.strip())

    @property
    def open(self) -> bool:
        """Whether another sentence can be put behind it: it is not kept, and heads nothing."""
        return not self.kept and not self.marked and self.text.rstrip("*_")[-1:] in {".", "!", "?"}


def sentences(text: str) -> list[Sentence]:
    """Cut a text into sentences whose `lead` and `text`, joined, are the text again."""
    cut: list[Sentence] = []
    before = ""
    lines = text.split("\n")
    quoted = quotations(text)
    whole = _kept_lists(lines) | _within(quoted, lines)
    start = 0
    for number, line in enumerate(lines):
        before += "\n" if number else ""
        follows_safety = False
        for lead, said in _of_line(line, start, quoted):
            if not said:
                before += lead
                continue
            dangerous = safety().search(plain(said)) is not None
            kept = dangerous or follows_safety or said.startswith("|") or not _WORD.search(said)
            cut.append(Sentence(before + lead, said, number, kept or number in whole))
            before, follows_safety = "", dangerous
        start += len(line) + 1
    if before:
        cut.append(Sentence(before, "", text.count("\n"), kept=True))
    return cut


def quotations(text: str) -> list[tuple[int, int]]:
    """Find what stands in quotation marks, or in square brackets: where each begins and ends."""
    return [found.span() for found in _QUOTED.finditer(text)]


def joined(cut: list[Sentence]) -> str:
    """Put sentences together again."""
    return "".join(sentence.lead + sentence.text for sentence in cut)


def _kept_lists(lines: Sequence[str]) -> set[int]:
    """Give the lines of lists in which one speaks of safety, and of what heads such lists."""
    kept: set[int] = set()
    together: list[int] = []
    for number, line in enumerate([*lines, "end"]):
        if line.strip() and _LISTED.match(line):
            together.append(number)
        elif line.strip() or not together:
            heads = [number] if line.rstrip().rstrip("*_").endswith(":") else []
            if len(together) > 1 and any(safety().search(plain(lines[one])) for one in together):
                kept.update(together)
            together = heads
    return kept


def _within(quoted: Iterable[tuple[int, int]], lines: Sequence[str]) -> set[int]:
    """Give the lines over which a quotation runs that does not end on its own line."""
    ends = list(accumulate(len(line) + 1 for line in lines))
    over = [(bisect_right(ends, start), bisect_right(ends, end - 1)) for start, end in quoted]
    return {line for first, last in over if first < last for line in range(first, last + 1)}


def _of_line(
    line: str, line_start: int, quoted: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, str]]:
    marks = _MARKS.match(line)
    start = marks.end() if marks else 0
    lead = line[:start]
    for end in _END.finditer(line, start):
        here = line_start + end.start()
        before = bisect_right(quoted, (here, 0)) - 1
        if before >= 0 and line_start + end.end() < quoted[before][1]:
            continue
        said = line[start : end.end()].rstrip()
        yield lead, said
        lead, start = line[start + len(said) : end.end()], end.end()
    rest = line[start:].rstrip()
    yield lead, rest
    if line[start + len(rest) :]:
        yield line[start + len(rest) :], ""
