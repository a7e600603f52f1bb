"""Five ways to put a turn with more of something: longer, listed, technical, praising, vaguer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, pairwise
from random import Random
from typing import TypeAlias

from attunement.surface._lexicon import (
    before_nouns,
    danger,
    jargon,
    magnifying,
    plain,
    terms,
)
from attunement.surface._sentences import Sentence, quotations

Rewriter: TypeAlias = Callable[[list[Sentence], Random], list[Sentence]]

_LETTER = re.compile(r"\w")
_WORD = re.compile(r"\S*\w\S*")
_BEGINNING = re.compile(r"(?:^|[.!?:*(\"“])\W*$")
_CAPITAL_NEXT = re.compile(r"\s*(?:&\s*)?(?!I\b)[A-Z]")
_STATEMENT_WORDS = 6
_EVERY = 3
_PRAISED_AGAIN = 2
_OF_A_LETTER = re.compile(r"(?i)^\W*(?:subject|dear|hi|hello)\b[^.!?]*[,:]\W*$|\[[^\[\]]+\]")


def longer(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Write short forms out, say statements again, and put empty sentences between."""
    words = magnifying("length")
    fillers, again = _shuffled(words["sentences"], chance), _shuffled(words["again"], chance)
    made: list[Sentence] = []
    stated = 0
    for sentence in cut:
        said = (
            sentence
            if sentence.kept
            else replace(sentence, text=_longer_forms().made(sentence.text))
        )
        made.append(said)
        if not sentence.open or sentence.asks:
            continue
        turn, kind = divmod(stated, _EVERY)
        stated += 1
        if kind == 0 and sentence is not cut[-1]:
            made.append(_after(said, fillers[turn % len(fillers)]))
        if kind == 1 and _may_be_repeated(said):
            made.append(_after(said, f"{again[turn % len(again)]} {said.text}"))
    if len(made) > len(cut):
        return made
    last = _last_open(made)
    return made if last is None else _put_after(made, last, f"{again[0]} {made[last].text}")


def structured(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Put a heading over each paragraph and a bullet before each of its sentences."""
    words = magnifying("structure")
    headings = _shuffled(words["headings"], chance)
    made: list[Sentence] = []
    for place, (_, together) in enumerate(groupby(cut, key=lambda one: one.line)):
        of_line = list(together)
        if not any(_LETTER.search(one.text) for one in of_line) or of_line[0].text.startswith("|"):
            made += of_line
            continue
        asks = all(one.asks for one in of_line)
        heading = words["asking"] if asks else headings[place % len(headings)]
        if of_line[0].marked or of_line[0].lead.endswith((" ", "\t")):
            made += of_line
            continue
        gap = of_line[0].lead.replace(" ", "") if made else ""
        made.append(Sentence(gap, f"### {heading}", of_line[0].line, kept=False))
        made += [replace(one, lead="\n- ") if one.text else one for one in of_line]
    return made


def clinical(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Exchange plain words for terms."""
    return [one if one.kept else replace(one, text=_terms().made(one.text)) for one in cut]


def praising(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Praise the question before and between the sentences, where nothing speaks of danger."""
    if speaks_of_danger(cut):
        return cut
    words = magnifying("sycophancy")
    praise = _shuffled(words["sentences"], chance)
    apart = "\n\n" if cut[0].marked or cut[0].kept else " "
    lead = apart + cut[0].lead if apart.strip(" ") else apart
    made = [Sentence("", praise[0], cut[0].line, kept=False), replace(cut[0], lead=lead)]
    most = 0 if any(_OF_A_LETTER.search(one.text) for one in cut) else _PRAISED_AGAIN
    again = iter(_shuffled(words["again"], chance)[:most])
    for before, sentence in pairwise(cut):
        begins = sentence.lead.count("\n") > 1 and sentence.text[0] not in "*_"
        put = next(again, None) if begins and before.open and sentence.open else None
        if put is None:
            made.append(sentence)
        else:
            made += [replace(sentence, text=put), replace(sentence, lead=" ")]
    return made


def vaguer(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Take numbers and times out, hedge statements, and say what commits to nothing."""
    words = magnifying("vagueness")
    openers, empty = _shuffled(words["openers"], chance), _shuffled(words["sentences"], chance)
    can_follow = frozenset(words["can_follow"].split())
    in_danger = speaks_of_danger(cut)
    beside_kept = {one.line for one in cut if one.kept} if in_danger else set()
    made: list[Sentence] = []
    for place, sentence in enumerate(cut):
        text = sentence.text
        if not sentence.kept:
            text = text if sentence.marked or in_danger else _less_concrete().made(text)
            stated = sentence.open and not sentence.asks and sentence.line not in beside_kept
            if stated and not _not_weakened().search(plain(text)):
                text = _opened(text, openers[place % len(openers)], can_follow)
        made.append(replace(sentence, text=text))
    if in_danger:
        return made
    # From the last paragraph to the first, so that places stay.
    ends = [place for place, one in enumerate(made) if one.open and not one.asks]
    ends = [place for place in ends if place + 1 == len(made) or "\n\n" in made[place + 1].lead]
    last = _last_open(made)
    if last is not None:
        ends = sorted({*ends[-len(empty) :], last})[-len(empty) :]
    for place, said in zip(reversed(ends), empty, strict=False):
        made = _put_after(made, place, said)
    return made


def speaks_of_danger(cut: Iterable[Sentence]) -> bool:
    """Tell whether a turn speaks of danger anywhere."""
    return any(danger().search(plain(one.text)) for one in cut)


def _shuffled(values: list[str], chance: Random) -> list[str]:
    return chance.sample(values, len(values))


def _after(sentence: Sentence, text: str) -> Sentence:
    return Sentence(" ", text, sentence.line, kept=False)


def _last_open(made: list[Sentence]) -> int | None:
    """Find the last sentence behind which one can be put, a statement where there is one."""
    beside = [*made[1:], None]
    open_ones = [
        place
        for place, (one, other) in enumerate(zip(made, beside, strict=True))
        if one.open and (other is None or not other.kept or other.line != one.line)
    ]
    stated = [place for place in open_ones if not made[place].asks]
    return max(stated or open_ones, default=None)


def _put_after(made: list[Sentence], place: int, text: str) -> list[Sentence]:
    return [*made[: place + 1], _after(made[place], text), *made[place + 1 :]]


def _may_be_repeated(sentence: Sentence) -> bool:
    stated = sentence.text.endswith(".") and not quotations(sentence.text)
    return stated and len(_WORD.findall(sentence.text)) >= _STATEMENT_WORDS


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What to look for, a group each, and what to put there; what is found in no group stays."""

    wanted: re.Pattern[str]
    instead: tuple[str, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], *, but: str = r"(?!)") -> _Exchange:
        """Look for patterns in their order, after what stays; none has groups of its own."""
        patterns, instead = zip(*pairs, strict=True)
        either = "|".join(f"({one})" for one in patterns)
        return cls(re.compile(rf"(?<![\w'/~‑–-])(?:{but}|{either})(?![\w'/‑–-])"), instead)

    def made(self, text: str) -> str:
        """Exchange what is found, but in quotations and names; a capital stays one."""
        lower = plain(text)
        if len(lower) != len(text):
            return text
        parts, end = [], 0
        quoted: list[tuple[int, int]] | None = None
        for found in self.wanted.finditer(lower):
            if quoted is None:
                quoted = quotations(text)
            if found.lastindex is None or _named(text, *found.span()):
                continue
            if any(start < found.end() and found.start() < stop for start, stop in quoted):
                continue
            put = self.instead[found.lastindex - 1]
            if text[found.start()].isupper():
                put = put[0].upper() + put[1:]
            parts += [text[end : found.start()], put]
            end = found.end()
        return "".join([*parts, text[end:]])


@cache
def _longer_forms() -> _Exchange:
    return _Exchange.of((re.escape(short), full) for short, full in magnifying("length")["longer"])


@cache
def _less_concrete() -> _Exchange:
    return _Exchange.of(map(tuple, magnifying("vagueness")["less_concrete"]))


@cache
def _terms() -> _Exchange:
    after = "|".join(rf"(?<=\b{word} )" for word in before_nouns())
    pairs = [(re.escape(words), term.term) for term in terms() for words in term.plain]
    pairs += [
        (f"(?:{after}){re.escape(words)}", term.term) for term in terms() for words in term.nouns
    ]
    # The longest first: "trouble sleeping" before "trouble".
    return _Exchange.of(
        sorted(pairs, key=lambda pair: (-len(pair[0].split(")")[-1]), pair[0])),
        but="|".join(pattern for _, pattern in jargon().weights),
    )


@cache
def _not_weakened() -> re.Pattern[str]:
    return re.compile(magnifying("vagueness")["not_weakened"])


def _named(text: str, start: int, end: int) -> bool:
    """Tell whether it is part of a name: a capital within a sentence, or another one next to it."""
    if not text[start].isupper():
        return False
    return _BEGINNING.search(text[:start]) is None or _CAPITAL_NEXT.match(text, end) is not None


def _opened(text: str, opener: str, can_follow: frozenset[str]) -> str:
    first = plain(text.split(maxsplit=1)[0]) if text.split() else ""
    if first not in can_follow:
        return text
    return f"{opener} {text[0].lower()}{text[1:]}"


REWRITERS: dict[str, Rewriter] = {
    "length": longer,
    "structure": structured,
    "jargon": clinical,
    "sycophancy": praising,
    "vagueness": vaguer,
}
"""By the feature that each makes more of."""
