"""Agreement within sessions: what is between sessions must not count."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from attunement.tables import MEASURES, RATINGS
from attunement.validity import ValidityOptions, ValidityResult, validate

from .corpora import FEW_DRAWS, sessions_table

OPTIONS = ValidityOptions(draws=FEW_DRAWS)
SESSIONS, TURNS = 20, 6


def turn_corpus(
    score: np.ndarray, rating: np.ndarray, *, words: np.ndarray | int = 7
) -> pl.DataFrame:
    """Sessions by turns: one row a patient turn."""
    n = SESSIONS * TURNS
    return pl.DataFrame(
        {
            "session_id": np.repeat([f"s{k:03}" for k in range(SESSIONS)], TURNS),
            "turn": pl.Series(np.tile(np.arange(TURNS) * 2, SESSIONS), dtype=pl.Int32),
            "role": ["patient"] * n,
            "time": np.tile(np.linspace(0, 1, TURNS), SESSIONS),
            "estimator": ["contrast"] * n,
            "words": np.broadcast_to(np.asarray(words), n),
            "rating": rating.ravel(),
            **{name: score.ravel() for name in MEASURES},
        }
    )


def held(table: pl.DataFrame, *, beside: pl.DataFrame | None = None) -> ValidityResult:
    ratings = table.select(
        "session_id",
        "turn",
        rater=pl.lit("patient"),
        instrument=pl.lit("questionnaire"),
        scale=pl.lit("feedback"),
        value="rating",
    ).select(pl.col(name).cast(kind) for name, kind in RATINGS.columns.items())
    return validate(
        scores=pl.concat([one.drop("rating") for one in (table, beside) if one is not None]),
        sessions=sessions_table(SESSIONS),
        ratings=ratings,
        options=OPTIONS,
    )


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((4, SESSIONS, TURNS))


def test_differences_between_sessions_do_not_count(noise: np.ndarray) -> None:
    # Sessions with high scores have high ratings; within a session the two part.
    level = 10.0 * np.arange(SESSIONS)[:, None]
    found = held(turn_corpus(level + noise[0], level - noise[0]))
    assert found.main.turn.raw["feedback"].pearson.value == pytest.approx(-1)


def test_the_figure_is_pearsons_of_centred_values(noise: np.ndarray) -> None:
    score, rating = noise[0], 0.5 * noise[0] + noise[1]
    found = held(turn_corpus(score, rating)).main.turn.raw["feedback"]
    less = [one - one.mean(axis=1, keepdims=True) for one in (score, rating)]
    expected = stats.pearsonr(less[0].ravel(), less[1].ravel()).statistic
    assert found.pearson.value == pytest.approx(expected)
    assert (found.n, found.sessions, found.patients) == (SESSIONS * TURNS, SESSIONS, 10)


def test_the_interval_draws_patients_with_all_their_turns(noise: np.ndarray) -> None:
    score, rating = noise[0], 0.5 * noise[0] + noise[1]
    found = held(turn_corpus(score, rating)).main.turn.raw["feedback"].pearson
    x, y = (one - one.mean(axis=1, keepdims=True) for one in (score, rating))
    generator = np.random.default_rng(OPTIONS.seed)
    drawn = []
    for _ in range(FEW_DRAWS):
        patients = generator.integers(0, SESSIONS // 2, SESSIONS // 2)
        rows = np.concatenate([[2 * patient, 2 * patient + 1] for patient in patients])
        drawn.append(stats.pearsonr(x[rows].ravel(), y[rows].ravel()).statistic)
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist())


def test_a_score_that_is_only_position_agrees_until_position_is_taken_out(
    noise: np.ndarray,
) -> None:
    time = np.tile(np.linspace(0, 1, TURNS), (SESSIONS, 1))
    turn = held(turn_corpus(time + 0.1 * noise[0], time + 0.1 * noise[1])).main.turn
    assert turn.raw["feedback"].pearson.value == pytest.approx(0.93, abs=0.04)
    assert turn.position_alone["feedback"].pearson.value == pytest.approx(0.96, abs=0.03)
    left = turn.position_out["feedback"].pearson
    assert left.low is not None
    assert left.high is not None
    assert left.low < 0 < left.high


def test_a_score_that_is_only_length_agrees_until_length_is_taken_out(noise: np.ndarray) -> None:
    words = np.random.default_rng(3).integers(1, 90, SESSIONS * TURNS)
    wide = words.reshape(SESSIONS, TURNS)
    turn = held(turn_corpus(wide + noise[0], wide + noise[1], words=words)).main.turn
    assert turn.raw["feedback"].pearson.value == pytest.approx(1, abs=0.01)
    assert turn.words_alone["feedback"].pearson.value == pytest.approx(1, abs=0.01)
    left = turn.length_out["feedback"].pearson.value
    assert left is not None
    assert abs(left) < 0.3


def test_a_score_that_is_only_sentiment_agrees_until_sentiment_is_taken_out(
    noise: np.ndarray,
) -> None:
    rating = noise[0] + noise[1]
    table = turn_corpus(noise[0] + 0.1 * noise[2], rating)
    tone = turn_corpus(noise[0], rating).with_columns(estimator=pl.lit("sentiment"))
    found = held(table, beside=tone)
    turn = found.main.turn
    assert turn.raw["feedback"].pearson.value == pytest.approx(0.7, abs=0.12)
    assert turn.sentiment_out["feedback"].pearson.value == pytest.approx(0, abs=0.2)
    itself = next(one for one in found.others if one.estimator == "sentiment")
    assert itself.turn.sentiment_out == {}
    assert held(table).main.turn.sentiment_out == {}


def test_a_turn_rated_alone_in_its_session_is_left_out_and_told(noise: np.ndarray) -> None:
    table = turn_corpus(noise[0], noise[1])
    alone = table.filter((pl.col("session_id") != "s000") | (pl.col("turn") == 0))
    found = held(alone)
    assert found.main.turn.raw["feedback"].n == (SESSIONS - 1) * TURNS
    assert found.main.turn.raw["feedback"].sessions == SESSIONS - 1
    assert any("1 of 115 rated turns" in one for one in found.warnings)


def test_ratings_of_turns_nobody_scored_are_counted(noise: np.ndarray) -> None:
    table = turn_corpus(noise[0], noise[1])
    ratings = table.select("session_id", "turn", value="rating")
    found = validate(
        scores=table.filter(pl.col("turn") > 0).drop("rating"),
        sessions=sessions_table(SESSIONS),
        ratings=ratings.with_columns(
            rater=pl.lit("patient"), instrument=pl.lit("q"), scale=pl.lit("feedback")
        ).select(*RATINGS.columns),
        options=OPTIONS,
    )
    assert found.joined.turn_ratings_unmatched == SESSIONS
    assert found.joined.turn_ratings == SESSIONS * (TURNS - 1)
    assert any(f"{SESSIONS} ratings of turns" in one for one in found.warnings)


def test_without_ratings_of_sessions_there_is_no_session_figure_and_no_headline(
    noise: np.ndarray,
) -> None:
    found = held(turn_corpus(noise[0], noise[1]))
    assert found.main.session == {}
    assert found.headline.reason == "no whole session is rated"


def test_ratings_that_do_not_vary_within_any_session_have_a_reason(noise: np.ndarray) -> None:
    level = np.repeat(np.arange(SESSIONS, dtype=float)[:, None], TURNS, axis=1)
    found = held(turn_corpus(noise[0], level / 3)).main.turn.raw["feedback"]
    assert found.pearson.value is None
    assert found.reason == "nothing varies within sessions"
