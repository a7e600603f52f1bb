"""The markers of turns: what must hold whatever is said, and what a turn owes to the one before."""

from __future__ import annotations

import time

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.markers.talk import said, spoken
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from attunement.markers import other_side_before, turn_markers
from attunement.tables import COUNTED, MARKERS

ALL_ENGLISH = pl.DataFrame({"session_id": ["s1"], "english": [True]})
VOCABULARY = """
    i I we you they the a um uh hmm mm-hm no not don't maybe kind of think like know mean well so
    very sorry went house sad happy good 2 and but is was my sh- I- um, the, I, no, like, well,
    know, mean, gone. really? no! I... that— 🙂 (um) [/] to rather or had
"""
WORDS = st.sampled_from(VOCABULARY.split())
TEXTS = st.lists(WORDS, min_size=0, max_size=14).map(" ".join)


def counted(*texts: str) -> pl.DataFrame:
    return turn_markers(said(*texts), languages=ALL_ENGLISH).select(COUNTED)


@given(st.lists(TEXTS, min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_no_count_exceeds_the_words_of_its_turn(texts: list[str]) -> None:
    words = said(*texts)["words"]
    counts = counted(*texts)
    for name in COUNTED:
        assert (counts[name] <= words).all(), name
        assert (counts[name] >= 0).all(), name


@given(TEXTS)
@settings(max_examples=30, deadline=None)
def test_neither_case_nor_kind_of_apostrophe_matters(text: str) -> None:
    spellings = counted(text, text.upper(), text.replace("'", "’"))
    assert spellings.unique().height == 1


@given(st.lists(TEXTS, min_size=2, max_size=5))
@settings(max_examples=20, deadline=None)
def test_a_turn_is_counted_alike_alone_and_among_others(texts: list[str]) -> None:
    assert_frame_equal(counted(*texts)[-1], counted(texts[-1]))
    assert_frame_equal(counted(*texts).reverse(), counted(*reversed(texts)))


@given(TEXTS, TEXTS)
@example("and um, i", "and um, i")
@settings(max_examples=60, deadline=None)
def test_merged_utterances_count_as_much_as_they_do_apart(first: str, second: str) -> None:
    counts = counted(f"{first}\n{second}", first, second)
    assert_frame_equal(counts[0], counts[1:].sum())


@pytest.mark.parametrize("text", ["", " ", "...", "🙂", "!?", "—", "1", "é", "م", "\n", "*", "&-"])
def test_a_turn_of_hardly_anything_has_counts_of_nought(text: str) -> None:
    assert set(counted(text).row(0)) == {0}


def test_one_word_is_counted() -> None:
    assert counted("No")["negations"].to_list() == [1]
    assert counted("um")["fillers"].to_list() == [1]
    assert counted("I")["i"].to_list() == [1]


def test_an_empty_table_gives_an_empty_table_of_the_same_columns() -> None:
    empty = turn_markers(said())
    filled = turn_markers(said("I know."))
    assert empty.height == 0
    assert empty.schema == filled.schema
    assert {n: t for n, t in MARKERS.columns.items() if n in filled.columns} == dict(filled.schema)


def test_a_very_long_turn_takes_no_longer_than_its_words() -> None:
    line = "I was so, um, happy and I don't think they hated it but maybe I was sad. "
    began = time.perf_counter()
    markers = turn_markers(said(line * 1000))
    assert time.perf_counter() - began < 30
    assert markers.select("i", "fillers", "negations", "they").row(0) == (3000, 1000, 1000, 1000)


@pytest.mark.parametrize(
    "text",
    [
        "I am not very happy, but it was the best week of ALL, yeah right!!",
        "At least it isn't horrible. No good, no bad. It was the least bad, so never this good.",
        "sad " * 40 + "but happy " * 40,
        "no problem, kind of nice, without doubt great, bad ass 🙂 ❤ :) it's the shit",
        "Thank you. \n I hate it?? GREAT",
        "happy",
        "",
    ],
)
def test_vader_gives_what_it_gives_by_itself(text: str) -> None:
    row = turn_markers(said(text), languages=ALL_ENGLISH).row(0, named=True)
    expected = SentimentIntensityAnalyzer().polarity_scores(text)
    assert (row["positive"], row["negative"], row["compound"]) == (
        expected["pos"],
        expected["neg"],
        expected["compound"],
    )


@given(st.lists(TEXTS, min_size=20, max_size=30))
@settings(max_examples=10, deadline=None)
def test_vader_gives_what_it_gives_by_itself_on_any_talk(texts: list[str]) -> None:
    found = turn_markers(said(*texts), languages=ALL_ENGLISH)["compound"].to_list()
    vader = SentimentIntensityAnalyzer()
    assert found == [vader.polarity_scores(text)["compound"] for text in texts]


def test_a_typographic_apostrophe_negates_in_vader_too() -> None:
    markers = turn_markers(said("It isn't good", "It isn’t good"), languages=ALL_ENGLISH)
    plain, typographic = markers["compound"]
    assert plain == typographic < 0


def test_the_other_sides_last_turn_is_found_over_turns_of_ones_own() -> None:
    table = pl.concat(
        [
            spoken(("p", "a"), ("t", "b"), ("p", "c"), ("p", "d"), ("t", "e"), session="one"),
            spoken(("t", "f"), ("t", "g"), ("p", "h"), session="two"),
        ]
    )
    assert other_side_before(table).to_list() == [None, 0, 1, 1, 3, None, None, 6]


def test_shared_words_are_the_share_of_different_content_words() -> None:
    table = spoken(
        ("p", "My sister left the house on Sunday."),
        ("t", "Your sister left, and the house, the HOUSE felt empty?"),  # 3 of 4
        ("p", "Yes, I know."),  # no content words
        ("t", "So your sister?"),  # the patient's last turn has none
        ("p", "my sisters"),  # as written
    )
    shared = turn_markers(table, languages=ALL_ENGLISH)["shared_words"].to_list()
    assert shared == [None, 0.6, None, 0.0, 0.0]


def test_time_to_respond_runs_from_the_other_sides_end_to_ones_start() -> None:
    table = spoken(
        ("p", "I slept."),
        ("t", "Well?"),
        ("p", "Yes."),
        ("p", "Very."),
        ("t", "Good."),
        ("p", "Hm."),
        times=[(0, 2), (3.5, 4), (3.0, 6), (7, 8), (None, 9), (10, None)],
    )
    markers = turn_markers(table, languages=ALL_ENGLISH)
    assert markers["response_time"].to_list() == [None, 1.5, -1.0, None, None, 1.0]
    assert markers["seconds"].to_list() == [2, 0.5, 3, 1, None, None]


def test_nothing_is_known_of_time_without_times() -> None:
    markers = turn_markers(spoken(("p", "I slept."), ("t", "Well?")), languages=ALL_ENGLISH)
    assert markers["response_time"].null_count() == markers["seconds"].null_count() == 2


def test_another_session_is_no_turn_before() -> None:
    one = spoken(("p", "My sister left."), session="one", times=[(0, 1)])
    two = spoken(("t", "Your sister left?"), session="two", times=[(2, 3)])
    last = turn_markers(pl.concat([one, two])).row(1, named=True)
    assert last["shared_words"] is None
    assert last["response_time"] is None
