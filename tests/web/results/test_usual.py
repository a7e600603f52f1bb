"""What is usual is told from the other sessions, and from enough of them."""

from __future__ import annotations

from typing import Any

import pytest

from attunement.web.results._topics import course, shares
from attunement.web.results._usual import (
    FEWEST_TO_STAND_OUT,
    RARE,
    Values,
    standing_out_by_chance,
)


def language(value: float | None) -> dict[str, Any]:
    return {"session": [] if value is None else [["patient", "hedges", value, 100]]}


def values(*given: float | None) -> Values:
    held = Values()
    for place, value in enumerate(given):
        held.add(f"s{place}", language(value))
    return Values.from_json(held.as_json())


def test_the_session_itself_is_not_among_the_others() -> None:
    held = values(100.0, *(float(n) for n in range(1, 40)))
    usual = held.usual("patient", "hedges", value=100.0, but="s0")
    assert usual is not None
    assert (usual.low, usual.median, usual.high, usual.sessions) == (10.5, 20.0, 29.5, 39)
    assert usual.rarity == pytest.approx(0.05)
    assert usual.standing == "higher"


def test_nineteen_others_are_too_few() -> None:
    given = [float(n) for n in range(20)]
    assert values(*given).usual("patient", "hedges", value=1, but="s0") is None
    assert values(*given, 20.0).usual("patient", "hedges", value=1, but="s0") is not None


def test_sessions_without_the_marker_do_not_count() -> None:
    held = values(*([None, 1.0] * 19))
    assert held.usual("patient", "hedges", value=1.0, but="another") is None
    assert held.usual("therapist", "hedges", value=1.0, but="another") is None


@pytest.mark.parametrize(
    ("value", "rarity", "standing"),
    [
        (0.0, 2 * 1 / 101, "lower"),
        (1.0, 2 * 2 / 101, "lower"),
        (1.5, 2 * 2 / 101, "lower"),
        (2.5, 2 * 3 / 101, "usual"),
        (50.5, 1.0, "usual"),
        (99.5, 2 * 2 / 101, "higher"),
        (98.5, 2 * 3 / 101, "usual"),
    ],
)
def test_one_in_twenty_low_and_high_together_is_the_line(
    value: float, rarity: float, standing: str
) -> None:
    held = values(*(float(n) for n in range(1, 101)))
    usual = held.usual("patient", "hedges", value=value, but="another")
    assert usual is not None
    assert usual.standing == standing
    assert usual.rarity == pytest.approx(rarity)


def test_with_too_few_others_even_the_most_extreme_is_usual() -> None:
    for others, standing in ((FEWEST_TO_STAND_OUT - 1, "usual"), (FEWEST_TO_STAND_OUT, "lower")):
        held = values(*(float(n) for n in range(others)))
        usual = held.usual("patient", "hedges", value=-1.0, but="another")
        assert usual is not None
        assert usual.standing == standing


@pytest.mark.parametrize("others", [20, 38, 39, 60, 79, 100, 250])
def test_sessions_like_the_others_stand_out_as_often_as_is_said(others: int) -> None:
    everybody = [float(n) for n in range(others + 1)]
    held = values(*everybody)
    standing = [
        usual.standing
        for place, value in enumerate(everybody)
        if (usual := held.usual("patient", "hedges", value=value, but=f"s{place}")) is not None
    ]
    share = sum(one != "usual" for one in standing) / len(everybody)
    assert len(standing) == len(everybody)
    assert share == pytest.approx(standing_out_by_chance(others))
    assert share <= RARE


def test_equal_values_are_neither_low_nor_high() -> None:
    usual = values(*[2.0] * 60).usual("patient", "hedges", value=2.0, but="s0")
    assert usual is not None
    assert (usual.standing, usual.rarity) == ("usual", 1.0)


def test_a_topics_shares_are_of_each_sides_turns_and_its_course_of_both() -> None:
    kept = {
        "time": [0.0, 0.3, 0.6, 1.0],
        "role": ["therapist", "patient", "therapist", "patient"],
        "topic": [0, 1, 1, 1],
    }
    assert shares(kept, ("patient", "therapist")) == {
        ("therapist", 0): 0.5,
        ("patient", 1): 1.0,
        ("therapist", 1): 0.5,
    }
    assert course(kept, bins=2) == [
        {"part": 0, "topic": 0, "share": 0.5},
        {"part": 0, "topic": 1, "share": 0.5},
        {"part": 1, "topic": 1, "share": 1.0},
    ]
