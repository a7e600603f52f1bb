"""The answer in plain words: what it says, and what it does not let itself say."""

from __future__ import annotations

import pytest

from attunement.report.validity import answer, between, coefficient
from attunement.report.validity._story import limits, qualifications
from attunement.validity import POOLINGS, PoolingName

from .validity_results import everything, turns_only, zero_shot


def test_the_answer_names_whose_words_whose_ratings_and_how_many() -> None:
    result = zero_shot()
    said = answer(result)
    found = result.main.session["alliance"].spearman
    assert f"Spearman’s correlation is {coefficient(found.value)} " in said
    assert between(found.low, found.high) in said
    assert "over 60 sessions of 30 patients" in said
    assert "the patient’s words in the last quarter of a session" in said
    assert "what patients report" in said


@pytest.mark.parametrize(
    ("agreement", "words"),
    [(3.0, "agrees closely with"), (0.0, "could not be shown to agree with")],
)
def test_the_answer_is_as_strong_as_the_figure(agreement: float, words: str) -> None:
    assert words in answer(zero_shot(80, agreement=agreement))


def test_scores_that_go_against_the_ratings_run_against_them() -> None:
    said = answer(zero_shot(80, agreement=-3.0))
    assert "runs against what patients report" in said
    assert "Is the scale reversed?" in said
    assert "reversed" not in answer(zero_shot(80, agreement=0.0))


def test_few_sessions_get_no_answer_and_the_reason() -> None:
    said = answer(zero_shot(12, agreement=3.0, per_patient=1))
    assert said == (
        "No answer can be given: 12 rated sessions, too few for a headline; it takes 20."
    )
    assert list(qualifications(zero_shot(12, per_patient=1))) == []


def test_each_control_and_each_baseline_qualifies_the_answer() -> None:
    result = zero_shot()
    said = " ".join(qualifications(result))
    for words in (
        "With words spoken and the number of turns taken out",
        "Without the patient’s last turns",
        "Within patients",
        "Counting the patient’s words alone",
        "compass",
    ):
        assert words in said
    left = result.main.session_length_out["alliance"].spearman
    assert f"taken out: {coefficient(left.value)}" in said
    less = result.main.baselines["compass"]["alliance"].difference
    assert f"(difference +{coefficient(less.value)}" in said


def test_where_only_turns_are_rated_the_answer_is_of_turns_and_of_position() -> None:
    result = turns_only()
    said = answer(result)
    assert said.startswith("Turn by turn within sessions")
    left = result.main.turn.position_out["feedback"].pearson.value
    assert f"taken out, {coefficient(left)} is left" in said
    assert "120 turns of 20 sessions" in said


def test_where_both_are_rated_the_turns_stand_beside_the_answer() -> None:
    result = everything()
    assert any(one.startswith("Turn by turn") for one in qualifications(result))
    assert "what both sides said in a whole session agrees" in answer(result)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_pooling_is_told_in_words(pooling: PoolingName) -> None:
    result = zero_shot(pooling=pooling)
    assert result.main.pooling == pooling
    assert answer(result).startswith("What contrast infers from the patient’s words")


def test_the_limits_say_that_agreement_is_not_truth() -> None:
    assert any("not truth" in one for one in limits())


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.481, ".48"), (-0.05, "−.05"), (1.0, "1.00"), (0.0, ".00"), (-0.001, ".00"), (None, "–")],
)
def test_coefficients_are_written_as_in_papers(value: float | None, written: str) -> None:
    assert coefficient(value) == written
