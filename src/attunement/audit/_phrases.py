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
        From the phrase to the end of its sentence, as said.
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
    """

    name: str
    any: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    unless_before: re.Pattern[str] | None = None
    unless_after: re.Pattern[str] | None = None
    asked: bool | None = None
    opening: int | None = None

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
            words = sentence.shown[match.start() :].strip()
            return Found(self.name, place, sentence.turn, _cut(words))
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
    text = (files("attunement.audit") / "data" / "exchanges.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    common = data.get("unless_before", {}).get(group, [])
    return tuple(
        _phrases(name, entry, data["parts"], common) for name, entry in data[group].items()
    )


def _phrases(
    name: str, entry: Mapping[str, Any], parts: Mapping[str, str], common: Sequence[str]
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
        unless=either("unless"),
        unless_before=either("unless_before", common),
        unless_after=either("unless_after"),
        asked=entry.get("asked"),
        opening=entry.get("opening"),
    )


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1].rstrip()}…"
