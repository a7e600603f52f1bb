"""What is usual is told from the other sessions, and from enough of them."""

from __future__ import annotations

from typing import Any

import pytest

from attunement.web.results._topics import course, shares
from attunement.web.results._usual import Values


def language(value: float | None) -> dict[str, Any]:
    return {"session": [] if value is None else [["patient", "hedges", value, 100]]}


def values(*given: float | None) -> Values:
    held = Values()
    for place, value in enumerate(given):
        held.add(f"s{place}", language(value))
    return Values.from_json(held.as_json())


def test_the_session_itself_is_not_among_the_others() -> None:
    held = values(100.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    usual = held.usual("patient", "hedges", value=100.0, but="s0")
    assert usual is not None
    assert (usual.low, usual.median, usual.high, usual.sessions) == (2.0, 3.0, 4.0, 5)
    assert usual.standing == "higher"


def test_four_others_are_too_few() -> None:
    assert values(1.0, 1.0, 2.0, 3.0, 4.0).usual("patient", "hedges", value=1, but="s0") is None


def test_sessions_without_the_marker_do_not_count() -> None:
    held = values(None, 1.0, None, 2.0, 3.0, 4.0)
    assert held.usual("patient", "hedges", value=1.0, but="s0") is None
    assert held.usual("therapist", "hedges", value=1.0, but="s0") is None


@pytest.mark.parametrize(
    ("value", "standing"), [(0.0, "lower"), (1.5, "lower"), (5.0, "usual"), (11.0, "higher")]
)
def test_one_in_ten_is_the_line(value: float, standing: str) -> None:
    held = values(*(float(n) for n in range(1, 11)))
    usual = held.usual("patient", "hedges", value=value, but="another")
    assert usual is not None
    assert usual.standing == standing


def test_equal_values_are_neither_low_nor_high() -> None:
    usual = values(*[2.0] * 6).usual("patient", "hedges", value=2.0, but="s0")
    assert usual is not None
    assert usual.standing == "usual"


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
