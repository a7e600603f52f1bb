"""Ten bins of a session's time, behind its small line in the table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attunement.report._bins import session_bins

from .small import Said, patient, tables


def test_bins_are_equal_and_the_very_end_belongs_to_the_tenth() -> None:
    made = tables({"a": patient(*[float(place) for place in range(11)])})
    table = session_bins(made)
    assert table["bin"].to_list() == list(range(1, 11))
    assert table["alliance"].to_list() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9.5]


def test_sessions_and_roles_are_kept_apart() -> None:
    made = tables({"a": [Said("patient", 1.0), Said("therapist", 3.0)], "b": patient(5.0)})
    rows = session_bins(made).select("session_id", "role", "bin", "bond").rows()
    assert rows == [
        ("a", "patient", 1, 2.0),
        ("a", "therapist", 10, 6.0),
        ("b", "patient", 1, 10.0),
    ]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40))
def test_a_bin_never_leaves_the_range_of_its_turns(values: list[float]) -> None:
    means = session_bins(tables({"a": patient(*values)}))["alliance"]
    assert means.is_between(min(values) - 1e-9, max(values) + 1e-9).all()


def test_bins_without_turns_have_no_row() -> None:
    table = session_bins(tables({"a": patient(1.0, 2.0, 3.0)}))
    assert table["bin"].to_list() == [1, 6, 10]
