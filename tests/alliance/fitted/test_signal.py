"""The corrective signal: like is held against like, and only beyond the interval it speaks."""

from __future__ import annotations

import polars as pl
import pytest

from attunement.alliance.fitted import corrective_signal
from attunement.tables import CORRECTIVE_SIGNAL, ESTIMATES, RATINGS

INSTRUMENTS = {"alliance": "SRS"}


def estimated(*rows: tuple[str, str, str, float, float, float]) -> pl.DataFrame:
    """Session, perspective, scale, estimate, low, high."""
    return pl.DataFrame(
        [(row[0], "fitted", *row[1:]) for row in rows], schema=ESTIMATES.schema, orient="row"
    )


def rated(
    value: float,
    *,
    session: str = "a",
    rater: str = "therapist",
    instrument: str = "SRS",
    turn: int | None = None,
) -> pl.DataFrame:
    row = (session, turn, rater, instrument, "alliance", value)
    return pl.DataFrame([row], schema=RATINGS.schema, orient="row")


@pytest.mark.parametrize(
    ("value", "signal"),
    [(39, "over"), (36.5, "over"), (36, "within"), (30, "within"), (24, "within"), (23, "under")],
)
def test_only_beyond_the_interval_is_over_or_under(value: float, signal: str) -> None:
    one = estimated(("a", "patient", "alliance", 30.0, 24.0, 36.0))
    found = corrective_signal(one, rated(value), instruments=INSTRUMENTS)
    assert found.schema == CORRECTIVE_SIGNAL.schema
    (row,) = found.rows(named=True)
    assert row["session_id"] == "a"
    assert (row["therapist_rated"], row["inferred_patient"]) == (value, 30)
    assert (row["difference"], row["signal"]) == (value - 30, signal)


def test_only_a_therapists_rating_of_the_session_on_the_same_questionnaire_counts() -> None:
    one = estimated(("a", "patient", "alliance", 30.0, 24.0, 36.0))
    for other in (
        rated(39, rater="patient"),
        rated(39, rater="observer"),
        rated(39, instrument="WAI-SR"),
        rated(39, turn=3),
        rated(39, session="b"),
    ):
        assert corrective_signal(one, other, instruments=INSTRUMENTS).height == 0
        # And such a rating beside the right one adds no row.
        both = corrective_signal(one, pl.concat([other, rated(39)]), instruments=INSTRUMENTS)
        assert both["signal"].to_list() == ["over"]


def test_what_the_therapist_is_estimated_to_rate_is_no_estimate_of_the_patient() -> None:
    theirs = estimated(("a", "therapist", "alliance", 30.0, 24.0, 36.0))
    assert corrective_signal(theirs, rated(39), instruments=INSTRUMENTS).height == 0


def test_rows_come_in_the_order_of_the_estimates() -> None:
    estimates = estimated(
        *((name, "patient", "alliance", 30.0, 24.0, 36.0) for name in ("c", "a", "b"))
    )
    ratings = pl.concat([rated(30, session="a"), rated(30, session="b"), rated(30, session="c")])
    found = corrective_signal(estimates, ratings, instruments=INSTRUMENTS)
    assert found["session_id"].to_list() == ["c", "a", "b"]
