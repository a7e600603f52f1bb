"""The word lists of the markers, from their data files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import yaml

_AUXILIARY, _NEGATION = "auxiliary_verbs", "negations"


@dataclass(frozen=True, slots=True)
class HedgePhrase:
    """A hedge of several words, and the neighbours beside which it is none."""

    words: tuple[str, ...]
    not_after: tuple[str, ...]
    not_before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FillerWords:
    """What fills, and beside what it does not (see fluency.yaml)."""

    pause: str
    pause_within: str
    answers: tuple[str, ...]
    emergency_room_after: tuple[str, ...]
    knowing_after: tuple[str, ...]
    knowing_before: tuple[str, ...]
    like_before: tuple[str, ...]
    like_between: tuple[tuple[str, ...], tuple[str, ...]]
    like_unless: tuple[str, ...]
    taking_up: tuple[str, ...]
    meaning_after: tuple[str, ...]
    meaning_before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepeatWords:
    """What is rightly said twice, and where (see fluency.yaml)."""

    doubled: tuple[str, ...]
    doubled_phrases: tuple[str, ...]
    joining: tuple[str, ...]
    anywhere: tuple[str, ...]
    beginning: tuple[str, ...]
    before_clause: tuple[str, ...]
    relating: tuple[str, ...]
    asking: tuple[str, ...]
    asked: tuple[str, ...]
    searching: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class RepairWords:
    """What tells that something is said otherwise (see fluency.yaml)."""

    whole: tuple[str, ...]
    compound: tuple[str, ...]
    left_open: tuple[str, ...]
    left_hanging: tuple[str, ...]
    announcing: tuple[tuple[str, ...], ...]
    between_commas: tuple[str, ...]
    open_before_well: tuple[str, ...]
    answering: tuple[str, ...]
    retensed: tuple[tuple[str, ...], ...]


@cache
def kinds_of_words() -> pl.DataFrame:
    """Give every listed word with a Boolean column for each kind that words.yaml names.

    Contractions stand in it as words of their own, with the kinds of both their parts, and so does
    what is typed without its apostrophe.
    """
    data = _file("words")
    kinds = {kind: frozenset(_words(words)) for kind, words in data["kinds"].items()}
    members = {
        word: {kind for kind, words in kinds.items() if word in words}
        for word in frozenset[str]().union(*kinds.values())
    }
    members |= dict(_contracted(members, data["contractions"]))
    members |= {word: members[meant] for word, meant in data["typed"].items()}
    words = sorted(members)
    return pl.DataFrame(
        {"word": words, **{kind: [kind in members[word] for word in words] for kind in kinds}}
    )


@cache
def hedge_phrases() -> tuple[HedgePhrase, ...]:
    """Give the hedges of several words, and those that depend on their neighbours."""
    return tuple(
        HedgePhrase(
            words=_words(entry["phrase"]),
            not_after=_words(entry.get("not_after", "")),
            not_before=_words(entry.get("not_before", "")),
        )
        for entry in _file("words")["hedge_phrases"]
    )


@cache
def short_words() -> tuple[str, ...]:
    """Give the words of up to five letters: what is broken off is none of them."""
    return (*kinds_of_words()["word"], *_words(_file("short_words")["words"]))


@cache
def telling_words() -> tuple[str, ...]:
    """Give the words by which a text is told to be English."""
    return _words(_file("words")["telling"])


@cache
def words_without_content() -> tuple[str, ...]:
    """Give the words that carry no content of their own: those of all kinds, and light ones."""
    return (*kinds_of_words()["word"], *_words(_file("words")["light"]))


@cache
def filler_words() -> FillerWords:
    """Read the part of fluency.yaml on fillers."""
    data = dict(_file("fluency")["fillers"])
    before, after = (_words(words) for words in data.pop("like_between"))
    return FillerWords(
        pause=f"^(?:{data.pop('pause')})$",
        pause_within=f"^(?:{data.pop('pause_within')})$",
        like_between=(before, after),
        **{name: _words(words) for name, words in data.items()},
    )


@cache
def repeat_words() -> RepeatWords:
    """Read the part of fluency.yaml on repeats."""
    data = dict(_file("fluency")["repeats"])
    return RepeatWords(
        searching=_phrases(data.pop("searching")),
        doubled_phrases=tuple(" ".join(p) for p in _phrases(data.pop("doubled_phrases"))),
        **{name: _words(words) for name, words in data.items()},
    )


@cache
def repair_words() -> RepairWords:
    """Read the part of fluency.yaml on repairs."""
    data = dict(_file("fluency")["repairs"])
    return RepairWords(
        announcing=_phrases(data.pop("announcing")),
        retensed=tuple(_words(pair) for pair in data.pop("retensed")),
        **{name: _words(words) for name, words in data.items()},
    )


def _contracted(
    members: Mapping[str, set[str]], parts: Mapping[str, str]
) -> Iterator[tuple[str, set[str]]]:
    """Give "i'm" the kinds of "i" and of an auxiliary, "don't" those of an auxiliary and "not"."""
    for host in _words(parts["hosts"]):
        for clitic in _words(parts["clitics"]):
            yield host + clitic, members[host] | {_AUXILIARY}
    for word in _words(parts["negated"]):
        yield word, {_AUXILIARY, _NEGATION}
    for word in _words(parts["perfect"]):
        yield word, {_AUXILIARY, _NEGATION} if "n't" in word else {_AUXILIARY}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_words(phrase) for phrase in text.split("|"))


@cache
def _file(name: str) -> dict[str, Any]:
    text = (files("attunement.markers") / f"{name}.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    return data
