"""What a list of sessions shows of one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.sessions.test_signal import NOTHING, state

from attunement.live import Estimate, Measures, State
from attunement.web.sessions._summary import MOST_POINTS, extended


def patient(value: float, *, reach: float | None) -> Measures:
    low, high = (None, None) if reach is None else (value - reach, value + reach)
    return Measures(Estimate(float(value), low, high), None, None, None)


def states(count: int) -> list[State]:
    return [replace(state(turn), patient=patient(turn, reach=1.0)) for turn in range(count)]


@settings(max_examples=30)
@given(count=st.integers(1, 200), data=st.data())
def test_a_course_is_short_even_and_ends_with_the_last_turn(
    count: int, data: st.DataObject
) -> None:
    heard = states(count)
    found = extended(None, heard)
    course = found["course"]["patient"]
    assert len(course) <= MOST_POINTS + 1
    assert course[0] == 0
    assert course[-1] == count - 1 == found["last"]["turn"]
    steps = {later - earlier for earlier, later in pairwise(course[:-1])}
    assert len(steps) <= 1
    # However the turns come, one by one or at once, the course is the same.
    cut = data.draw(st.integers(1, count))
    rest = heard[cut:]
    first = extended(None, heard[:cut])
    assert (extended(first, rest) if rest else first) == found


def test_a_course_begins_where_its_interval_does() -> None:
    silent = replace(state(0), patient=NOTHING)
    early = replace(state(1), patient=patient(1, reach=None))
    found = extended(None, [silent, early, *states(3)[2:]])
    assert found["course"]["patient"] == [None, None, 2.0]
    assert found["course"]["therapist"] == [None, None, None]
