"""The numbered badges on a session's chart."""

from __future__ import annotations

from itertools import combinations
from math import hypot

from hypothesis import given
from hypothesis import strategies as st

from attunement.report._panel import Panel
from attunement.report._session_charts import Mark, _placed

PANEL = Panel(width=470, height=262, low=-3, high=3)

marks = st.lists(
    st.tuples(st.floats(0, 1), st.floats(-4, 4)), min_size=1, max_size=6, unique=True
).map(
    lambda places: [
        Mark(number=n, kind="lowest" if value < 0 else "highest", time=time, value=value)
        for n, (time, value) in enumerate(places, start=1)
    ]
)


def units(record: dict[str, float]) -> tuple[float, float]:
    return record["time"] * PANEL.plot_width, (record["value"] - PANEL.low) / PANEL.unit


@given(marks)
def test_every_moment_has_a_badge_of_its_kind_on_the_panel(made: list[Mark]) -> None:
    placed = _placed(PANEL, made)
    for kind in ("lowest", "highest"):
        numbers = {record["number"] for record in placed[kind]}
        assert numbers == {str(mark.number) for mark in made if mark.kind == kind}
        for x, y in map(units, placed[kind]):
            assert -0.01 <= x <= PANEL.plot_width + 0.01
            assert -2.01 <= y <= PANEL.plot_height + 2.01


def test_badges_of_neighbouring_turns_cover_neither_each_other_nor_the_turns() -> None:
    made = [
        Mark(number=n, kind="lowest", time=time, value=value)
        for n, (time, value) in enumerate([(0.91, -1.9), (0.93, -1.6), (0.97, -2.0)], start=1)
    ]
    placed = _placed(PANEL, made)
    badges = [units(record) for record in placed["lowest"]]
    turns = [units(record) for record in placed["turns"]]
    for (x, y), (other_x, other_y) in combinations(badges, 2):
        assert hypot(x - other_x, y - other_y) > 19
    for x, y in badges:
        assert all(hypot(x - turn_x, y - turn_y) > 12 for turn_x, turn_y in turns)
