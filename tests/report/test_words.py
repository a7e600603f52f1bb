"""Numbers and folds as the page writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.report._words import folded, number, printable, similarity


@pytest.mark.parametrize(
    ("value", "signed", "written"),
    [
        (-0.424, False, "−0.42"),
        (0.424, True, "+0.42"),
        (0.424, False, "0.42"),
        (-0.001, True, "0.00"),
        (None, True, "–"),
    ],
)
def test_scores_have_two_decimals_and_a_real_minus_and_zero_has_no_sign(
    value: float | None, signed: bool, written: str
) -> None:
    assert number(value, signed=signed) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0.61, ".61"), (1.0, "1.00"), (-0.049, "−.05"), (0.004, ".00")]
)
def test_similarities_are_written_without_a_leading_zero(value: float, written: str) -> None:
    assert similarity(value) == written


@given(st.text(max_size=2000))
def test_folding_loses_nothing(text: str) -> None:
    shown, rest = folded(text)
    assert shown + rest == text
    assert len(shown) <= 340


def test_folding_cuts_between_words_and_leaves_ordinary_turns_whole() -> None:
    assert folded("a few words") == ("a few words", "")
    shown, rest = folded("word " * 200)
    assert shown.endswith("word ")
    assert rest.startswith("word ")


def test_text_without_spaces_is_cut_all_the_same() -> None:
    shown, rest = folded("話" * 1000)
    assert shown
    assert rest


def test_control_characters_become_spaces_and_letters_stay() -> None:
    assert printable("a\x00b\x9bc\nd é 話") == "a b c d é 話"
