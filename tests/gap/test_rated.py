"""Questionnaires alone: pairs, their gap, their congruence, and what is missing."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.gap import corpora
from tests.gap.test_analysis import _sound

from attunement.errors import DataError, UsageError
from attunement.gap import GapOptions, GapResult, analyze_ratings, analyze_scores

OPTIONS = GapOptions(draws=199)
CORPORA = Path(os.environ.get("ATTUNEMENT_CORPORA", "../shared/data"))
N = 30
PATIENT = 50 + 8 * np.random.default_rng(4).normal(size=N)


def _ratings(therapist: np.ndarray, *, patient: np.ndarray = PATIENT) -> pl.DataFrame:
    sides = {"patient": patient, "therapist": therapist}
    return pl.concat(
        pl.DataFrame(
            {
                "session_id": [f"s{at}" for at in range(len(values))],
                "rater": rater,
                "instrument": "SRS",
                "scale": "total",
                "value": values,
            }
        )
        for rater, values in sides.items()
    )


def _analyzed(ratings: pl.DataFrame, sessions: pl.DataFrame | None = None) -> GapResult:
    result = analyze_ratings(
        ratings,
        corpora.sessions(N, conditions=("x", "y")) if sessions is None else sessions,
        options=OPTIONS,
    )
    _sound(result)
    return result


def _row(result: GapResult, family: str, effect: str) -> dict[str, Any]:
    return result.effects.filter(family=family, effect=effect, group="all sessions").row(
        0, named=True
    )


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not part of the project")
def test_the_public_dyads_underestimate_by_what_was_published() -> None:
    with (CORPORA / "iscience_language.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    patient, therapist = (
        np.array([float(row[header.index(f"{side} Alliance")]) for row in rows])
        for side in ("Patient", "Therapist")
    )
    sessions = corpora.sessions(28).select("session_id")
    result = _analyzed(_ratings(therapist, patient=patient), sessions)
    bias, force = (_row(result, "congruence", e) for e in ("directional bias", "truth force"))
    assert (round(bias["estimate"], 2), round(bias["se"], 2)) == (-5.93, 1.76)
    assert (round(force["estimate"], 2), round(force["se"], 2)) == (0.5, 0.14)
    assert round(_row(result, "congruence", "correlation")["estimate"], 2) == 0.56
    assert result.wording.direction(bias["estimate"]) == "the therapist underestimates"


def test_a_therapist_who_answers_five_above_is_found_to_and_on_the_questionnaires_scale() -> None:
    noise = np.random.default_rng(5).normal(size=N)
    row = _row(_analyzed(_ratings(PATIENT + 5 + noise)), "difference", "mean")
    assert row["quantity"] == "gap"
    assert row["estimate"] == pytest.approx(5, abs=0.6)
    assert row["controls"] == "survives all"


def test_what_needs_turns_is_not_applicable_to_questionnaires() -> None:
    controls = _analyzed(_ratings(PATIENT + 1)).controls
    assert set(controls.filter(pl.col("control") != "role permutation")["outcome"]) == {
        "not applicable"
    }


def test_one_side_alone_gives_a_row_that_says_so() -> None:
    result = _analyzed(_ratings(PATIENT).filter(rater="patient"))
    assert result.rated_pairs.is_empty()
    assert result.effects["reason"].to_list() == [f"only the patient rated ({N} sessions)"]


def test_sides_that_rated_other_sessions_give_a_row_that_says_so() -> None:
    ratings = _ratings(PATIENT)
    even = pl.col("session_id").str.slice(1).cast(pl.Int64) % 2 == 0
    split = ratings.filter((pl.col("rater") == "patient") == even)
    assert _analyzed(split).effects["reason"].to_list() == ["no session was rated by both sides"]


def test_a_missing_rating_leaves_its_session_out_and_no_other() -> None:
    ratings = _ratings(PATIENT + 2).with_columns(
        value=pl.when((pl.col("session_id") == "s3") & (pl.col("rater") == "therapist"))
        .then(None)
        .otherwise("value")
    )
    assert _row(_analyzed(ratings), "difference", "mean")["n_sessions"] == N - 1


def test_ratings_all_equal_have_reasons_instead_of_numbers() -> None:
    result = _analyzed(_ratings(np.full(N, 3.0), patient=np.full(N, 3.0)))
    assert result.effects.filter(pl.col("ci_low").is_null())["reason"].null_count() == 0


def test_ratings_of_single_turns_are_no_ratings_of_the_session() -> None:
    with_turn = _ratings(PATIENT).with_columns(turn=pl.lit(3, pl.Int32))
    assert _analyzed(with_turn).rated_pairs.is_empty()


def test_agreement_that_predicts_an_outcome_bends_the_surface_along_the_line_of_disagreement() -> (
    None
):
    therapist = 50 + 8 * np.random.default_rng(6).normal(size=N)
    outcome = -((therapist - PATIENT) ** 2) + np.random.default_rng(7).normal(size=N)
    sessions = corpora.sessions(N).with_columns(outcome=pl.Series(outcome))
    result = analyze_ratings(_ratings(therapist), sessions, outcome="outcome", options=OPTIONS)
    _sound(result)
    row = result.effects.filter(family="outcome", effect="a4").row(0, named=True)
    assert row["estimate"] == pytest.approx(-4, abs=0.2)
    assert row["ci_high"] < 0


def test_an_outcome_that_is_not_there_or_no_number_is_refused() -> None:
    sessions = corpora.sessions(N).with_columns(better=pl.lit("much"))
    with pytest.raises(UsageError, match="patient_id, therapist_id, condition, better"):
        analyze_ratings(_ratings(PATIENT), sessions, outcome="score", options=OPTIONS)
    with pytest.raises(DataError, match="no number"):
        analyze_ratings(_ratings(PATIENT), sessions, outcome="better", options=OPTIONS)


def test_a_rated_session_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(DataError, match="not in the sessions table"):
        analyze_ratings(_ratings(PATIENT), corpora.sessions(3), options=OPTIONS)


def test_ratings_stand_beside_inferred_scores_each_under_its_own_name() -> None:
    noise = np.random.default_rng(1).normal(size=(N, 14))
    scores = corpora.scores(N, 14, lambda s, time, therapist: noise[s] + therapist)
    result = analyze_scores(
        scores,
        corpora.sessions(N),
        on_common_scale=False,
        ratings=_ratings(PATIENT - 3),
        options=OPTIONS,
    )
    _sound(result)
    rows = result.effects.filter(family="difference").select("instrument", "scale", "quantity")
    assert rows.filter(pl.col("instrument").is_null())["quantity"].unique().to_list() == [
        "role difference"
    ]
    assert rows.filter(instrument="SRS").rows() == [("SRS", "total", "gap")]


def test_a_patients_first_session_counts_also_where_the_therapist_did_not_rate_it() -> None:
    n = 40
    sessions = corpora.sessions(n, per_patient=4, per_therapist=8).with_columns(
        number=pl.Series([at % 4 + 1 for at in range(n)], dtype=pl.Int32)
    )
    noise = np.random.default_rng(2).normal(size=n)
    patient = 50 + 5 * np.repeat(np.random.default_rng(3).normal(size=10), 4) + noise
    patient[::4] -= 30
    ratings = _ratings(patient + noise[::-1], patient=patient).filter(
        (pl.col("rater") == "patient") | (pl.col("session_id").str.slice(1).cast(pl.Int64) % 4 > 0)
    )
    result = analyze_ratings(ratings, sessions, reliability=0.9, options=OPTIONS)
    _sound(result)
    row = result.effects.filter(effect="reliable change: first to last session").row(0, named=True)
    assert row["n_sessions"] == 10
    assert row["estimate"] == 1.0
