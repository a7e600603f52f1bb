"""The arithmetic behind the validity figures, on answers known beforehand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.validity import (
    over_last_quarter,
    partial_spearman,
    residual,
    spearman,
    without_closing,
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


def test_spearman_shares_ranks_between_ties() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
    x, y = np.array([1.0, 5.0, 5.0, 9.0]), np.array([10.0, 20.0, 30.0, 40.0])
    assert spearman(x, y) == pytest.approx(0.9486832980505138)


def test_the_last_quarter_is_the_last_quarter_of_the_sessions_time() -> None:
    table = pl.concat([turns("a", [0.0, 0.0, 0.0, 2.0, 4.0]), turns("b", [7.0])])
    means = dict(over_last_quarter(table).iter_rows())
    assert means == {"a": 3.0, "b": 7.0}


def test_without_its_closing_turns_a_session_is_cut_before_the_last_quarter_is_taken() -> None:
    table = turns("a", [1, 1, 1, 1, 5, 9, 9, 9])
    cut = without_closing(table)
    assert cut["alliance"].to_list() == [1, 1, 1, 1, 5]
    assert over_last_quarter(cut)["alliance"].to_list() == [3.0]


def test_a_session_of_three_turns_keeps_its_first() -> None:
    assert without_closing(turns("a", [4, 5, 6]))["alliance"].to_list() == [4]


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


def test_residuals_are_uncorrelated_with_what_was_taken_out() -> None:
    generator = np.random.default_rng(6)
    x, y = generator.standard_normal((2, 50)) + 3
    assert residual(y, x) @ (x - x.mean()) == pytest.approx(0, abs=1e-9)
