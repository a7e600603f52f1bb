"""What the benchmark adds to `attunement.validity`: its windows, its halves, its counts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.validity import (
    WINDOWS,
    in_half,
    own_and_other,
    raw_agreement,
    session_rows,
    within_patient,
)


def turns(session: str, scores: list[float], *, until: float = 1.0) -> pl.DataFrame:
    """The patient's turns of a session in which the therapist speaks in between."""
    n = len(scores)
    return pl.DataFrame(
        {
            "session_id": [session] * n,
            "turn": [2 * turn for turn in range(n)],
            "time": [until * turn / (n - 1) for turn in range(n)],
            "alliance": scores,
        }
    )


def test_a_session_without_such_turns_is_dropped_and_the_count_says_so() -> None:
    # The patient's last turn of b at .7: nothing in the last quarter.
    table = pl.concat([turns("a", [0.0, 0.0, 0.0, 2.0, 4.0]), turns("b", [7.0, 8.0], until=0.7)])
    rated = pl.DataFrame({"session_id": ["a", "b", "c"], "rating": [1.0, 2.0, 3.0]})
    assert session_rows(rated, table, WINDOWS["all turns"])["score"].to_list() == [1.2, 7.5]
    assert session_rows(rated, table, WINDOWS["last quarter"])["score"].to_list() == [3.0]


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


def test_the_interval_draws_whole_patients() -> None:
    # Forty sessions of each of five patients say the same: drawn one by one, they look like much.
    generator = np.random.default_rng(2)
    rows = pl.DataFrame(
        {
            "score": np.repeat(generator.standard_normal(5), 40) + generator.normal(0, 0.1, 200),
            "rating": np.repeat(generator.standard_normal(5), 40) + generator.normal(0, 0.1, 200),
        }
    )

    def width(patients: np.ndarray) -> float:
        found = raw_agreement(rows.with_columns(patient_id=pl.Series(patients)))
        low, high = found["low"], found["high"]
        assert isinstance(low, float)
        assert isinstance(high, float)
        return high - low

    assert width(np.repeat(np.arange(5), 40)) > 3 * width(np.arange(200))


def test_the_halves_share_no_patient_and_leave_none_out() -> None:
    rows = pl.DataFrame({"patient_id": [f"p{k}" for k in range(40)] * 2})
    halves = [set(rows.filter(in_half(half))["patient_id"]) for half in ("development", "held out")]
    assert halves[0].isdisjoint(halves[1])
    assert halves[0] | halves[1] == set(rows["patient_id"])
    assert min(map(len, halves)) > 10


def test_a_scales_own_ratings_are_the_diagonal() -> None:
    table = np.array([[3.0, 0.0, 1.0], [1.0, 6.0, 0.0], [0.0, 4.0, 9.0]])
    assert own_and_other(table) == (6.0, 1.0)
