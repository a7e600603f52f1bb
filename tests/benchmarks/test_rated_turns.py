"""What follows a turn by score and by rating: the benchmark's arithmetic, on planted slopes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.rated_turns import Beside, agreement, shown, slopes_beside, within_sd

from attunement.statistics import Estimate
from attunement.tables import MEASURES

CHATS, EXCHANGES = 40, 20


def chats() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Scores, features, sessions and ratings: asking lowers the score and raises the rating."""
    drawn = np.random.default_rng(8)
    scores, features, ratings = [], [], []
    for chat in range(CHATS):
        name, asked = f"c{chat}", 0.0
        level, liking = drawn.normal(0, 5), drawn.normal(0, 5)
        for turn in range(2 * EXCHANGES):
            patient = turn % 2 == 0
            score = level + drawn.normal() - asked if patient else 0.0
            row = {"session_id": name, "turn": turn, "time": turn / (2 * EXCHANGES)}
            words = int(drawn.integers(3, 30))
            scores.append(
                row
                | {"role": "patient" if patient else "therapist", "words": words}
                | dict.fromkeys(MEASURES, score)
            )
            if patient and turn % 4 == 0:
                rating = liking + drawn.normal() + asked
                ratings.append({"session_id": name, "turn": turn, "value": rating})
            if not patient:
                asked = float(drawn.integers(0, 2))
                features.append(
                    {"session_id": name, "turn": turn, "asks": asked, "length": drawn.normal()}
                    | {"never": None}
                )
    return (
        pl.DataFrame(scores),
        pl.DataFrame(features, schema_overrides={"never": pl.Float64}),
        pl.DataFrame({"session_id": [f"c{chat}" for chat in range(CHATS)]}),
        pl.DataFrame(ratings).with_columns(
            pl.lit("patient").alias("rater"), pl.lit("feedback").alias("scale")
        ),
    )


@pytest.fixture(scope="module")
def found() -> dict[str, Beside]:
    return {one.feature: one for one in slopes_beside(*chats())}


def test_a_slope_up_by_rating_and_down_by_score_is_told_as_such(found: dict[str, Beside]) -> None:
    asks = found["asks"]
    assert asks.inferred is not None
    assert asks.rated is not None
    assert asks.apart is not None
    # Planted at 1 of the targets' own units, whose spread within chats is sqrt(1 + 1/4).
    assert asks.inferred.ci_low < -1 / np.sqrt(1.25) < asks.inferred.ci_high < 0
    assert 0 < asks.rated.ci_low < 1 / np.sqrt(1.25) < asks.rated.ci_high
    assert asks.agree is False
    difference = asks.inferred.estimate - asks.rated.estimate
    assert asks.apart.estimate == pytest.approx(difference)


def test_only_rated_turns_after_a_turn_of_the_therapist_count(found: dict[str, Beside]) -> None:
    # Every second patient turn is rated, and the first has nothing before it.
    assert found["asks"].n_turns == CHATS * (EXCHANGES // 2 - 1)
    assert found["asks"].n_sessions == CHATS


def test_what_does_nothing_has_slopes_about_zero_and_what_is_never_known_is_left_out(
    found: dict[str, Beside],
) -> None:
    assert set(found) == {"asks", "length"}
    for estimate in (found["length"].inferred, found["length"].rated):
        assert estimate is not None
        assert abs(estimate.estimate) < 4 * estimate.se


def test_several_ratings_of_a_turn_count_as_their_mean_and_those_of_others_not_at_all() -> None:
    scores, features, sessions, ratings = chats()
    value = pl.col("value")
    doubled = pl.concat(
        [
            ratings.with_columns(value - 3),
            ratings.with_columns(value + 3),
            ratings.with_columns(value * 0, pl.lit("therapist").alias("rater")),
            ratings.with_columns(value * 0, pl.lit(None, pl.Int64).alias("turn")),
        ]
    )
    one = slopes_beside(scores, features, sessions, ratings)[0].rated
    two = slopes_beside(scores, features, sessions, doubled)[0].rated
    assert one is not None
    assert two is not None
    assert two.estimate == pytest.approx(one.estimate)
    assert two.se == pytest.approx(one.se)


def test_units_are_standard_deviations_within_sessions() -> None:
    values = np.array([[1.0], [3.0], [101.0], [105.0]])
    # Within sessions -1, 1, -2, 2: squares 10 over 4 rows less 2 sessions.
    expected = values / np.sqrt(10 / 2)
    np.testing.assert_allclose(within_sd(values, [slice(0, 2), slice(2, 4)]), expected)


def test_signs_are_counted_of_all_and_of_what_is_off_zero() -> None:
    def told(inferred: float, rated: float | None) -> Beside:
        def estimate(value: float | None) -> Estimate | None:
            return None if value is None else Estimate.from_t(estimate=value, se=0.1, df=50)

        return Beside("x", 10, 5, estimate(inferred), estimate(rated), None)

    some = [told(0.5, 0.4), told(-0.5, 0.1), told(0.05, -0.1), told(0.05, 0.5), told(0.5, None)]
    assert agreement(some) == (
        "same sign, all: 2 of 4; where the inferred slope is off zero (p < .05): 1 of 2; "
        "and the rated one, too: 1 of 1"
    )
    assert shown(None).strip() == "none to be had"
    assert shown(told(0.5, 0.4).inferred).startswith("+0.50 [+0.30, +0.70]")
