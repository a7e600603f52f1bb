"""The example lines' claims about themselves: enough of each kind, varied, and our own words."""

from __future__ import annotations

import json
import lzma
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from attunement.markers._acts_examples import CARRIES, Example, act_examples, mixed_examples
from attunement.tables import ACTS

CORPORA = Path(os.environ.get("ATTUNEMENT_CORPORA", "../shared/data"))
FILES = ("kokorochat.jsonl.xz", "esconv_sessions.jsonl.xz", "esconv_turn_feedback.jsonl.xz")
SENTENCE_WORDS = 5
RUN_WORDS = 7


def test_every_act_has_at_least_ninety_lines_a_tenth_of_them_with_what_was_said_before() -> None:
    counts = Counter(example.act for example in act_examples())
    before = Counter(example.act for example in act_examples() if example.before)
    assert list(counts) == list(ACTS)
    assert min(counts.values()) >= 90
    assert max(counts.values()) <= 1.3 * min(counts.values())
    assert all(before[act] >= counts[act] / 10 for act in ACTS)


def test_no_line_stands_twice() -> None:
    counts = Counter(example.text.casefold() for example in act_examples())
    assert [text for text, times in counts.items() if times > 1] == []


@pytest.mark.parametrize("act", ACTS)
def test_lines_of_every_act_are_short_and_long_spoken_and_typed(act: str) -> None:
    texts = [example.text for example in act_examples() if example.act == act]
    lengths = [len(text.split()) for text in texts]
    assert sum(length <= 6 for length in lengths) >= 8
    assert sum(length >= 18 for length in lengths) >= 12
    assert sum(text[0].islower() for text in texts) >= 4


def test_mixed_turns_follow_the_codebook() -> None:
    asks = Example("advice", "Try it.")
    calm = Example("information", "It takes six weeks.", before="How long?")
    short = Example("other", "I see.")
    # Lines 0, 2 and 4, then 1, 3 and 5, beside calm, short and calm; two are turned round.
    mixed = mixed_examples([asks, asks, calm, asks, short, asks])
    assert [(one.act, one.text, one.before) for one in mixed] == [
        ("advice", "Try it. It takes six weeks.", "How long?"),
        ("information", "I see. It takes six weeks.", "How long?"),
        ("information", "It takes six weeks. I see.", "How long?"),
        ("advice", "It takes six weeks. Try it.", "How long?"),
        ("advice", "Try it. I see.", None),
        ("advice", "It takes six weeks. Try it.", "How long?"),
    ]


def test_mixed_turns_are_of_every_act() -> None:
    mixed = mixed_examples(act_examples())
    assert {one.act for one in mixed} == set(ACTS)
    asking = [one for one in mixed if one.act in CARRIES]
    assert 0.4 < len(asking) / len(mixed) < 0.6


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not part of the project")
def test_no_line_is_a_sentence_of_a_corpus_or_shares_seven_words_in_a_row_with_one() -> None:
    sentences: dict[str, str] = {}
    runs: dict[str, str] = {}
    for line in _lines():
        for sentence in _sentences(line):
            if len(sentence.split()) >= SENTENCE_WORDS:
                sentences[sentence] = line
            runs |= dict.fromkeys(_runs(sentence), line)
    found = set()
    for text in _corpus_texts():
        for sentence in _sentences(text):
            if sentence in sentences:
                found.add(sentences[sentence])
            found |= {runs[run] for run in _runs(sentence) if run in runs}
    assert found == set()


def _lines() -> Iterator[str]:
    for example in act_examples():
        yield example.text
        if example.before:
            yield example.before


def _corpus_texts() -> Iterator[str]:
    for name in FILES:
        with lzma.open(CORPORA / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                for turn in json.loads(line)["turns"]:
                    yield turn["text"]


def _sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.!?])\s+|\n", text.lower().replace("’", "'"))
    return [" ".join(re.findall(r"[a-z0-9']+", part)) for part in parts]


def _runs(sentence: str) -> list[str]:
    words = sentence.split()
    return [" ".join(words[at : at + RUN_WORDS]) for at in range(len(words) - RUN_WORDS + 1)]
