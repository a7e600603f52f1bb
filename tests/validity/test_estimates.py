"""Estimates on the questionnaire's scale: errors, intervals, and the flags that follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from attunement.tables import ESTIMATES
from attunement.validity import (
    CorrectiveSignal,
    EstimateError,
    ValidityOptions,
    ValidityResult,
    validate,
)

from .corpora import FEW_DRAWS, rating_rows, sessions_table, turn_scores


def estimates_table(
    sessions: pl.DataFrame, estimate: Any, low: Any, high: Any, *, perspective: str = "patient"
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "session_id": sessions["session_id"],
            "estimator": "fitted",
            "perspective": perspective,
            "scale": "alliance",
            "estimate": np.asarray(estimate, dtype=float),
            "low": np.asarray(low, dtype=float),
            "high": np.asarray(high, dtype=float),
        },
        schema=ESTIMATES.schema,
    )


def held(
    rating: Any,
    estimate: Any,
    *,
    half: float = 1.0,
    therapist: Any = None,
    options: ValidityOptions | None = None,
) -> ValidityResult:
    rating, estimate = np.asarray(rating, dtype=float), np.asarray(estimate, dtype=float)
    sessions = sessions_table(len(rating), per_patient=1)
    ratings = [rating_rows(sessions, rating)]
    if therapist is not None:
        ratings.append(rating_rows(sessions, therapist, rater="therapist"))
    return validate(
        scores=turn_scores(sessions, np.arange(len(rating)), estimator="contrast"),
        sessions=sessions,
        ratings=pl.concat(ratings),
        estimates=estimates_table(sessions, estimate, estimate - half, estimate + half),
        estimator="fitted",
        options=options or ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    )


def errors(*given: Any, **options: Any) -> EstimateError:
    return held(*given, **options).main.intervals["alliance"]


def signal(*given: Any, **options: Any) -> CorrectiveSignal:
    return held(*given, **options).main.corrective_signal["alliance"]


def test_coverage_counts_ratings_inside_their_interval_ends_included() -> None:
    # Errors of 0, 0.5, 1, 1.5, 2 with a half-width of 1: three of five are inside.
    found = errors([5, 4, 3, 2, 1], [5, 4.5, 4, 3.5, 3])
    assert found.coverage.value == pytest.approx(0.6)
    assert found.mean_width.value == pytest.approx(2)
    assert found.mae.value == pytest.approx(1)
    assert found.rmse.value == pytest.approx(np.sqrt(1.5))
    assert found.mae_of_mean.value == pytest.approx(1.2)
    assert found.rmse_of_mean.value == pytest.approx(np.sqrt(2))
    assert found.explained.value == pytest.approx(1 - 1.5 / 2)


def test_the_calibration_line_is_scipys() -> None:
    generator = np.random.default_rng(0)
    rating = generator.normal(40, 8, 50)
    estimate = 20 + 0.3 * rating + generator.normal(0, 3, 50)
    found = errors(rating, estimate)
    line = stats.linregress(estimate, rating)
    assert found.calibration_slope.value == pytest.approx(line.slope)
    assert found.calibration_intercept.value == pytest.approx(line.intercept)
    assert found.calibration_slope.low is not None
    assert found.calibration_slope.low < line.slope


def test_the_same_estimate_for_everybody_has_no_slope_and_explains_nothing() -> None:
    rating = np.arange(20.0)
    found = errors(rating, np.full(20, rating.mean()))
    assert found.calibration_slope.value is None
    assert found.explained.value == pytest.approx(0)


def test_sessions_without_an_interval_have_an_error_and_no_coverage() -> None:
    sessions = sessions_table(6, per_patient=1)
    table = estimates_table(sessions, range(6), [None] * 6, [None] * 6)
    found = validate(
        scores=turn_scores(sessions, range(6)),
        sessions=sessions,
        ratings=rating_rows(sessions, [1, 2, 3, 4, 5, 7]),
        estimates=table.with_columns(
            pl.lit(None, pl.Float64).alias(one) for one in ("low", "high")
        ),
        estimator="fitted",
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    ).main
    assert found.intervals["alliance"].coverage.value is None
    assert found.intervals["alliance"].mae.value == pytest.approx(7 / 6)
    assert "no therapist" in str(found.corrective_signal["alliance"].reason)


def test_cross_fitted_estimates_err_as_they_are_and_agree_on_a_common_mean() -> None:
    # Two folds. Heads fitted without the high raters begin from 2, those without the low from 6,
    # and within a fold an estimate rises by half of what the rating rises.
    rating = np.array([1.0, 2, 3, 5, 6, 7])
    others = np.array([6.0, 6, 6, 2, 2, 2])
    estimate = others + np.array([-0.5, 0, 0.5, -0.5, 0, 0.5])
    sessions = sessions_table(6, per_patient=1)
    table = estimates_table(sessions, estimate, estimate - 4.2, estimate + 4.2)
    found = validate(
        scores=turn_scores(sessions, range(6)),
        sessions=sessions,
        ratings=rating_rows(sessions, rating),
        estimates=table.with_columns(mean_of_others=pl.Series(others)),
        estimator="fitted",
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    )
    error = found.main.intervals["alliance"]
    # Off by 4.5, 4, 3.5 either way; the others' mean alone by 5, 4, 3.
    assert error.rmse.value == pytest.approx(np.sqrt((4.5**2 + 4**2 + 3.5**2) / 3))
    assert error.rmse_of_mean.value == pytest.approx(np.sqrt((25 + 16 + 9) / 3))
    assert error.mae_of_mean.value == pytest.approx(4)
    assert error.explained.value == pytest.approx(1 - 48.5 / 50)
    assert error.coverage.value == pytest.approx(4 / 6)
    # As they are, estimates run against the ratings; on one mean they do not.
    on_one_mean = estimate - others + 4
    assert np.corrcoef(estimate, rating)[0, 1] < -0.8
    line = stats.linregress(on_one_mean, rating)
    assert error.calibration_slope.value == pytest.approx(line.slope)
    assert error.calibration_intercept.value == pytest.approx(line.intercept)
    agreed = found.main.session["alliance"].pearson.value
    assert agreed == pytest.approx(np.corrcoef(on_one_mean, rating)[0, 1])
    assert sorted(found.points["inferred"]) == pytest.approx(sorted(on_one_mean))


def test_estimates_that_are_not_cross_fitted_stay_as_they_are_beside_those_that_are() -> None:
    sessions = sessions_table(8, per_patient=1)
    rating = np.arange(8.0)
    crossed = estimates_table(sessions, rating, rating - 1, rating + 1).with_columns(
        mean_of_others=pl.Series(np.where(rating < 4, 6.0, 2.0))
    )
    another = estimates_table(sessions, rating / 2, rating / 2, rating).with_columns(
        estimator=pl.lit("judge")
    )
    found = validate(
        scores=turn_scores(sessions, range(8)),
        sessions=sessions,
        ratings=rating_rows(sessions, rating),
        estimates=pl.concat([crossed, another], how="diagonal"),
        estimator="judge",
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    )
    assert found.main.session["alliance"].pearson.value == pytest.approx(1)
    assert found.main.intervals["alliance"].rmse_of_mean.value == pytest.approx(np.std(rating))
    assert found.main.intervals["alliance"].mae.value == pytest.approx(rating.mean() / 2)


def test_an_estimate_is_taken_as_the_sessions_value_and_not_pooled() -> None:
    generator = np.random.default_rng(3)
    rating = generator.standard_normal(30)
    found = held(rating, rating * 2)
    assert found.main.session["alliance"].spearman.value == pytest.approx(1)
    assert found.main.pooling is None
    assert found.main.session_position_out["alliance"].spearman.value is None
    assert "no mean of its turns" in str(found.main.session_position_out["alliance"].reason)
    (contrast,) = found.others
    assert contrast.pooling is not None


def test_without_the_closing_the_running_estimate_before_it_counts() -> None:
    # Turn scores run 0, 1, ... in every session: twelve turns, the third last of the patient's
    # is turn 6, so the running estimate of turn 4 stands, times the session's own sign.
    level = np.random.default_rng(4).standard_normal(30)
    sessions = sessions_table(30)
    running = turn_scores(sessions, level, estimator="fitted", turns=12).with_columns(
        (pl.col("alliance") * pl.when(pl.col("turn") > 4).then(-1).otherwise(1)).alias("alliance")
    )
    found = validate(
        scores=running,
        sessions=sessions,
        ratings=rating_rows(sessions, level),
        estimates=estimates_table(sessions, -level, -level - 1, -level + 1),
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    ).main
    assert found.session["alliance"].spearman.value == pytest.approx(-1)
    assert found.session_without_closing["alliance"].spearman.value == pytest.approx(1)


def test_another_sides_estimates_are_not_taken_for_this_sides() -> None:
    sessions = sessions_table(20)
    level = np.arange(20.0)
    both = pl.concat(
        [
            estimates_table(sessions, level, level - 1, level + 1),
            estimates_table(sessions, -level, -level, -level, perspective="therapist"),
        ]
    )
    found = validate(
        scores=turn_scores(sessions, level),
        sessions=sessions,
        ratings=rating_rows(sessions, level),
        estimates=both,
        estimator="fitted",
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    ).main
    assert found.intervals["alliance"].mae.value == pytest.approx(0)
    views = {(one.rated, one.inferred): one.session["alliance"] for one in found.views}
    assert views["patient-rated", "inferred-therapist"].spearman.value == pytest.approx(-1)


# Estimate 5, interval 4 to 6 in every session; notable is 1.
PATIENT = np.array([5.0, 7, 3, 5, 5, 8, 5, 2])
THERAPIST = np.array([5.0, 7, 7, 7, 3, 3, 6, 3.5])
# over: sessions 1, 2, 3 (7 > 6); under: 4, 5, 7 (below 4).
# Differences therapist - patient: 0, 0, +4, +2, -2, -5, +1, +1.5.


def test_flags_are_counted_by_hand() -> None:
    found = signal(
        PATIENT,
        np.full(8, 5.0),
        therapist=THERAPIST,
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter", notable_difference=1.0),
    )
    assert (found.n, found.n_flagged_over, found.n_flagged_under) == (8, 3, 3)
    assert found.flagged.value == pytest.approx(6 / 8)
    # Right: 2 and 3 over, 4 and 5 under; wrong: 1 (no difference) and 7 (differs the other way).
    assert found.right_direction.value == pytest.approx(4 / 6)
    assert found.precision.value == pytest.approx(4 / 6)
    # Notable over: 2, 3, 6, 7; under: 4, 5.
    assert found.base_rate.value == pytest.approx(6 / 8)
    assert found.recall.value == pytest.approx(4 / 6)
    assert found.by_chance.value == pytest.approx((3 * 4 + 3 * 2) / (8 * 6))


def test_each_direction_is_counted_apart() -> None:
    found = signal(
        PATIENT,
        np.full(8, 5.0),
        therapist=THERAPIST,
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter", notable_difference=1.0),
    )
    # Over: flagged 1, 2, 3, of which 2 and 3 are right; notably over are 2, 3, 6, 7.
    assert (found.n_notably_over, found.n_right_over) == (4, 2)
    assert found.precision_over.value == pytest.approx(2 / 3)
    assert found.recall_over.value == pytest.approx(2 / 4)
    assert found.base_rate_over.value == pytest.approx(4 / 8)
    # Under: flagged 4, 5, 7; notably under are 4 and 5.
    assert (found.n_notably_under, found.n_right_under) == (2, 2)
    assert found.precision_under.value == pytest.approx(2 / 3)
    assert found.recall_under.value == pytest.approx(1)
    assert found.base_rate_under.value == pytest.approx(2 / 8)
    # Ratings go from 2 to 8, and every interval from 4 to 6.
    assert (found.possible_over.value, found.possible_under.value) == (1, 1)


def capped(estimate: Any) -> ValidityResult:
    """Forty patients of whom most give the highest rating, 5, and therapists who all give it."""
    rating = np.where(np.arange(40) % 4, 5.0, 2.0)
    return held(rating, estimate, half=0.6, therapist=np.full(40, 5.0))


def test_a_direction_in_which_no_session_can_be_flagged_is_named() -> None:
    result = capped(np.full(40, 4.5))
    found = result.main.corrective_signal["alliance"]
    # A quarter of the therapists rate notably over, and not one of them can be told.
    assert found.base_rate_over.value == pytest.approx(0.25)
    assert found.possible_over.value == 0
    assert found.recall_over.value == 0
    assert found.recall_under.value is None
    (said,) = (one for one in result.warnings if "out of reach" in one)
    assert "alliance: over is out of reach" in said
    assert "in 0.0% of 40 sessions" in said
    assert "in 0 of 10 sessions" in said


@pytest.mark.parametrize(("reachable", "told"), [(3, True), (4, False), (40, False)])
def test_a_direction_is_out_of_reach_below_a_tenth_of_the_sessions(
    reachable: int, told: bool
) -> None:
    # The interval of 4.4 ends at 5, which is not below it; that of 4.3 ends below.
    result = capped(np.where(np.arange(40) < reachable, 4.3, 4.4))
    assert result.main.corrective_signal["alliance"].possible_over.value == reachable / 40
    assert any("over is out of reach" in one for one in result.warnings) is told
    assert not any("under is out of reach" in one for one in result.warnings)


def test_under_is_out_of_reach_where_no_interval_begins_above_the_lowest_rating() -> None:
    rating = np.where(np.arange(40) % 4, 1.0, 4.0)
    result = held(rating, np.full(40, 1.4), half=0.6, therapist=np.ones(40))
    (said,) = (one for one in result.warnings if "out of reach" in one)
    assert "under is out of reach" in said
    assert "in 0 of 10 sessions" in said


def test_notable_is_half_a_standard_deviation_unless_it_is_given() -> None:
    found = signal(PATIENT, np.full(8, 5.0), therapist=THERAPIST)
    assert found.notable == pytest.approx(np.std(PATIENT, ddof=1) / 2)


def test_flags_placed_at_random_are_right_as_often_as_chance() -> None:
    generator = np.random.default_rng(7)
    n = 3_000
    found = signal(
        generator.standard_normal(n),
        np.zeros(n),
        therapist=generator.standard_normal(n),
        half=0.0,
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter", notable_difference=0.5),
    )
    # The therapist's own rating is the flag here: high therapists are notably over more often
    # than flags on any session would be.
    assert found.flagged.value == pytest.approx(1)
    assert found.precision.value is not None
    assert found.by_chance.value == pytest.approx(found.base_rate.value / 2, abs=0.02)  # type: ignore[operator]
    assert found.precision.value > found.by_chance.value  # type: ignore[operator]


def test_no_flag_has_a_reason() -> None:
    found = signal(PATIENT, np.full(8, 5.0), therapist=THERAPIST, half=50.0)
    assert found.flagged.value == 0
    assert found.precision.value is None
    assert found.reason == "no session is flagged"


def test_without_therapists_ratings_there_is_a_reason() -> None:
    assert "no therapist rated" in str(signal(PATIENT, np.full(8, 5.0)).reason)


def test_flags_that_follow_from_the_therapists_rating_alone_are_told_apart() -> None:
    # Therapists rate at random and at times extremely; estimates know nothing of the patients.
    rng = np.random.default_rng(5)
    rating = rng.normal(3, 0.5, 300)
    own = rng.normal(3, 1.5, 300)
    blind = signal(rating, np.full(300, rating.mean()), half=0.85, therapist=own)
    knowing = signal(rating, rating + rng.normal(0, 0.1, 300), half=0.17, therapist=own)
    assert blind.precision.value is not None
    assert blind.precision.value > 0.9
    assert blind.without_language.value == pytest.approx(blind.precision.value, abs=0.03)
    # A knowing estimate finds far more of the differences; a blind one only the extreme ones.
    assert knowing.recall.value > blind.recall.value + 0.2  # type: ignore[operator]
    assert knowing.n_flagged_over + knowing.n_flagged_under > blind.n_flagged_without_language


def test_flags_without_language_are_as_many_as_those_with_it() -> None:
    rng = np.random.default_rng(8)
    rating, own = rng.normal(3, 1, 200), rng.normal(3, 1, 200)
    found = signal(rating, rating, half=1.2, therapist=own)
    assert found.n_flagged_without_language == found.n_flagged_over + found.n_flagged_under


def test_equal_ratings_are_flagged_together_or_not_at_all() -> None:
    rating = np.arange(20.0)
    own = np.where(np.arange(20) % 4, 9.0, 30.0)
    # Twelve flags are as many as cannot be made: five ratings of 30, or all twenty.
    found = signal(rating, rating, half=5.5, therapist=own)
    assert found.n_flagged_over + found.n_flagged_under == 12
    assert found.n_flagged_without_language == 5
