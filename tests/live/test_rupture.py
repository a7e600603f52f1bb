from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from attunement.live._rupture import (
    KINDS,
    Gathering,
    RuptureKind,
    asks_openly,
    rupture_lexicon,
    rupture_markers,
)
from attunement.live._rupture_language import Language

LINES: dict[str, list[Any]] = yaml.safe_load(
    Path(__file__).with_name("rupture_lines.yaml").read_text(encoding="utf-8")
)
FIGURES: dict[RuptureKind, tuple[int, int, int]] = {
    "withdrawal": (15, 22, 0),
    "confrontation": (13, 22, 0),
}
"""Of the lines unseen when the lexicon was written: found, of how many, and wrongly found."""


def kinds_in(line: Any) -> set[str]:
    text = line if isinstance(line, str) else line["text"]
    asked = isinstance(line, dict) and asks_openly(line["before"])
    return {one.kind for one in rupture_markers(text, openly_asked=asked)}


@pytest.mark.parametrize("kind", KINDS)
def test_lines_not_seen_when_the_lexicon_was_written_are_found_as_the_docs_say(
    kind: RuptureKind,
) -> None:
    found = sum(kind in kinds_in(line) for line in LINES[kind])
    wrong = sum(kind in kinds_in(line) for label in LINES if label != kind for line in LINES[label])
    assert (found, len(LINES[kind]), wrong) == FIGURES[kind]


def test_half_of_the_lines_are_none_so_that_crying_wolf_would_show() -> None:
    ruptures = len(LINES["withdrawal"]) + len(LINES["confrontation"])
    assert len(LINES["none"]) == ruptures


@pytest.mark.parametrize(
    "text",
    [
        "I don't think you're judging me.",
        "My wife says you don't understand me.",
        'She said "this is a waste of time" and left.',
        'Over the door stands "this is a waste of time" in red.',
        "Over the door stands 'this is a waste of time,' in red.",
        "People told me 'therapy is a waste of money,' but here I am.",
        "I was afraid that you're judging me.",
        "If this isn't helping we can stop the diary.",
        "It is not that this exercise is useless.",
    ],
)
def test_what_is_denied_supposed_quoted_or_said_by_others_is_no_rupture(text: str) -> None:
    assert rupture_markers(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "You have no idea how much better I feel!",
        "You have no idea how much lighter everything is.",
        "You have no idea what that means to me.",
        "Are you trained in EMDR?",
        "Are you a real person? Just curious.",
        "I can't trust you yet but I'm starting to.",
        "You are not helping him by calling every day.",
        "You don't help them by paying for it.",
    ],
)
def test_friendly_words_and_plain_questions_are_no_rupture(text: str) -> None:
    assert rupture_markers(text) == ()


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("You have no idea how hard this is.", "plain"),
        ("I can't trust you.", "plain"),
        ("You are not helping me.", "plain"),
        ("Are you even qualified?", "likely"),
        ("I refuse to do this homework.", "plain"),
        ("There's no point in talking about it.", "plain"),
        ("I don't see the point of these exercises.", "plain"),
    ],
)
def test_what_is_friendly_does_not_hide_what_is_meant(text: str, strength: str) -> None:
    assert [one.strength for one in rupture_markers(text)] == [strength]


def test_words_are_given_as_they_were_said_and_where() -> None:
    text = "Hm — look, YOU’RE NOT LISTENING to me. İt’s true."
    (marker,) = rupture_markers(text)
    assert (marker.kind, marker.strength) == ("confrontation", "plain")
    assert marker.words == text[marker.start : marker.end] == "YOU’RE NOT LISTENING"


def test_a_word_is_minimal_only_where_an_open_question_asked_for_more() -> None:
    assert asks_openly("How was that for you?")
    assert not asks_openly("Shall we meet on Friday?")
    assert not asks_openly("You know what I mean.")
    (marker,) = rupture_markers("Fine, I guess.", openly_asked=True)
    assert (marker.marker, marker.strength) == ("minimal_answer", "slight")
    assert rupture_markers("Fine, I guess.") == ()
    assert rupture_markers("Fine, we talked it over at length.", openly_asked=True) == ()


def test_one_plain_marker_is_enough_and_slight_ones_only_together() -> None:
    plain = rupture_markers("I'd rather not talk about it.")
    slight = rupture_markers("It doesn't matter.")
    assert [one.strength for one in plain + slight] == ["plain", "slight"]
    assert Gathering().step(plain) > 1
    near = Gathering()
    assert [near.step(slight) > 1 for _ in range(3)] == [False, False, True]
    assert near.weight == 0
    spread = Gathering()
    levels = [spread.step(slight if place % 4 == 0 else ()) for place in range(40)]
    assert max(levels) < 1


def test_no_turn_without_markers_raises_an_alarm() -> None:
    lexicon = rupture_lexicon()
    assert lexicon.fade < 1
    gathering = Gathering(weight=1.0)
    assert gathering.step(()) < 1


def test_every_marker_says_what_it_is_and_can_be_found() -> None:
    lexicon = rupture_lexicon()
    assert {way.marker for way in lexicon.ways} == set(lexicon.about)
    assert all(about.endswith(".") for about in lexicon.about.values())
    assert not any("{" in way.pattern.pattern.replace("{0,", "") for way in lexicon.ways)


def test_the_page_on_alarms_names_every_marker_and_gives_the_figures_held_here() -> None:
    page = (Path(__file__).parents[2] / "docs/alarms.md").read_text(encoding="utf-8")
    assert all(f"`{marker}`" in page for marker in rupture_lexicon().about)
    for kind, (found, lines, wrong) in FIGURES.items():
        precise, recalled = exact(found, found + wrong), exact(found, lines)
        assert f"| {kind} | {precise} | {recalled} |" in page


def exact(count: int, of: int) -> str:
    """Give a count with its exact 95% interval (Clopper and Pearson)."""
    found = binomtest(count, of).proportion_ci(method="exact")
    return f"{count} of {of} [{found.low:.2f}, {found.high:.2f}]"


@given(st.text())
def test_any_text_is_searched_and_spans_lie_in_it(text: str) -> None:
    for marker in rupture_markers(text, openly_asked=True):
        assert text[marker.start : marker.end] == marker.words != ""


@pytest.mark.parametrize(
    "words",
    [
        "so ",
        "what ",
        "i just really so ",
        "'ah ",
        '"',
        "you really so ",
        "is this working ",
        "...",
        "\n",
    ],
)
def test_a_turn_of_tens_of_thousands_of_words_takes_no_longer_than_its_length(words: str) -> None:
    began = time.process_time()
    rupture_markers(words * (100_000 // len(words)), openly_asked=True)
    asks_openly(words * (100_000 // len(words)))
    assert time.process_time() - began < 10


@given(st.lists(st.sampled_from(["i'm fine", "you're not listening", "never mind", " — ", "?"])))
def test_markers_do_not_overlap(pieces: list[str]) -> None:
    markers = rupture_markers(". ".join(pieces), openly_asked=True)
    assert all(a.end <= b.start for a, b in pairwise(markers))


def test_a_session_in_another_language_is_told_from_what_was_said_so_far() -> None:
    language = Language()
    german = "ich weiß nicht so recht was ich dazu sagen soll es war alles ein wenig viel heute"
    assert language.step(german) is None
    assert language.step(german) is False
    assert language.step("ok") is False
    assert Language().step("I think that this is what I wanted to say about it. " * 5)
    assert not Language().step(
        "我真不知道该怎么说这件事情对我来说真的太难了我每天都睡不着觉吃不下饭"
    )
