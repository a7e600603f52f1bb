"""Whether one sentence says again what another said, or says the opposite of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from attunement.audit._phrases import Found, pattern, shown
from attunement.audit._said import Sentence

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_ENDING = re.compile(r"(?<=[a-z]{3})(?:nesses|ness|ing|ers|er|ed|es|s|ly|e|y)$")
_ENOUGH = 2
"""How many words of content two sentences must share, or half of what the first has."""

_LONGEST = 20
"""More words than this say more than what they take up."""


@dataclass(frozen=True, slots=True)
class Echo:
    """A sentence that takes up another.

    Attributes
    ----------
    found : Found
        Where it stands.
    opposite : bool
        Whether one of the two has a negation and the other has not.
    """

    found: Found
    opposite: bool


def echoes(said: Iterable[str], answer: Sequence[Sentence]) -> list[Echo]:
    """Find the statements of an answer that take up something said.

    A statement takes it up if it shares two words of content with it, or half of those it has; or
    if it is short for it ("They are.", "No, it doesn't."). Questions do not, nor do sentences that
    give back what the other feels or thinks ("It sounds as if ...").

    Parameters
    ----------
    said : iterable of str
        Sentences, in lower case.
    answer : sequence of Sentence
        The answer's.
    """
    told = [(content(one), denies(one)) for one in said]
    return [
        Echo(Found("echo", place, sentence.turn, shown(sentence.shown)), denied != negative)
        for place, sentence in enumerate(answer)
        if not sentence.asks
        and sentence.read.count(" ") < _LONGEST
        and not _given_back(sentence.read)
        for denied in [denies(sentence.read)]
        for words, negative in told
        if shares(words, content(sentence.read)) or (place == 0 and _short(sentence.read))
    ]


@lru_cache(maxsize=4096)
def content(sentence: str) -> frozenset[str]:
    """Give the stems of a sentence's words of content."""
    words = (word for word in _WORD.findall(sentence) if len(word) > 2 and "'" not in word)
    return frozenset(
        _ENDING.sub("", word) for word in words if word not in ENGLISH_STOP_WORDS | _little()
    )


def denies(sentence: str) -> bool:
    """Tell whether a sentence says, in its main clause, that something is not so."""
    main = pattern("beside").sub("", sentence)
    return pattern("denies").search(main) is not None


def shares(first: frozenset[str], second: frozenset[str]) -> bool:
    """Tell whether a sentence has two words of content of the first, or half of them."""
    shared = len(first & second)
    return shared >= _ENOUGH or (shared > 0 and 2 * shared >= len(first))


def _given_back(sentence: str) -> bool:
    return pattern("gives_back").search(sentence) is not None


def _short(sentence: str) -> bool:
    return pattern("short_answer").search(sentence) is not None


@cache
def _little() -> frozenset[str]:
    return frozenset(pattern("says_little").pattern.split("|"))
