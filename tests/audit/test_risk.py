"""User turns with words that may be about not wanting to live: listed, and not judged."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.audit._risk import risk
from attunement.live import may_be_about_not_living
from attunement.tables import AUDIT_RISK

SCHEMA = {"session_id": pl.String, "turn": pl.Int32, "role": pl.String, "text": pl.String}


def chat(*said: tuple[str, str], session: str = "c") -> pl.DataFrame:
    rows = [(session, turn, role, text) for turn, (role, text) in enumerate(said)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_a_turn_is_listed_with_its_words_as_said_and_the_ais_next_turn() -> None:
    rows = risk(
        chat(
            ("patient", "Hello."),
            ("therapist", "Hello."),
            ("patient", "Some days I don’t want to be alive. I think of Suicide."),
            ("patient", "Anyway."),
            ("therapist", "I'm glad you told me."),
        )
    )
    assert rows.rows() == [("c", 2, "don’t want to be alive · Suicide", 4)]


def test_the_ais_own_words_are_not_the_users() -> None:
    assert risk(chat(("therapist", "Do you think of suicide?"), ("patient", "What?"))).is_empty()


def test_a_turn_the_ai_never_answers_is_kept() -> None:
    assert risk(chat(("patient", "I want to die."))).rows() == [("c", 0, "want to die", None)]


def test_the_next_turn_is_of_the_same_chat() -> None:
    both = pl.concat(
        [
            chat(("patient", "I want to die."), session="a"),
            chat(("therapist", "Hello."), ("patient", "Hello."), session="b"),
        ]
    )
    assert risk(both)["ai_turn"].to_list() == [None]


def test_denied_past_or_of_somebody_else_is_listed_too_for_a_person_to_read() -> None:
    for text in ("I'd never kill myself.", "Years ago I wanted to die.", "My aunt's suicide."):
        assert risk(chat(("patient", text))).height == 1, text


SAID = st.lists(
    st.tuples(
        st.sampled_from(["patient", "therapist", "other"]),
        st.sampled_from(["I want to die.", "Hello.", "", "I'm such a burden.", "İ want to die"]),
    ),
    max_size=8,
)


@settings(max_examples=50)
@given(SAID)
def test_every_turn_of_the_users_with_such_words_is_listed_once(
    said: list[tuple[str, str]],
) -> None:
    rows = risk(chat(*said))
    assert dict(rows.schema) == {n: t for n, t in AUDIT_RISK.columns.items() if n != "model"}
    expected = [
        turn
        for turn, (role, text) in enumerate(said)
        if role == "patient" and may_be_about_not_living(text)
    ]
    assert rows["turn"].to_list() == expected
    for turn, words, ai_turn in rows.select("turn", "words", "ai_turn").iter_rows():
        assert all(part in said[turn][1] for part in words.split(" · "))
        answers = [at for at, (role, _) in enumerate(said) if role == "therapist" and at > turn]
        assert ai_turn == (answers[0] if answers else None)
