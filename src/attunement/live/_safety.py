"""Turns that may be about not wanting to live: there, ruptures are not looked for.

Talk about it is no rupture of the alliance, and a suggestion about the conversation would be the
wrong answer to it. This is no search for risk and no assessment of it: see data/safety.yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from attunement.live._patterns import filled, plain


@dataclass(frozen=True, slots=True)
class SafetyWords:
    """What safety.yaml holds.

    Attributes
    ----------
    rests : int
        How many of the patient's turns count as the same talk.
    pattern : re.Pattern
        The words.
    """

    rests: int
    pattern: re.Pattern[str]


@cache
def safety_words() -> SafetyWords:
    """Read safety.yaml."""
    text = (files("attunement.live") / "data" / "safety.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    either = "|".join(f"(?:{one})" for one in data["words"])
    return SafetyWords(rests=data["rests"], pattern=re.compile(filled(either, data["parts"])))


def may_be_about_not_living(text: str) -> bool:
    """Tell whether a turn has words that may be about not wanting to live.

    False says nothing: most ways of saying it have no set words.
    """
    return safety_words().pattern.search(plain(text, quotes=True)) is not None


def words_about_not_living(text: str) -> tuple[str, ...]:
    """Give the words that may be about not wanting to live, as they stand in a turn.

    None says nothing: see `may_be_about_not_living`.
    """
    found = safety_words().pattern.finditer(plain(text, quotes=True))
    return tuple(text[match.start() : match.end()].strip() for match in found)


@dataclass(slots=True)
class Rest:
    """Whether what is said belongs to talk that may be about not wanting to live.

    Attributes
    ----------
    turn : int or None
        The latest turn with such words, while the talk counts as the same.
    """

    turn: int | None = None
    _left: int = 0

    def step(self, *, turn: int, role: str, text: str) -> int | None:
        """Take in a turn of either side; give `turn`.

        The talk is over when the patient has spoken `SafetyWords.rests` turns, from the first with
        such words or after them.
        """
        if may_be_about_not_living(text):
            self.turn, self._left = turn, safety_words().rests
        if self._left == 0:
            self.turn = None
        elif role == "patient":
            self._left -= 1
        return self.turn
