"""What language models judged stands beside what is inferred, and is never taken for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from attunement.tables import ESTIMATES
from attunement.validity import (
    EstimatorValidity,
    ValidityOptions,
    ValidityResult,
    figures_table,
    to_json,
    validate,
)

from .corpora import FEW_DRAWS, rating_rows, sessions_table, turn_scores

OPTIONS = ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter")


def judged(
    sessions: pl.DataFrame,
    values: Any,
    *,
    perspective: str = "patient",
    scale: str = "alliance",
    judge: str = "judge",
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "session_id": sessions["session_id"],
            "estimator": f"{judge} as {perspective}",
            "perspective": perspective,
            "scale": scale,
            "estimate": np.asarray(values, dtype=float),
            "low": None,
            "high": None,
        },
        schema=ESTIMATES.schema,
    )


def held(
    n: int = 300,
    *,
    noise: float = 0.75,
    of_words: float = 0.0,
    rated_by_words: float = 0.0,
    rater: str = "patient",
    instrument: str = "own",
    scale: str = "alliance",
    rows: slice = slice(None),
    perspective: str = "patient",
) -> ValidityResult:
    """Hold a judge of truth, noise and words against ratings of truth, noise and words."""
    generator = np.random.default_rng(3)
    truth, length = generator.standard_normal((2, n))
    words = np.exp(3 + 0.5 * length).astype(int) + 1
    sessions = sessions_table(n)
    rated = truth + 0.75 * generator.standard_normal(n) + rated_by_words * length
    seen = (1 - of_words) * truth + of_words * length + noise * generator.standard_normal(n)
    name = f"judge as {perspective}"
    return validate(
        scores=turn_scores(sessions, truth, noise=0.3, words=words),
        sessions=sessions,
        ratings=rating_rows(sessions, 4 + rated, rater=rater, instrument="form", scale=scale),
        estimates=judged(sessions, 4 + seen, perspective=perspective)[rows],
        judged={name: instrument},
        rater=rater,
        options=OPTIONS,
    )


def judge_of(result: ValidityResult) -> EstimatorValidity:
    (found,) = result.others
    return found


def test_a_judge_of_truth_and_noise_comes_out_with_its_correlation() -> None:
    found = judge_of(held())
    expected = 1 / (1 + 0.75**2)
    for figure in (found.session["alliance"], found.session_length_out["alliance"]):
        assert figure.pearson.value == pytest.approx(expected, abs=0.06)
        assert figure.pearson.low is not None
        assert figure.pearson.high is not None
        assert figure.pearson.low < expected < figure.pearson.high
    assert found.session["alliance"].n == 300


def test_a_judge_of_words_alone_agrees_until_length_is_partialled_out() -> None:
    found = judge_of(held(noise=0.3, of_words=1.0, rated_by_words=1.0))
    assert found.session["alliance"].pearson.value == pytest.approx(0.6, abs=0.1)
    out = found.session_length_out["alliance"].spearman
    assert out.value == pytest.approx(0, abs=0.12)
    words = found.baselines["words_spoken"]["alliance"].difference
    assert words.high is not None
    assert words.high < 0.05


def test_what_is_judged_is_called_judged_everywhere() -> None:
    result = held(n=40)
    assert (result.main.inferred, judge_of(result).inferred) == (
        "inferred-patient",
        "judged-patient",
    )
    table = figures_table(result)
    names = table.filter(pl.col("estimator") == "judge as patient")["inferred"].unique()
    assert names.to_list() == ["judged-patient"]
    assert to_json(result)["estimators"]["judge as patient"]["inferred"] == "judged-patient"


def test_numbers_of_another_instrument_are_not_errors_of_this_one() -> None:
    other = judge_of(held(n=60)).intervals["alliance"]
    assert other.rmse.value is None
    assert other.reason is not None
    assert "another instrument" in other.reason
    same = judge_of(held(n=60, instrument="FORM")).intervals["alliance"]
    assert same.rmse.value == pytest.approx(np.sqrt(2) * 0.75, abs=0.25)


def test_a_scale_the_judge_was_not_asked_is_held_against_its_whole() -> None:
    found = judge_of(held(n=60, scale="satisfaction"))
    assert found.session["satisfaction"].n == 60


@pytest.mark.parametrize("rater", ["therapist", "observer"])
def test_each_view_is_held_against_the_ratings_of_that_side(rater: str) -> None:
    found = judge_of(held(n=60, rater=rater, perspective=rater))
    assert found.inferred == f"judged-{rater}"
    assert found.session["alliance"].n == 60


def test_another_sides_view_is_left_out_and_told() -> None:
    result = held(n=60, perspective="therapist")
    assert not result.others
    (told,) = [one for one in result.warnings if "judge as therapist" in one]
    assert "held against therapists' ratings only" in told


def test_rated_sessions_the_judge_did_not_score_are_counted() -> None:
    result = held(n=60, rows=slice(0, 45))
    assert judge_of(result).session["alliance"].n == 45
    assert any(
        "15 of 60 sessions rated on alliance have no score by judge as patient" in one
        for one in result.warnings
    )
