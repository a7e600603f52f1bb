"""The figures of invented sessions against R: see reference/validity.R."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from attunement.tables import MEASURES
from attunement.validity import (
    EstimatorValidity,
    GroupQuestion,
    ValidityOptions,
    spearman,
    validate,
)

from .corpora import FEW_DRAWS, rating_rows, sessions_table

HERE = Path(__file__).parent / "reference"
EXPECTED: dict[str, float] = json.loads((HERE / "validity.json").read_text())


@pytest.fixture(scope="module")
def found() -> EstimatorValidity:
    """What `validate` says of the sessions and turns that R was given."""
    given = pl.read_csv(HERE / "sessions.csv")
    sessions = sessions_table(60, per_patient=3, flag=given["flag"] == 1)
    names = sessions["session_id"]
    # Each session's length is spread over its turns; its score is the mean of them.
    turns = pl.DataFrame(
        {
            "session_id": [
                name for name, n in zip(names, given["turns"], strict=True) for _ in range(int(n))
            ],
            "turn": [turn for n in given["turns"] for turn in range(int(n))],
            "role": "patient",
            "time": 1.0,
            "words": [
                int(w) if turn == 0 else 0
                for w, n in zip(given["words"], given["turns"], strict=True)
                for turn in range(int(n))
            ],
        }
    ).cast({"turn": pl.Int32})
    level = pl.DataFrame({"session_id": names, "level": given["score"]})
    scores = turns.join(level, on="session_id", maintain_order="left").select(
        pl.exclude("level"),
        *(pl.col("level").alias(name) for name in MEASURES),
        estimator=pl.lit("contrast"),
    )
    estimates = pl.DataFrame(
        {
            "session_id": names,
            "estimator": "fitted",
            "perspective": "patient",
            "scale": "alliance",
            "estimate": given["score"],
            "low": given["score"] - 1,
            "high": given["score"] + 1,
        }
    )
    result = validate(
        scores=scores,
        sessions=sessions,
        ratings=rating_rows(sessions, given["rating"]),
        estimates=estimates,
        options=ValidityOptions(
            draws=FEW_DRAWS, pooling="last_quarter", groups=[GroupQuestion("flag")]
        ),
    )
    (fitted,) = result.others
    assert fitted.session == result.main.session
    return EstimatorValidity(
        **{name: getattr(result.main, name) for name in result.main.__slots__}
        | {"intervals": fitted.intervals}
    )


@pytest.fixture(scope="module")
def turn_figures() -> EstimatorValidity:
    given = pl.read_csv(HERE / "turns.csv").with_columns(
        session_id=pl.format("s{}", pl.col("session").cast(pl.String).str.zfill(3)),
        turn=pl.int_range(pl.len()).over("session").cast(pl.Int32),
    )
    scores = given.select(
        "session_id",
        "turn",
        "time",
        "words",
        *(pl.col("score").alias(name) for name in MEASURES),
        role=pl.lit("patient"),
        estimator=pl.lit("contrast"),
    )
    sessions = sessions_table(15)
    ratings = given.select(
        "session_id",
        "turn",
        rater=pl.lit("patient"),
        instrument=pl.lit("questionnaire"),
        scale=pl.lit("feedback"),
        value="rating",
    )
    return validate(
        scores=scores,
        sessions=sessions,
        ratings=ratings,
        options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter"),
    ).main


@pytest.mark.parametrize(
    ("ours", "statistic", "theirs"),
    [
        ("session", "spearman", "spearman"),
        ("session", "pearson", "pearson"),
        ("session_length_out", "spearman", "spearman_length_out"),
        ("session_length_out", "pearson", "pearson_length_out"),
        ("within_patient", "spearman", "within_patient"),
        ("between_patients", "spearman", "between_patients"),
    ],
)
def test_agreement_over_sessions_is_rs(
    found: EstimatorValidity, ours: str, statistic: str, theirs: str
) -> None:
    value = getattr(getattr(found, ours)["alliance"], statistic).value
    assert value == pytest.approx(EXPECTED[theirs], abs=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("raw", "turn"),
        ("position_alone", "turn_position_alone"),
        ("position_out", "turn_position_out"),
        ("both_out", "turn_both_out"),
    ],
)
def test_agreement_within_sessions_is_rs(
    turn_figures: EstimatorValidity, ours: str, theirs: str
) -> None:
    found = getattr(turn_figures.turn, ours)["feedback"]
    assert found.pearson.value == pytest.approx(EXPECTED[theirs], abs=1e-9)
    assert (found.n, found.sessions) == (120, 15)


def test_the_auc_is_rs_wilcoxon_statistic(found: EstimatorValidity) -> None:
    assert found.known_groups["flag=true"].auc.value == pytest.approx(EXPECTED["auc"], abs=1e-12)


@pytest.mark.parametrize(
    "name",
    ["calibration_slope", "calibration_intercept", "rmse", "mae", "rmse_of_mean", "mae_of_mean"],
)
def test_errors_and_calibration_are_rs(found: EstimatorValidity, name: str) -> None:
    value = getattr(found.intervals["alliance"], name).value
    assert value == pytest.approx(EXPECTED[name], abs=1e-9)


def test_one_confound_alone_is_rs() -> None:
    given = pl.read_csv(HERE / "sessions.csv")
    columns = (given[name].cast(pl.Float64).to_numpy() for name in ("score", "rating", "words"))
    assert spearman(*columns) == pytest.approx(EXPECTED["spearman_words_out"], abs=1e-9)
