"""Rates, shares and style of sessions, worked out by hand."""

from __future__ import annotations

import polars as pl
import pytest
from tests.markers.talk import spoken

from attunement.markers import (
    DYAD,
    FEWEST_STYLE_WORDS,
    NON_FLUENCIES,
    RATES,
    session_markers,
    style_match,
    turn_markers,
)
from attunement.tables import ACTS, MARKER_SESSIONS, MARKERS, STYLE_WORDS

ALL_ENGLISH = pl.DataFrame({"session_id": ["s1"], "english": [True]})


def with_acts(markers: pl.DataFrame, *acts: str | None) -> pl.DataFrame:
    """Add the columns that other modules fill."""
    return markers.with_columns(
        act=pl.Series(acts or [None] * markers.height, dtype=pl.String),
        act_probability=pl.lit(None, pl.Float64),
        overlap=pl.lit(None, pl.Float64),
    ).select(*MARKERS.columns)


def value(rows: pl.DataFrame, role: str, marker: str) -> object:
    found = rows.filter(pl.col("role") == role, pl.col("marker") == marker).select("value", "n")
    return found.row(0) if found.height else None


TALK = spoken(
    ("p", "I, um, I was not there."),  # 6 words: 2 i, 1 filler, 1 repeat, 1 negation
    ("t", "Where were you?"),  # 3
    ("p", "At my, sorry, the the house."),  # 6: 1 i, 1 repair, 1 repeat
    ("t", "We can stop."),  # 3
    times=[(0, 2), (3, 4), (9, 11), (11.5, 12)],
)


def test_rates_are_in_a_hundred_words_of_the_side() -> None:
    rows = session_markers(turn_markers(TALK, languages=ALL_ENGLISH))
    assert value(rows, "patient", "i") == (pytest.approx(100 * 3 / 12), 12)
    assert value(rows, "patient", "negations") == (pytest.approx(100 / 12), 12)
    assert value(rows, "therapist", "we") == (pytest.approx(100 / 6), 6)
    assert value(rows, "therapist", "i") == (0, 6)


def test_non_fluencies_are_fillers_repeats_and_repairs_together() -> None:
    rows = session_markers(turn_markers(TALK, languages=ALL_ENGLISH))
    for kind, count in zip(NON_FLUENCIES, (1, 2, 1), strict=True):
        assert value(rows, "patient", kind) == (pytest.approx(100 * count / 12), 12)
    assert value(rows, "patient", "non_fluencies") == (pytest.approx(100 * 4 / 12), 12)


def test_talk_share_turn_length_and_time_to_respond() -> None:
    rows = session_markers(turn_markers(TALK, languages=ALL_ENGLISH))
    assert value(rows, "patient", "talk_share") == (pytest.approx(12 / 18), 18)
    assert value(rows, "therapist", "talk_share") == (pytest.approx(6 / 18), 18)
    assert value(rows, "patient", "turn_length") == (6, 2)
    assert value(rows, "patient", "response_time") == (5, 1)
    assert value(rows, "therapist", "response_time") == (pytest.approx(0.75), 2)  # of 1 and 0.5


def test_acts_are_shares_of_therapist_turns_whose_act_is_known() -> None:
    markers = turn_markers(spoken(*[("p", "a"), ("t", "b")] * 4), languages=ALL_ENGLISH)
    rows = session_markers(
        with_acts(markers, None, "advice", None, "advice", None, "reflection", None, None)
    )
    assert value(rows, "therapist", "advice") == (pytest.approx(2 / 3), 3)
    assert value(rows, "therapist", "reflection") == (pytest.approx(1 / 3), 3)
    assert value(rows, "therapist", "information") == (0, 3)
    assert rows.filter(pl.col("role") == "patient", pl.col("marker").is_in(ACTS)).is_empty()


def test_means_are_over_the_turns_that_have_a_value() -> None:
    markers = with_acts(turn_markers(TALK, languages=ALL_ENGLISH)).with_columns(
        overlap=pl.Series([None, 0.2, 0.4, 0.6])
    )
    rows = session_markers(markers)
    assert value(rows, "patient", "overlap") == (pytest.approx(0.4), 1)
    assert value(rows, "therapist", "overlap") == (pytest.approx(0.4), 2)


def test_what_is_not_english_keeps_only_its_lengths_and_times() -> None:
    foreign = pl.DataFrame({"session_id": ["s1"], "english": [False]})
    rows = session_markers(with_acts(turn_markers(TALK, languages=foreign)))
    assert set(rows["marker"]) == {"talk_share", "turn_length", "response_time"}


def test_a_side_without_turns_has_no_rows() -> None:
    rows = session_markers(turn_markers(spoken(("p", "I know it.")), languages=ALL_ENGLISH))
    assert set(rows["role"]) == {"patient"}
    assert value(rows, "patient", "talk_share") == (1, 3)


def test_rows_follow_the_sessions_and_the_schema() -> None:
    table = pl.concat(
        [spoken(("t", "Yes."), ("p", "No."), session=session) for session in ("b", "a", "c")]
    )
    rows = session_markers(turn_markers(table))
    assert rows.schema == MARKER_SESSIONS.schema
    assert rows["session_id"].unique(maintain_order=True).to_list() == ["b", "a", "c"]
    assert rows["role"].rle().struct.field("value").to_list() == ["patient", "therapist"] * 3
    assert rows.filter(pl.col("session_id") == "a")["marker"].to_list()[: len(RATES)] == list(RATES)
    assert session_markers(turn_markers(table.clear())).schema == MARKER_SESSIONS.schema


def style(patient: dict[str, int], therapist: dict[str, int], words: int) -> pl.DataFrame:
    sides = [("patient", patient), ("therapist", therapist)]
    return pl.DataFrame(
        [
            {
                "session_id": "s1",
                "role": role,
                "words": words,
                **dict.fromkeys(STYLE_WORDS, 0),
                **counts,
            }
            for role, counts in sides
        ]
    )


def test_style_matching_is_the_published_formula() -> None:
    # articles 10 % and 5 %: 1 - 5 / 15.0001; all other kinds alike (nought and nought): 1
    (row,) = style_match(style({"articles": 10}, {"articles": 5}, 100)).rows(named=True)
    assert row["style_match_articles"] == pytest.approx(1 - 5 / 15.0001)
    assert row["style_match"] == pytest.approx((8 + 1 - 5 / 15.0001) / 9)
    assert row["n"] == 200


def test_equal_sides_match_wholly_and_opposite_ones_hardly() -> None:
    same = dict.fromkeys(STYLE_WORDS, 7)
    assert style_match(style(same, same, 90))["style_match"].item() == pytest.approx(1)
    none = dict.fromkeys(STYLE_WORDS, 0)
    assert style_match(style(same, none, 90))["style_match"].item() == pytest.approx(0, abs=1e-4)


def test_style_is_not_compared_with_too_few_words() -> None:
    same = dict.fromkeys(STYLE_WORDS, 5)
    assert style_match(style(same, same, FEWEST_STYLE_WORDS)).height == 1
    assert style_match(style(same, same, FEWEST_STYLE_WORDS - 1)).height == 0


def test_the_nine_kinds_are_given_on_request() -> None:
    line = "I think that the house was never really for all of us and you know it. "
    table = spoken(("p", line * 5), ("t", line * 5))
    markers = turn_markers(table)
    plain = session_markers(markers).filter(pl.col("role") == DYAD)
    every = session_markers(markers, style_kinds=True).filter(pl.col("role") == DYAD)
    assert plain["marker"].to_list() == ["style_match"]
    assert every["marker"].to_list() == [
        "style_match",
        *(f"style_match_{kind}" for kind in STYLE_WORDS),
    ]
    assert every["value"].to_list() == pytest.approx([1.0] * 10)
