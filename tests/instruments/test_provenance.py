"""The banks' claims about themselves: own words; resolve at both poles and among the neutral."""

from __future__ import annotations

import json
import lzma
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks._ablation import blind_banks

from attunement.instruments import AnchorBank, load_anchors

CORPORA = Path(os.environ.get("ATTUNEMENT_CORPORA", "../shared/data"))
FILES = ("kokorochat.jsonl.xz", "esconv_sessions.jsonl.xz", "esconv_turn_feedback.jsonl.xz")
SENTENCE_WORDS = 5
RUN_WORDS = 7


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not part of the project")
def test_no_line_is_a_sentence_of_a_corpus_or_shares_seven_words_in_a_row_with_one() -> None:
    sentences: dict[str, str] = {}
    runs: dict[str, str] = {}
    banks = (load_anchors(), *blind_banks().values())
    for name, line in (named for bank in banks for named in _lines(bank)):
        for sentence in _sentences(line):
            if len(sentence.split()) >= SENTENCE_WORDS:
                sentences[sentence] = name
        runs |= dict.fromkeys(_runs(" ".join(_words(line))), name)
    found = set()
    for text in _corpus_texts():
        found |= {sentences[s] for s in _sentences(text) if s in sentences}
        for sentence in _sentences(text):
            found |= {runs[run] for run in _runs(sentence) if run in runs}
    assert found == set()


@pytest.mark.parametrize("pole", ["strong", "weak"])
def test_resolve_and_calm_stand_at_both_poles_of_the_patients_bank(pole: str) -> None:
    resolve = re.compile(r"decided|made up my mind|calm|clear|sorted", re.IGNORECASE)
    patient = [a for a in load_anchors().anchors if a.role == "patient" and a.pole == pole]
    assert sum(bool(resolve.search(anchor.text)) for anchor in patient) >= 3


def test_resolve_and_calm_stand_among_the_patients_neutral_lines_too() -> None:
    resolve = re.compile(r"decided|made up my mind|calm|at peace|sorted|goodbye", re.IGNORECASE)
    assert (
        sum(bool(resolve.search(line.text)) for line in load_anchors().neutral_of("patient")) >= 6
    )


def _lines(bank: AnchorBank) -> Iterator[tuple[str, str]]:
    """Give the name and the text of every anchor and every neutral line."""
    for anchor in bank.anchors:
        yield f"{bank.name}: {anchor.anchor_id}", anchor.text
    for line in bank.neutral:
        yield f"{bank.name}: {line.line_id}", line.text


def _corpus_texts() -> Iterator[str]:
    for name in FILES:
        with lzma.open(CORPORA / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                for turn in json.loads(line)["turns"]:
                    yield turn["text"]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def _sentences(text: str) -> list[str]:
    return [" ".join(_words(part)) for part in re.split(r"(?<=[.!?])\s+|\n", text)]


def _runs(sentence: str) -> list[str]:
    words = sentence.split()
    return [" ".join(words[at : at + RUN_WORDS]) for at in range(len(words) - RUN_WORDS + 1)]
