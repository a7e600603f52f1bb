"""Rupture markers: the words of a patient's turn that show withdrawal or confrontation.

The two kinds are those of Safran, J. D., and Muran, J. C. (2000). Negotiating the therapeutic
alliance. Guilford; and of Eubanks, C. F., Muran, J. C., and Safran, J. D. (2015). Rupture
Resolution Rating System (3RS): Manual. The words are ours (data/ruptures.yaml), and English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

import yaml

from attunement.live._patterns import filled, plain
from attunement.live._state import AlarmKind

RuptureKind: TypeAlias = Literal["withdrawal", "confrontation"]
Strength: TypeAlias = Literal["plain", "likely", "slight"]

KINDS: tuple[RuptureKind, ...] = ("withdrawal", "confrontation")
MESSAGES: Mapping[AlarmKind, str] = {
    "withdrawal": "The patient's words sound like drawing back from the conversation.",
    "confrontation": "The patient's words sound like a complaint about the therapist or the work.",
}
_STRENGTHS: tuple[Strength, ...] = ("plain", "likely", "slight")

_QUESTION = 400
"""Characters at the end of a turn in which its question is looked for."""
_REACH = 120
"""Characters before and after a match in which it may be taken back."""


@dataclass(frozen=True, slots=True)
class RuptureMarker:
    """Words that show a rupture.

    Attributes
    ----------
    kind : {"withdrawal", "confrontation"}
        Away from the therapist, or against them.
    marker : str
        Which way of doing so, as ruptures.yaml names it.
    strength : {"plain", "likely", "slight"}
        How far it speaks for itself.
    start, end : int
        Where the words stand in the turn.
    words : str
        The words, as they were said.
    """

    kind: RuptureKind
    marker: str
    strength: Strength
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of withdrawing or confronting, at one strength."""

    kind: RuptureKind
    marker: str
    strength: Strength
    answers_openly_asked: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What ruptures.yaml holds.

    Attributes
    ----------
    weights : Mapping of str to float
        What a marker of each strength counts.
    fade : float
        What is left of the weight at the patient's next turn.
    about : Mapping of str to str
        What each marker is, in a sentence.
    """

    weights: Mapping[Strength, float]
    fade: float
    about: Mapping[str, str]
    ways: tuple[_Way, ...]
    unless_before: re.Pattern[str]
    unless_after: re.Pattern[str]
    open_question: re.Pattern[str]


@cache
def rupture_lexicon() -> Lexicon:
    """Read ruptures.yaml."""
    text = (files("attunement.live") / "data" / "ruptures.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    parts: dict[str, str] = data["parts"]

    def compiled(patterns: list[str]) -> re.Pattern[str]:
        return re.compile(filled("|".join(f"(?:{one})" for one in patterns), parts))

    entries = [(kind, name, entry) for kind in KINDS for name, entry in data[kind].items()]
    return Lexicon(
        weights=data["weights"],
        fade=data["fade"],
        about={name: entry["about"] for _, name, entry in entries},
        ways=tuple(
            _Way(
                kind=kind,
                marker=name,
                strength=strength,
                answers_openly_asked=entry.get("after") == "open_question",
                pattern=compiled(entry[strength]),
            )
            for kind, name, entry in entries
            for strength in _STRENGTHS
            if strength in entry
        ),
        unless_before=compiled(data["unless_before"]),
        unless_after=compiled(data["unless_after"]),
        open_question=compiled([data["open_question"]]),
    )


def rupture_markers(text: str, *, openly_asked: bool = False) -> tuple[RuptureMarker, ...]:
    """Find the words of a patient's turn that show withdrawal or confrontation.

    Parameters
    ----------
    text : str
        What the patient said, in English.
    openly_asked : bool
        Whether the therapist's turn before it `asks_openly`: a word or two are then no answer.

    Returns
    -------
    tuple of RuptureMarker
        In the order of the turn. Words that are denied ("I don't think that..."), supposed, quoted
        or reported of others are left out; so are words within those of a stronger marker.

    Notes
    -----
    Found by patterns, which know neither tone nor irony: "Great, another exercise" has no marker.
    """
    if not text.strip():
        return ()
    lexicon = rupture_lexicon()
    searched = plain(text, quotes=False)
    found: list[RuptureMarker] = []
    for way in lexicon.ways:
        if way.answers_openly_asked and not openly_asked:
            continue
        for start, end in _spans(way.pattern, searched):
            if not _taken_back(lexicon, searched, start, end):
                words = text[start:end]
                found.append(RuptureMarker(way.kind, way.marker, way.strength, start, end, words))
    found.sort(key=lambda one: _STRENGTHS.index(one.strength))
    kept: list[RuptureMarker] = []
    for one in found:
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: one.start))


def asks_openly(text: str) -> bool:
    """Tell whether a therapist's turn ends in a question that a word does not answer."""
    return bool(rupture_lexicon().open_question.search(plain(text[-_QUESTION:], quotes=False)))


@dataclass(slots=True)
class Gathering:
    """The weight of one kind's markers over the patient's turns, fading from turn to turn.

    One marker that speaks for itself is enough for an alarm, and so are several slighter ones
    within a few turns; one slight one never is.
    """

    weight: float = 0.0

    def step(self, markers: tuple[RuptureMarker, ...]) -> float:
        """Take in a turn's markers of this kind.

        Returns
        -------
        float
            The weight; above 1 is an alarm, which is raised at a turn with markers only, and the
            weight then starts anew.
        """
        lexicon = rupture_lexicon()
        strongest = {one.marker: lexicon.weights[one.strength] for one in reversed(markers)}
        for one in markers:
            strongest[one.marker] = max(strongest[one.marker], lexicon.weights[one.strength])
        weight = self.weight * lexicon.fade + sum(strongest.values())
        self.weight = 0.0 if weight > 1 else weight
        return weight


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Give where the words of each match stand, without the signs and blanks around them."""
    for match in pattern.finditer(text):
        words = re.search(r"\w(?:.*[\w'])?", match[0], re.DOTALL)
        if words is not None:
            yield match.start() + words.start(), match.start() + words.end()


def _taken_back(lexicon: Lexicon, text: str, start: int, end: int) -> bool:
    return bool(
        lexicon.unless_before.search(text[max(0, start - _REACH) : start])
        or lexicon.unless_after.search(text[end : end + _REACH])
    )
