"""From turns to sessions: windows, weights, the closing, position."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.validity import (
    POOLINGS,
    SESSION_POOLING,
    PoolingName,
    cut_before_closing,
    ends_before_closing,
    less_closing,
    less_position,
    session_means,
)


def turns(session: str, scores: list[float], *, until: float = 1.0) -> pl.DataFrame:
    """The patient's turns of a session in which the therapist speaks in between."""
    n = len(scores)
    return pl.DataFrame(
        {
            "session_id": [session] * n,
            "turn": [2 * turn for turn in range(n)],
            "time": [until * turn / (n - 1) if n > 1 else 0.0 for turn in range(n)],
            "words": [turn + 1 for turn in range(n)],
            "alliance": scores,
        }
    )


def pooled(table: pl.DataFrame, name: PoolingName) -> dict[str, float]:
    means = session_means(table, ["alliance"], POOLINGS[name])
    return dict(means.iter_rows())


def test_the_sessions_pooling_is_one_of_the_poolings() -> None:
    assert SESSION_POOLING in POOLINGS
    assert all(name == one.name for name, one in POOLINGS.items())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Scores 8, 1, 2, 4, 5 at times 0, .25, .5, .75, 1; words 1 to 5.
        ("all_turns", 4.0),
        ("last_half", 11 / 3),
        ("last_quarter", 4.5),
        ("rising", (0.25 + 1 + 3 + 5) / 2.5),
        ("rising_steeply", (1 * 0.0625 + 2 * 0.25 + 4 * 0.5625 + 5) / 1.875),
        ("late", (1 / 64 + 2 / 8 + 4 * 27 / 64 + 5) / (1 / 64 + 1 / 8 + 27 / 64 + 1)),
        # Cubes of time, and ten turns' weight at 0 beside them.
        ("late_shrunken", (1 / 64 + 2 / 8 + 4 * 27 / 64 + 5) / (1.5625 + 10)),
        ("by_words", (8 + 2 + 6 + 16 + 25) / 15),
        ("highest_quarter", 6.5),
        ("lowest_quarter", 1.5),
    ],
)
def test_each_pooling_weighs_as_it_says(name: PoolingName, expected: float) -> None:
    table = turns("a", [8.0, 1.0, 2.0, 4.0, 5.0])
    assert pooled(table, name) == {"a": pytest.approx(expected)}


def test_every_pooling_has_a_known_answer_above() -> None:
    asked = test_each_pooling_weighs_as_it_says.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {name for name, _ in asked} == set(POOLINGS)


def test_the_last_quarter_starts_at_three_quarters_of_the_session_whoever_speaks_last() -> None:
    # The patient's last turn at .7: no last quarter, though it is the last of what is there.
    table = pl.concat([turns("a", [0.0, 0.0, 0.0, 2.0, 4.0]), turns("b", [7.0, 8.0], until=0.7)])
    assert pooled(table, "last_quarter") == {"a": 3.0}
    assert pooled(table, "all_turns") == {"a": 1.2, "b": 7.5}


def test_a_session_in_which_nothing_weighs_has_no_score() -> None:
    table = pl.concat([turns("one turn at time 0", [3.0]), turns("b", [1.0, 2.0])])
    assert pooled(table, "rising") == {"b": 2.0}


@given(
    scores=st.lists(st.floats(-5, 5), min_size=2, max_size=20),
    name=st.sampled_from(sorted(POOLINGS)),
)
def test_a_pooled_score_lies_between_the_turns(scores: list[float], name: PoolingName) -> None:
    found = pooled(turns("a", scores), name)
    ends = [*scores, 0.0] if POOLINGS[name].prior else scores
    assert min(ends) - 1e-9 <= found["a"] <= max(ends) + 1e-9


def test_a_prior_draws_a_short_session_further_to_the_average_than_a_long_one() -> None:
    short, long = turns("short", [1.0] * 5), turns("long", [1.0] * 50)
    found = pooled(pl.concat([short, long]), "late_shrunken")
    assert 0 < found["short"] < 0.5 * found["long"] < 0.5


def test_closing_turns_are_left_out_of_the_same_window() -> None:
    # Nine turns at 0, 1/8, ... 1: the window holds the last three, and all three are closing.
    short, long = turns("a", [*map(float, range(9))]), turns("b", [*map(float, range(17))])
    left = less_closing(pl.concat([short, long]), closing=3)
    assert pooled(left, "last_quarter") == {"b": 12.5}


def test_a_cut_session_ends_before_its_third_last_patient_turn_for_both_sides() -> None:
    # Patient turns 0, 2, ... 14; the third last is turn 10, so turn 9 is the end.
    spoken = pl.DataFrame(
        {
            "session_id": ["a"] * 16 + ["b"] * 4,
            "turn": [*range(16), *range(4)],
            "role": ["patient", "therapist"] * 10,
            "alliance": [float(k) for k in [*range(16), *range(4)]],
        }
    )
    ends = ends_before_closing(spoken, closing=3)
    assert ends.rows() == [("a", 9)]  # b has two patient turns: nothing would be left of it
    cut = cut_before_closing(spoken.with_columns(time=pl.lit(0.0)), ends)
    assert cut["turn"].to_list() == list(range(10))
    np.testing.assert_allclose(cut["time"], np.linspace(0, 1, 10))
    assert pooled(cut, "last_quarter") == {"a": 8.0}


def test_position_out_leaves_nothing_of_a_score_that_is_only_position() -> None:
    a, b = turns("a", [0.0, 1.0, 2.0]), turns("b", [0.0, 1.0, 2.0])
    b_higher = b.with_columns(pl.col("alliance") + 1)
    left = less_position(pl.concat([a, b_higher]), ["alliance"])
    assert left["alliance"].to_list() == [-0.5, -0.5, -0.5, 0.5, 0.5, 0.5]
