"""Which turns are scored, and how many words they have."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attunement.alliance import words_of
from attunement.alliance._embedded import those_spoken
from attunement.transcripts import clean


@given(text=st.one_of(st.text(), st.text(st.characters(max_codepoint=127))).map(clean))
@example("--- ... well-known, isn't it?_ 3.5")
@example("")
@example("e\u0301 नमस्ते Ⓐ ½ 我不知道")
def test_a_turn_alone_has_as_many_words_as_in_a_table(text: str) -> None:
    table = those_spoken(pl.DataFrame({"role": ["patient"], "text": [text]}))
    assert words_of("patient", text) == (table["words"].item() if table.height else None)


@pytest.mark.parametrize(
    ("role", "text", "words"),
    [
        ("patient", "Well - I don't know.", 4),
        ("therapist", "…", 0),
        ("therapist", " \n", None),
        ("other", "Hello.", None),
    ],
)
def test_known_turns(role: str, text: str, words: int | None) -> None:
    assert words_of(role, text) == words
