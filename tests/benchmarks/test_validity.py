"""The arithmetic behind the validity figures, on answers known beforehand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.validity import (
    bootstrap_interval,
    closing_left_out,
    cut_before_closing,
    ends_before_closing,
    last_quarter,
    own_and_other,
    partial_correlation,
    partial_spearman,
    residual,
    session_rows,
    spearman,
    within_patient,
)


def turns(session: str, scores: list[float]) -> pl.DataFrame:
    """The patient's turns of a session in which the therapist speaks in between."""
    n = len(scores)
    return pl.DataFrame(
        {
            "session_id": [session] * n,
            "turn": [2 * turn for turn in range(n)],
            "time": [turn / (n - 1) if n > 1 else 0.0 for turn in range(n)],
            "alliance": scores,
        }
    )


def early(session: str, scores: list[float]) -> pl.DataFrame:
    """Patient turns in the first seven tenths of a session that the therapist ends."""
    return turns(session, scores).with_columns(pl.col("time") * 0.7)


def test_spearman_shares_ranks_between_ties() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
    x, y = np.array([1.0, 5.0, 5.0, 9.0]), np.array([10.0, 20.0, 30.0, 40.0])
    assert spearman(x, y) == pytest.approx(0.9486832980505138)


def test_the_last_quarter_starts_at_three_quarters_of_the_session_whoever_speaks_last() -> None:
    # The patient's last turn at .7: no last quarter, though it is the last of what is there.
    table = pl.concat([turns("a", [0.0, 0.0, 0.0, 2.0, 4.0]), early("b", [7.0, 8.0])])
    late = last_quarter(table)
    assert late["session_id"].to_list() == ["a", "a"]
    assert late["alliance"].to_list() == [2.0, 4.0]


def test_a_session_without_such_turns_is_dropped_and_the_count_says_so() -> None:
    table = pl.concat([turns("a", [0.0, 0.0, 0.0, 2.0, 4.0]), early("b", [7.0, 8.0])])
    rated = pl.DataFrame({"session_id": ["a", "b", "c"], "rating": [1.0, 2.0, 3.0]})
    assert session_rows(rated, table)["score"].to_list() == [1.2, 7.5]
    assert session_rows(rated, last_quarter(table))["score"].to_list() == [3.0]


def test_closing_turns_are_left_out_of_the_same_window() -> None:
    # Nine turns at 0, 1/8, ... 1: the window holds the last three, and all three are closing.
    short, long = turns("a", [*map(float, range(9))]), turns("b", [*map(float, range(17))])
    left = closing_left_out(pl.concat([short, long]), last_quarter)
    assert left["session_id"].unique().to_list() == ["b"]
    assert left["alliance"].to_list() == [12, 13]


def test_a_cut_session_ends_before_its_third_last_patient_turn_for_both_sides() -> None:
    # Patient turns 0, 2, ... 14; the third last is turn 10, so turn 9 is the end.
    spoken = pl.DataFrame(
        {
            "session_id": ["a"] * 16 + ["b"] * 4,
            "turn": [*range(16), *range(4)],
            "role": ["patient", "therapist"] * 10,
        }
    )
    ends = ends_before_closing(spoken)
    assert ends.rows() == [("a", 9)]  # b has two patient turns: nothing would be left of it
    cut = cut_before_closing(spoken.with_columns(time=pl.lit(0.0)), ends)
    assert cut["turn"].to_list() == list(range(10))
    np.testing.assert_allclose(cut["time"], np.linspace(0, 1, 10))
    assert last_quarter(cut)["turn"].to_list() == [7, 8, 9]


def test_within_patients_differences_between_patients_count_for_nothing() -> None:
    # Within p and q the score falls as the rating rises; between them both rise; r came once.
    rows = pl.DataFrame(
        {
            "patient_id": ["p", "p", "q", "q", "r"],
            "score": [1.0, 0.0, 9.0, 8.0, 50.0],
            "rating": [1.0, 2.0, 7.0, 8.0, 90.0],
        }
    )
    assert within_patient(rows) == pytest.approx(-1)


def test_a_scales_own_ratings_are_the_diagonal() -> None:
    table = np.array([[3.0, 0.0, 1.0], [1.0, 6.0, 0.0], [0.0, 4.0, 9.0]])
    assert own_and_other(table) == (6.0, 1.0)


def test_the_interval_draws_whole_patients() -> None:
    # Forty turns of each of five patients say the same: drawn one by one, they look like much.
    generator = np.random.default_rng(2)
    x = np.repeat(generator.standard_normal(5), 40)

    def width(clusters: pl.Series) -> float:
        low, high = bootstrap_interval(lambda rows: float(x[rows].mean()), clusters)
        return high - low

    of_five = width(pl.Series(np.repeat(np.arange(5), 40)))
    assert of_five > 3 * width(pl.Series(np.arange(200)))


def test_a_partial_correlation_is_zero_when_length_explains_everything() -> None:
    generator = np.random.default_rng(3)
    length = generator.standard_normal(4_000)
    x = length + 0.1 * generator.standard_normal(4_000)
    y = length + 0.1 * generator.standard_normal(4_000)
    assert spearman(x, y) > 0.95
    assert abs(partial_spearman(x, y, length)) < 0.1


def test_partialling_is_the_textbook_formula_on_ranks() -> None:
    generator = np.random.default_rng(5)
    x, y, z = generator.standard_normal((3, 200))
    y = y + 0.5 * x + 0.7 * z
    xy, xz, yz = spearman(x, y), spearman(x, z), spearman(y, z)
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert partial_spearman(x, y, z) == pytest.approx(expected, abs=1e-9)


def test_two_confounds_are_partialled_out_together() -> None:
    # x and y share nothing but two confounds; either alone leaves the other's share in.
    generator = np.random.default_rng(8)
    one, two, own, other = generator.standard_normal((4, 4_000))
    x, y = one + two + own, one + two + other
    assert partial_correlation(x, y, one) > 0.3
    assert abs(partial_correlation(x, y, one, two)) < 0.06


def test_residuals_are_uncorrelated_with_what_was_taken_out() -> None:
    generator = np.random.default_rng(6)
    x, y = generator.standard_normal((2, 50)) + 3
    left = residual(y, x, x**2)
    for taken in (x, x**2, np.ones(50)):
        assert left @ taken == pytest.approx(0, abs=1e-9)
