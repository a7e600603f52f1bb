"""The word lists of the surface features, from their data files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_PART = re.compile(r"\{([a-z]+)\}")
_ONE_SIGN = str.maketrans(dict.fromkeys("’‘ʼ´`", "'"))


@dataclass(frozen=True, slots=True)
class Phrases:
    """Ways of saying something.

    Attributes
    ----------
    none_of_it : str
        A pattern of what looks like it and is not; taken out first. May be empty.
    weights : tuple of (int, str)
        A pattern for each weight, the heaviest first.
    """

    none_of_it: str
    weights: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of jargon, and the plain words it can stand for.

    Attributes
    ----------
    term : str
        The term.
    forms : tuple of str
        Its other forms.
    plain : tuple of str
        Words that it can stand for anywhere.
    nouns : tuple of str
        Words that it can stand for after one of `before_nouns`.
    """

    term: str
    forms: tuple[str, ...]
    plain: tuple[str, ...]
    nouns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Concrete:
    """What makes an answer concrete.

    Attributes
    ----------
    patterns : str
        Over lower case.
    names : str
        Names as written.
    also_found : str
        Names as written that `patterns` finds already.
    """

    patterns: str
    names: str
    also_found: str


@cache
def phrases(name: str) -> Phrases:
    """Give the phrases of sycophancy.yaml, flattery.yaml or (as weight 1) vagueness.yaml."""
    data = _file(name)
    weighted: dict[int, list[str]] = {}
    for entry in data["entries"]:
        weighted.setdefault(int(entry.get("weight", 1)), []).append(entry["pattern"])
    return Phrases(
        none_of_it=_either((entry["pattern"] for entry in data["none_of_it"]), data["parts"]),
        weights=tuple(
            (weight, _either(weighted[weight], data["parts"]))
            for weight in sorted(weighted, reverse=True)
        ),
    )


@cache
def jargon() -> Phrases:
    """Give the terms of jargon.yaml, weighted by how many words they have."""
    by_words: dict[int, set[str]] = {}
    for term in terms():
        for form in (term.term, *term.forms):
            by_words.setdefault(len(form.split()), set()).add(form)
    return Phrases(
        none_of_it="",
        weights=tuple(
            (count, rf"\b(?:{'|'.join(map(re.escape, sorted(by_words[count], key=_longest)))})\b")
            for count in sorted(by_words, reverse=True)
        ),
    )


@cache
def terms() -> tuple[Term, ...]:
    """Give the terms of jargon.yaml."""
    return tuple(
        Term(
            entry["term"],
            tuple(entry["forms"]),
            tuple(entry["plain"]),
            tuple(entry.get("nouns", ())),
        )
        for entry in entries_of("jargon")
    )


@cache
def before_nouns() -> tuple[str, ...]:
    """Give the words after which what could be a verb is a noun."""
    return tuple(_file("jargon")["before_nouns"].split())


@cache
def concrete() -> Concrete:
    """Give what vagueness.yaml takes for concrete."""
    data = _file("vagueness")
    patterns = (entry["pattern"] for entry in data["concrete"]["patterns"])
    return Concrete(
        patterns=_either(patterns, data["parts"]),
        names=data["concrete"]["names"],
        also_found=data["concrete"]["also_found"],
    )


@cache
def magnifying(feature: str) -> dict[str, Any]:
    """Give what magnify.yaml puts in to make more of a feature."""
    words: dict[str, Any] = _file("magnify")[feature]
    return words


@cache
def english_words() -> frozenset[str]:
    """Give the words by whose share a text is told to be English."""
    return frozenset(_file("english")["words"].split())


@cache
def safety() -> re.Pattern[str]:
    """Give what marks a sentence that every rewriting leaves word for word."""
    data = _file("safety")
    return re.compile(_either([*data["danger"], *data["to_reach"]], {}))


@cache
def danger() -> re.Pattern[str]:
    """Give what is said where there is danger: of `safety`, all but numbers and addresses."""
    return re.compile(_either(_file("safety")["danger"], {}))


def plain(text: str) -> str:
    """Lower case, and one apostrophe; as long as the text for all letters of English."""
    return text.translate(_ONE_SIGN).lower()


def entries_of(name: str) -> list[dict[str, Any]]:
    """Give the entries of a data file that has nothing else, or has them under `entries`."""
    data = _file(name)
    entries: list[dict[str, Any]] = data if isinstance(data, list) else data["entries"]
    return entries


def _either(patterns: Iterable[str], parts: Mapping[str, str]) -> str:
    return "|".join(f"(?:{_filled(one, parts)})" for one in patterns)


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    return _PART.sub(lambda found: _filled(parts[found[1]], parts), pattern)


def _longest(form: str) -> tuple[int, str]:
    return -len(form), form


@cache
def _file(name: str) -> Any:  # noqa: ANN401
    text = (files("attunement.surface") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
