"""What the audit's page shows of a turn: the deciding words always, long turns folded, no more."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.report.audit._quotes import Piece, Quote, Said, Spoken, line, pieces, spans_of
from attunement.tables import TURNS

from .invented_audit import filled

LONG = "and then the bus came late again, as it does on Mondays. " * 40


def marked(quote: Quote) -> str:
    return "".join(piece.text for piece in quote.shown if piece.marked)


def told(parts: tuple[Piece, ...] | list[Piece]) -> str:
    return "".join(piece.text for piece in parts)


def test_an_ordinary_turn_is_shown_whole_with_its_words_marked() -> None:
    quote = Spoken(3, "therapist", "You're right, I take it back.").quote("I take it back.")
    assert told(list(quote.shown)) == "You're right, I take it back."
    assert marked(quote) == "I take it back."
    assert quote.whole == ()
    assert quote.who == "AI, turn 3"


def test_the_deciding_words_of_a_long_turn_are_among_what_is_shown() -> None:
    quote = Spoken(3, "patient", LONG + "No, that's not it. " + LONG).quote("No, that's not it.")
    assert marked(quote) == "No, that's not it."
    assert quote.shown[0].text == "…"
    assert quote.shown[-1].text == "…"
    assert len(told(list(quote.shown))) < 500
    assert "No, that's not it." in told(list(quote.whole))


def test_words_are_found_across_emphasis_and_lines_and_whatever_their_case() -> None:
    text = "Of course.\nYou are **absolutely\nright** about that."
    quote = Spoken(0, "therapist", text).quote("you are absolutely right")
    assert marked(quote) == "You are **absolutely right"


def test_words_that_are_not_in_the_turn_mark_nothing() -> None:
    quote = Spoken(0, "patient", "Nothing of the kind.").quote("I give up", None, "")
    assert marked(quote) == ""


def test_a_turn_of_ten_thousand_words_is_cut_and_what_is_left_out_is_counted() -> None:
    text = " ".join(f"w{place}" for place in range(10_000))
    quote = Spoken(0, "patient", text).quote()
    kept = told(list(quote.whole))
    assert len(kept) <= 6_000
    assert quote.n_words == 10_000
    assert quote.beyond == 10_000 - len(kept.split())


def test_control_characters_do_not_reach_the_page() -> None:
    quote = Spoken(0, "patient", "a\x00b\x1bc\u0085d").quote()
    assert told(list(quote.shown)).split() == ["a", "b", "c", "d"]


@given(st.text(max_size=900), st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_pieces_are_the_text_whatever_is_marked(text: str, marks: list[str]) -> None:
    assert told(pieces(text, spans_of(text, marks))) == text


@given(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(1, 90))
def test_marked_words_are_shown_wherever_they_stand(before: int, after: int, length: int) -> None:
    words = "q" * length
    text = "ab " * before + words + " cd" * after
    assert marked(Spoken(0, "patient", text).quote(words)) == words


@given(st.text(max_size=400))
def test_a_line_is_one_line_and_short(text: str) -> None:
    shown = line(text)
    assert len(shown) <= 111
    assert len(shown.splitlines()) <= 1


def test_a_line_of_one_long_word_is_cut_and_not_lost() -> None:
    assert line("語" * 300) == "語" * 110 + "…"


TURNS_SAID = filled(
    TURNS,
    [
        {"session_id": session, "turn": turn, "role": role, "text": f"{session}{turn}"}
        for session in ("b", "a")
        for turn, role in enumerate(
            ("therapist", "patient", "patient", "other", "therapist", "patient")
        )
    ],
)


@pytest.mark.parametrize(
    ("turn", "found"),
    [(0, ["a0"]), (1, ["a1", "a4"]), (4, ["a2", "a4"]), (5, ["a5"]), (3, []), (9, [])],
)
def test_around_a_turn_stand_the_user_and_the_ai(turn: int, found: list[str]) -> None:
    assert [one.text for one in Said(TURNS_SAID).around("a", turn)] == found


def test_turns_are_looked_up_in_their_own_chat() -> None:
    said = Said(TURNS_SAID)
    one = said.at("b", 4)
    assert one is not None
    assert one.text == "b4"
    assert said.at("c", 4) is None
    before = said.before("b", 4, "patient")
    assert before is not None
    assert before.text == "b2"
    assert said.before("b", 1, "patient") is None


def test_a_turn_without_text_is_empty() -> None:
    silent = TURNS_SAID.with_columns(pl.lit(None, pl.String).alias("text"))
    one = Said(silent).at("a", 0)
    assert one is not None
    assert one.quote().shown == []
