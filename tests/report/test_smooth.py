"""The line through the turns."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.report._smooth import smoothed, thinned


def of(values: Sequence[float | None]) -> pl.DataFrame:
    last = max(len(values) - 1, 1)
    column = pl.Series(values, dtype=pl.Float64)
    time = pl.Series([place / last for place in range(len(values))], dtype=pl.Float64)
    return pl.DataFrame(
        {"time": time, **dict.fromkeys(("alliance", "task", "bond", "goal"), column)}
    )


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60))
def test_the_line_stays_inside_the_turns_it_averages(values: list[float]) -> None:
    line = smoothed(of(values))["bond"]
    assert line.is_between(min(values) - 1e-9, max(values) + 1e-9).all()


def test_the_line_runs_from_the_first_turn_to_the_last() -> None:
    turns = of([1.0, 2.0, 3.0, 4.0]).filter(pl.col("time") > 0)
    line = smoothed(turns)
    assert (line["time"][0], line["time"][-1]) == (pytest.approx(1 / 3), 1.0)


def test_the_line_follows_a_slow_rise_and_flattens_a_single_spike() -> None:
    rise = smoothed(of([place / 39 for place in range(40)]))
    assert rise["task"][24] == pytest.approx(0.5, abs=0.02)
    spike = smoothed(of([0.0] * 20 + [10.0] + [0.0] * 20))
    assert 0.5 < max(spike["task"].to_list()) < 3


def test_a_missing_score_carries_no_weight() -> None:
    line = smoothed(of([2.0, None, 2.0, None]))
    assert line["goal"].to_list() == pytest.approx([2.0] * line.height)


def test_a_score_that_is_missing_throughout_gives_nulls_and_no_nan() -> None:
    line = smoothed(of([None, None]))
    assert line["goal"].null_count() == line.height


def test_no_turns_give_no_line_and_one_turn_a_point() -> None:
    assert smoothed(of([])).is_empty()
    assert smoothed(of([1.5]))["task"].to_list() == [1.5]


def test_a_very_long_session_is_drawn_with_bounded_marks_and_the_same_mean() -> None:
    turns = of([float(place % 7) for place in range(20_000)])
    thin = thinned(turns)
    assert thin.height == 400
    assert thin["bond"].mean() == pytest.approx(turns["bond"].mean())
    assert smoothed(turns).height == 49


def test_a_session_of_ordinary_length_keeps_every_point() -> None:
    turns = of([1.0, 2.0, 3.0])
    assert thinned(turns).equals(turns)
