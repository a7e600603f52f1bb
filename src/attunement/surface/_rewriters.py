"""Five ways to say the same in more of something: longer, listed, technical, agreeing, vaguer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from random import Random
from typing import TypeAlias

from attunement.surface._lexicon import before_nouns, magnifying, plain, terms
from attunement.surface._sentences import Sentence

Rewriter: TypeAlias = Callable[[list[Sentence], Random], list[Sentence]]

_WORD = re.compile(r"\S*\w\S*")
_BEGINNING = re.compile(r"(?:^|[.!?:*(\"“])\W*$")
_STATEMENT_WORDS = 6
_EVERY = 3


def longer(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Write short forms out, say statements again, and put empty sentences between."""
    words = magnifying("length")
    fillers, again = _shuffled(words["sentences"], chance), _shuffled(words["again"], chance)
    made: list[Sentence] = []
    for place, sentence in enumerate(cut):
        said = (
            sentence
            if sentence.kept
            else replace(sentence, text=_longer_forms().made(sentence.text))
        )
        made.append(said)
        if sentence.marked or not sentence.text:
            continue
        if place % _EVERY == 0:
            made.append(_after(said, fillers[place // _EVERY % len(fillers)]))
        if place % _EVERY == 1 and _may_be_repeated(said):
            made.append(_after(said, f"{again[place // _EVERY % len(again)]} {said.text}"))
    return made if len(made) > len(cut) else [*made, _after(made[-1], fillers[0])]


def structured(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Put a heading over each paragraph and a bullet before each of its sentences."""
    words = magnifying("structure")
    headings = _shuffled(words["headings"], chance)
    made: list[Sentence] = []
    for place, (_, together) in enumerate(groupby(cut, key=lambda one: one.line)):
        of_line = list(together)
        if not any(_WORD.search(one.text) for one in of_line) or of_line[0].text.startswith("|"):
            made += of_line
            continue
        asks = all(one.asks for one in of_line)
        heading = words["asking"] if asks else headings[place % len(headings)]
        if of_line[0].marked:
            made += of_line
            continue
        gap = of_line[0].lead.replace(" ", "") if made else ""
        made.append(Sentence(gap, f"### {heading}", of_line[0].line, kept=False))
        made += [replace(one, lead="\n- ") if one.text else one for one in of_line]
    return made


def clinical(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Exchange plain words for terms."""
    return [one if one.kept else replace(one, text=_terms().made(one.text)) for one in cut]


def agreeing(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Put assent before, between and after the sentences."""
    assent = _shuffled(magnifying("sycophancy")["sentences"], chance)
    made = [_before(cut[0], assent[0]), replace(cut[0], lead=" ")]
    for place, sentence in enumerate(cut[1:], start=1):
        made.append(sentence)
        if place % _EVERY == 0 and sentence.text and not sentence.marked:
            made.append(_after(sentence, assent[place // _EVERY % len(assent)]))
    return made


def vaguer(cut: list[Sentence], chance: Random) -> list[Sentence]:
    """Take numbers and times out, hedge statements, and end on what commits to nothing."""
    words = magnifying("vagueness")
    openers, ends = _shuffled(words["openers"], chance), _shuffled(words["sentences"], chance)
    can_follow = frozenset(words["can_follow"].split())
    made: list[Sentence] = []
    for place, sentence in enumerate(cut):
        text = sentence.text
        if not sentence.kept:
            text = _less_concrete().made(text)
            if not sentence.asks:
                text = _opened(text, openers[place % len(openers)], can_follow)
        made.append(replace(sentence, text=text))
    last = next((one for one in reversed(made) if _WORD.search(one.text)), made[-1])
    return [*made, _after(last, ends[0])]


def _shuffled(values: list[str], chance: Random) -> list[str]:
    return chance.sample(values, len(values))


def _before(sentence: Sentence, text: str) -> Sentence:
    return Sentence(sentence.lead, text, sentence.line, kept=False)


def _after(sentence: Sentence, text: str) -> Sentence:
    return Sentence(" ", text, sentence.line, kept=False)


def _may_be_repeated(sentence: Sentence) -> bool:
    stated = sentence.text.endswith(".") and not sentence.kept
    return stated and len(_WORD.findall(sentence.text)) >= _STATEMENT_WORDS


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What to look for, a group each, and what to put there."""

    wanted: re.Pattern[str]
    instead: tuple[str, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> _Exchange:
        """Look for patterns in their order; none has groups of its own."""
        patterns, instead = zip(*pairs, strict=True)
        either = "|".join(f"({one})" for one in patterns)
        return cls(re.compile(rf"(?<![\w'-])(?:{either})(?![\w'-])"), instead)

    def made(self, text: str) -> str:
        """Exchange what is found; a capital at a beginning stays one."""
        lower = plain(text)
        if len(lower) != len(text):
            return text
        parts, end = [], 0
        for found in self.wanted.finditer(lower):
            put = self.instead[(found.lastindex or 1) - 1]
            if text[found.start()].isupper() and _BEGINNING.search(text[: found.start()]):
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
    return _Exchange.of(sorted(pairs, key=lambda pair: (-len(pair[0].split(")")[-1]), pair[0])))


def _opened(text: str, opener: str, can_follow: frozenset[str]) -> str:
    first = plain(text.split(maxsplit=1)[0]) if text.split() else ""
    if first not in can_follow:
        return text
    return f"{opener} {text[0].lower()}{text[1:]}"


REWRITERS: dict[str, Rewriter] = {
    "length": longer,
    "structure": structured,
    "jargon": clinical,
    "sycophancy": agreeing,
    "vagueness": vaguer,
}
"""By the feature that each makes more of."""
