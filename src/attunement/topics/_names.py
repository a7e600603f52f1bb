"""Short names of topics, from their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

_WORDS_IN_NAME = 3


def name_topics(words: Sequence[Sequence[str]]) -> list[str]:
    """Name each topic by its first three words, and by more where two names would be the same.

    A word that only adds a plural to one before it is passed over.

    Parameters
    ----------
    words : sequence of sequence of str
        The top words of each topic, weightiest first.

    Returns
    -------
    list of str
        Unique.

    Examples
    --------
    >>> name_topics([["job", "jobs", "boss", "work", "pay"], ["sleep", "night"], []])
    ['job, boss, work', 'sleep, night', 'topic 2']
    """
    names: list[str] = []
    for topic, some in enumerate(words):
        names.append(next(name for name in _candidates(topic, some) if name not in names))
    return names


def _candidates(topic: int, words: Sequence[str]) -> Iterator[str]:
    """Give names for a topic, better ones first, without end."""
    telling = _without_plurals(words)
    for n in range(_WORDS_IN_NAME, len(telling) + 1):
        yield ", ".join(telling[:n])
    plain = ", ".join(telling[:_WORDS_IN_NAME]) or f"topic {topic}"
    yield plain
    for number in count(2):
        yield f"{plain} ({number})"


def _without_plurals(words: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for word in words:
        if not any(word in _forms(other) or other in _forms(word) for other in kept):
            kept.append(word)
    return kept


def _forms(word: str) -> set[str]:
    """Give the plurals that a noun could have."""
    return {word + "s", word + "es", word.removesuffix("y") + "ies"}
