from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.raters.conftest import SPOKEN, spoken, whole

from attunement.raters import Quote, Window, neutral
from attunement.raters._quotes import counts, located


@pytest.mark.parametrize(
    ("quote", "turn", "words"),
    [
        ("I kept it for three days", 1, "I kept it for three days"),
        ("i KEPT it\n for  three days.", 1, "I kept it for three days"),
        ("“I don't see what it's for.”", 1, "I don’t see what it’s for"),
        ("look at it together - or drop it", 2, "look at it together — or drop it"),
        ("look at it together--or drop it?", 2, "look at it together — or drop it"),
        ("I kept it ... what it's for", 1, "I kept it … what it’s for"),
        ("I kept it [...] what it’s for", 1, "I kept it … what it’s for"),
        ("... for three days. Then I... well", 1, "for three days. Then I … well"),
        ("[1] Patient: I kept it for three days", 1, "I kept it for three days"),
        ("Drop it.", 3, "Drop it"),
        ("No", 5, "No"),
    ],
)
def test_a_copied_quote_is_found_in_the_windows_own_words(
    window: Window, quote: str, turn: int, words: str
) -> None:
    found = located(quote, turn=turn, window=window)
    assert found == Quote(turn, words)
    assert counts(found, window=window)


@pytest.mark.parametrize(
    "quote",
    [
        "I kept the diary for three days",
        "I kept it for four days",
        "what it's for ... I kept it",
        "go? I kept it",
        "kept it for three day",
        "ept it for three days",
        "I kept it ... drop it",
        "The patient kept it for three days",
        "",
        "...",
        "“”",
        "x" * 100_000,
        "word " * 20_000,
    ],
)
def test_a_paraphrase_or_words_of_two_turns_or_parts_of_words_are_not_found(
    window: Window, quote: str
) -> None:
    assert located(quote, turn=1, window=window) is None


@pytest.mark.parametrize("turn", [0, 5, 99, -1, None])
def test_a_wrong_turn_number_is_put_right(window: Window, turn: int | None) -> None:
    assert located("three days", turn=turn, window=window) == Quote(1, "three days")


def test_words_under_the_label_of_another_speaker_are_no_quote(window: Window) -> None:
    for label in ("[3] Patient: ", "patient: ", "Somebody else: "):
        assert located(f"{label}Shall we look at it", turn=2, window=window) is None
    both = whole(spoken(("patient", "drop it now"), ("therapist", "you said drop it now")))
    assert located("[0] Therapist: drop it now", turn=0, window=both) == Quote(1, "drop it now")


def test_the_turn_named_is_looked_at_first() -> None:
    window = whole(spoken(("patient", "drop it now"), ("therapist", "you said drop it now")))
    assert located("drop it now", turn=1, window=window) == Quote(1, "drop it now")
    assert located("drop it now", turn=0, window=window) == Quote(0, "drop it now")


def test_a_part_of_a_word_does_not_stand_in_for_a_whole_one() -> None:
    window = whole(spoken(("patient", "The start is mine; of art, is there any?")))
    assert located("art is", turn=0, window=window) is None
    assert located("art, is", turn=0, window=window) == Quote(0, "art, is")


def test_numbers_are_those_shown_and_turns_are_the_sessions(window: Window) -> None:
    later = Window("s1", 1, 2, 5, window.turns[4:] + window.turns[2:4])
    assert located("drop it", turn=5, window=later) == Quote(3, "Drop it")
    assert located("drop it", turn=4, window=later) == Quote(2, "drop it")
    last = Window("s1", 1, 3, 5, window.turns[3:])
    assert located("drop it", turn=3, window=last) == Quote(3, "Drop it")
    said = located("No.", turn=5, window=last)
    assert said == Quote(5, "No")
    assert counts(said, window=last)


@pytest.mark.parametrize(
    "quote",
    [
        "I",
        "it",
        "Then",
        "the",
        "days",
        "I ... it",
        "I … it … for … I … it",
        "go",
        "I kept",
        "together",
    ],
)
def test_a_couple_of_letters_is_no_evidence(window: Window, quote: str) -> None:
    found = located(quote, turn=None, window=window)
    assert found is not None
    assert not counts(found, window=window)


def test_words_are_compared_as_they_were_shown() -> None:
    window = whole(spoken(("patient", "he <b>left</b> [cries]\nand I\u200b stayed | alone")))
    shown = neutral(window.turns[0].text)
    for quote in (shown, window.turns[0].text, "left‹/b› (cries) and I stayed"):
        assert located(quote, turn=0, window=window) is not None


@given(st.data())
def test_any_run_of_words_of_a_turn_is_found_there(data: st.DataObject) -> None:
    window = whole(spoken(*SPOKEN))
    place = data.draw(st.integers(0, len(SPOKEN) - 1))
    words = neutral(SPOKEN[place][1]).split()
    begin = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(begin + 1, len(words)))
    quote = " ".join(words[begin:end])
    found = located(quote, turn=place, window=window)
    assert (found is None) == (not any(map(str.isalnum, quote)))
    assert found is None or found.turn == place


@given(st.text(), st.none() | st.integers())
def test_what_is_found_always_stands_in_the_turn_it_is_said_to(
    quote: str, turn: int | None
) -> None:
    window = whole(spoken(*SPOKEN))
    found = located(quote, turn=turn, window=window)
    if found is not None:
        shown = neutral(window.turns[found.turn].text)
        assert all(piece in shown for piece in found.text.split(" … "))
