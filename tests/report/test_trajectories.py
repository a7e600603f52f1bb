"""Ten bins of session time."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.report import trajectories

from .small import Said, patient, tables


def test_each_session_counts_once_in_a_bin_however_many_turns_it_has_there() -> None:
    made = tables({"short": patient(4.0, 4.0), "long": patient(*[0.0] * 101)})
    table = trajectories(made).filter(scale="alliance", role="patient")
    assert table.filter(bin=1).select("mean", "n_sessions").row(0) == (2.0, 2)
    assert table.filter(bin=5).select("mean", "n_sessions").row(0) == (0.0, 1)
    assert table.filter(bin=10).select("mean", "n_sessions").row(0) == (2.0, 2)


def test_bins_are_equal_and_the_very_end_belongs_to_the_tenth() -> None:
    made = tables({"a": patient(*[float(place) for place in range(11)])})
    table = trajectories(made).filter(scale="alliance")
    assert table["bin"].to_list() == list(range(1, 11))
    assert table["mean"].to_list() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9.5]
    assert table["time"].to_list() == pytest.approx([0.05 + 0.1 * place for place in range(10)])


def test_roles_scales_and_conditions_are_kept_apart() -> None:
    made = tables(
        {"a": [Said("patient", 1.0), Said("therapist", 3.0)], "b": patient(5.0)},
        conditions={"a": "x"},
    )
    table = trajectories(made)
    first = table.filter(bin=1).select("condition", "role", "scale", "mean").rows()
    assert ("x", "patient", "bond", 2.0) in first
    assert (None, "patient", "goal", -5.0) in first
    assert table.filter(role="therapist")["condition"].unique().to_list() == ["x"]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40))
def test_a_bin_never_leaves_the_range_of_its_turns(values: list[float]) -> None:
    means = trajectories(tables({"a": patient(*values)})).filter(scale="alliance")["mean"]
    assert means.is_between(min(values) - 1e-9, max(values) + 1e-9).all()
    assert means.is_not_nan().all()


def test_bins_without_turns_have_no_row() -> None:
    table = trajectories(tables({"a": patient(1.0, 2.0, 3.0)})).filter(pl.col("scale") == "task")
    assert table["bin"].to_list() == [1, 6, 10]
