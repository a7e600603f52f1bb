"""Every entry of the word lists finds its own example, and nothing that is none of it."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
import yaml

from attunement.surface import features

LISTS = ("sycophancy", "flattery", "vagueness")


def data(name: str) -> Any:
    text = (files("attunement.surface") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)


def values(name: str, texts: list[str]) -> dict[str, float]:
    found = features(texts, english=[True] * len(texts))[name]
    assert found.null_count() == 0
    return dict(zip(texts, found.to_list(), strict=True))


def over(name: str, texts: list[str], bound: float) -> list[str]:
    return [text for text, value in values(name, texts).items() if value > bound]


def examples(entries: list[dict[str, str]]) -> list[str]:
    return [entry["example"] for entry in entries]


def nothing(name: str) -> float:
    return 0.5 if name == "vagueness" else 0


@pytest.mark.parametrize("name", LISTS)
def test_every_example_is_found(name: str) -> None:
    wanted = examples(data(name)["entries"])
    assert over(name, wanted, nothing(name)) == list(dict.fromkeys(wanted))


@pytest.mark.parametrize("name", LISTS)
def test_what_only_looks_like_it_is_not_found(name: str) -> None:
    assert over(name, examples(data(name)["none_of_it"]), nothing(name)) == []


def test_every_concrete_example_is_found() -> None:
    wanted = examples(data("vagueness")["concrete"]["patterns"])
    assert [text for text, value in values("vagueness", wanted).items() if value >= 0.5] == []


def test_no_phrase_is_both_assent_and_praise_of_the_person() -> None:
    assert over("flattery", examples(data("sycophancy")["entries"]), 0) == []
    assert over("sycophancy", examples(data("flattery")["entries"]), 0) == []


def test_every_term_and_form_is_found_whole_and_stands_once() -> None:
    entries = data("jargon")["entries"]
    terms = [form for entry in entries for form in (entry["term"], *entry["forms"])]
    assert [term for term, value in values("jargon", terms).items() if value != 1] == []
    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def test_plain_words_hold_no_jargon_and_stand_for_one_term() -> None:
    entries = data("jargon")["entries"]
    words = [word for entry in entries for word in (*entry["plain"], *entry.get("nouns", ()))]
    assert over("jargon", words, 0) == []
    assert sorted({word for word in words if words.count(word) > 1}) == []
