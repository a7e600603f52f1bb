"""A turn cut into sentences, so that some can be changed and the others stay letter for letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from attunement.surface._lexicon import plain, safety

_MARKS = re.compile(r"\s*(?:#{1,6}\s+|[-*+•]\s+|\(?\d{1,2}[.)]\s+|>\s*)?")
_END = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\be\.g)(?<!\bi\.e)"
    r"[.!?…]+[\"'”’)*_]*\s+(?=[\"'“‘(*_]*[A-Z0-9])"
)
_WORD = re.compile(r"\w")


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
        Whether it must stay as it is: numbers to call, talk of danger, rows of tables, and what
        has no words.
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


def sentences(text: str) -> list[Sentence]:
    """Cut a text into sentences whose `lead` and `text`, joined, are the text again."""
    cut: list[Sentence] = []
    before = ""
    for number, line in enumerate(text.split("\n")):
        before += "\n" if number else ""
        follows_safety = False
        for lead, said in _of_line(line):
            if not said:
                before += lead
                continue
            dangerous = safety().search(plain(said)) is not None
            kept = dangerous or follows_safety or said.startswith("|") or not _WORD.search(said)
            cut.append(Sentence(before + lead, said, number, kept))
            before, follows_safety = "", dangerous
    if before:
        cut.append(Sentence(before, "", text.count("\n"), kept=True))
    return cut


def joined(cut: list[Sentence]) -> str:
    """Put sentences together again."""
    return "".join(sentence.lead + sentence.text for sentence in cut)


def _of_line(line: str) -> Iterator[tuple[str, str]]:
    marks = _MARKS.match(line)
    start = marks.end() if marks else 0
    lead = line[:start]
    for end in _END.finditer(line, start):
        said = line[start : end.end()].rstrip()
        yield lead, said
        lead, start = line[start + len(said) : end.end()], end.end()
    rest = line[start:].rstrip()
    yield lead, rest
    if line[start + len(rest) :]:
        yield line[start + len(rest) :], ""
