"""Kinds of answers, on lines told apart by hand."""

from __future__ import annotations

import polars as pl
import pytest

from attunement.markers import answers

KINDS = ("yes", "no", "acknowledgement", "thanks")

LINES = [
    ("Yes, every night.", ["yes"]),
    ("Oh yeah, I thought so too.", ["yes"]),
    ("“Exactly.” That is what she said.", ["yes"]),
    ("No. Not since March.", ["no"]),
    ("I don’t know what I want.", ["no"]),
    ("Not really, he never asked.", ["no"]),
    ("Okay, I will try that. Thank you!", ["acknowledgement", "thanks"]),
    ("mm-hm", ["acknowledgement"]),
    ("thx, that helped", ["thanks"]),
    ("My sister came on Sunday.", []),
    ("Nobody told me.", []),
    ("Yesterday was worse.", []),
    ("Thankless work, all of it.", []),
    ("Rightly or wrongly I left.", []),
]


@pytest.mark.parametrize(("text", "kinds"), LINES)
def test_a_line_is_of_the_kinds_a_reader_gives_it(text: str, kinds: list[str]) -> None:
    spoken = pl.DataFrame({"session_id": ["s"], "turn": [3], "role": ["patient"], "text": [text]})
    row = answers(spoken).row(0, named=True)
    assert [kind for kind in KINDS if row[kind]] == kinds


def test_only_the_patients_turns_are_answers_here() -> None:
    spoken = pl.DataFrame(
        {
            "session_id": ["s", "s"],
            "turn": [0, 1],
            "role": ["therapist", "patient"],
            "text": ["Yes?", "No."],
        }
    )
    assert answers(spoken)["turn"].to_list() == [1]
    assert answers(spoken).columns == ["session_id", "turn", *KINDS]
