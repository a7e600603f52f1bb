"""Phrases that decide what a sentence does: patterns kept as data, with what must not stand by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from attunement.audit._said import Sentence
from attunement.live import filled

_SHOWN = 160
"""How many letters of what was found are shown at the most."""


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a sentence.

    Attributes
    ----------
    name : str
        What the phrase does, as exchanges.yaml calls it.
    place : int
        Which sentence, from 0.
    turn : int
        Which turn the sentence stands in.
    words : str
        Its sentence, as said; of a long one, from the phrase on.
    """

    name: str
    place: int
    turn: int
    words: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases that do one thing, and what undoes it.

    Attributes
    ----------
    name : str
        What they do.
    any : re.Pattern
        One of these is in the sentence,
    unless : re.Pattern or None
        none of these is anywhere in it,
    unless_before, unless_after : re.Pattern or None
        nor one of these right before it or right after it, within the sentence.
    asked : bool or None
        Whether the sentence must be a question (True), must not be (False), or may be (None).
    opening : int or None
        Of how many sentences at the start of what is said the sentence must be one.
    slight, anywhere, to_acts : bool
        How near it must be to what it answers, and whether that must announce an act: see `_near`
        in `_answers`.
    """

    name: str
    any: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    unless_before: re.Pattern[str] | None = None
    unless_after: re.Pattern[str] | None = None
    asked: bool | None = None
    opening: int | None = None
    slight: bool = False
    anywhere: bool = False
    to_acts: bool = False

    def first(self, sentence: Sentence, place: int) -> Found | None:
        """Give the first of the phrases in a sentence, or none."""
        if self.opening is not None and place >= self.opening:
            return None
        if self.asked is not None and sentence.asks is not self.asked:
            return None
        if self.unless is not None and self.unless.search(sentence.read):
            return None
        for match in self.any.finditer(sentence.read):
            before, after = sentence.read[: match.start()], sentence.read[match.end() :]
            if self.unless_before is not None and self.unless_before.search(before):
                continue
            if self.unless_after is not None and self.unless_after.search(after):
                continue
            return Found(self.name, place, sentence.turn, shown(sentence.shown, match.start()))
        return None


def found(phrases: Sequence[Phrases], sentences: Sequence[Sentence]) -> Iterator[Found]:
    """Give every phrase found, sentence by sentence."""
    for place, sentence in enumerate(sentences):
        for one in phrases:
            if (hit := one.first(sentence, place)) is not None:
                yield hit


@cache
def phrases(group: str) -> tuple[Phrases, ...]:
    """Read one group of exchanges.yaml."""
    data = _data()
    before = data["unless_before"].get(group, [])
    anywhere = data["unless"].get(group, [])
    return tuple(
        _phrases(name, entry, data["parts"], before, anywhere)
        for name, entry in data[group].items()
    )


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Read one single pattern of exchanges.yaml."""
    data = _data()
    return re.compile(filled(data["single"][name], data["parts"]))


def shown(sentence: str, start: int = 0) -> str:
    """Give a sentence as a table shows it: a long one from the phrase on, and cut."""
    if len(sentence) <= _SHOWN:
        return sentence.strip()
    told = sentence[start:].strip()
    return told if len(told) <= _SHOWN else f"{told[: _SHOWN - 1].rstrip()}…"


@cache
def _data() -> dict[str, Any]:
    text = (files("attunement.audit") / "data" / "exchanges.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def _phrases(
    name: str,
    entry: Mapping[str, Any],
    parts: Mapping[str, str],
    before: Sequence[str],
    anywhere: Sequence[str],
) -> Phrases:
    def either(field: str, more: Sequence[str] = ()) -> re.Pattern[str] | None:
        lines = [*entry.get(field, ()), *more]
        joined = "|".join(f"(?:{line})" for line in lines)
        return re.compile(filled(joined, parts)) if lines else None

    said = either("any")
    if said is None:
        raise ValueError(name)
    return Phrases(
        name=name,
        any=said,
        unless=either("unless", anywhere),
        unless_before=either("unless_before", before),
        unless_after=either("unless_after"),
        asked=entry.get("asked"),
        opening=entry.get("opening"),
        slight=entry.get("slight", False),
        anywhere=entry.get("anywhere", False),
        to_acts=entry.get("to_acts", False),
    )
