"""`attunement validate` with a fitted model, and with estimates cross-fitted on the corpus."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Fit, Tell
from tests.cli.spliced import Row, ratings_of, said, write_corpus, write_ratings

DRAWS = ("--draws", "199")


def test_sessions_a_model_was_fitted_on_are_no_evidence_for_it(
    fit: Fit, rated: Path, tell: Tell, tmp_path: Path
) -> None:
    refused = tell("validate", rated, "--fitted", fit.folder, *DRAWS)
    assert refused.code == 1
    assert "the model was fitted on all 84 sessions" in refused.err
    write_corpus(tmp_path / "unseen", sessions=40, patient="guest", seed=12)
    some = (rated / "sessions.jsonl").read_text(encoding="utf-8").splitlines()[:6]
    renamed = [line.replace('"session_id": "', '"session_id": "seen-', 1) for line in some]
    (tmp_path / "seen.jsonl").write_text("\n".join(renamed), encoding="utf-8")
    both = (tmp_path / "unseen", "seen.jsonl", "--fitted", fit.folder, "--json")
    found = tell("validate", *both, *DRAWS).parsed
    assert found["session"]["alliance"]["n"] == 40
    assert any("figures: 6 sessions that it was fitted on" in one for one in found["warnings"])
    assert not any("are of patients" in one for one in found["warnings"])


def test_other_sessions_of_patients_a_model_was_fitted_on_are_told(
    fit: Fit, tell: Tell, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "later", sessions=24, seed=12)
    found = tell("validate", corpus, "--fitted", fit.folder, *DRAWS, "--json").parsed
    assert found["session"]["alliance"]["n"] == 24
    (told,) = [one for one in found["warnings"] if "fitted on" in one]
    assert told.startswith("24 sessions are of patients that the model was fitted on")
    assert "leave each patient out" in told


def test_cross_fitted_estimates_are_what_fit_says_of_left_out_patients(
    fit: Fit, rated: Path, tell: Tell
) -> None:
    crossed = tell("validate", rated, "-e", "fitted", *DRAWS, "--json").parsed
    assert crossed["session"]["alliance"]["n"] == 84
    assert "compass" in crossed["estimators"]
    assert any("heads fitted on other patients" in one for one in crossed["warnings"])
    (held,) = (one for one in fit.result["held out"] if one["perspective"] == "patient")
    assert crossed["session"]["alliance"]["spearman"] == pytest.approx(held["spearman"])
    error = crossed["intervals"]["alliance"]
    for figure in ("rmse", "rmse_of_mean", "coverage"):
        assert error[figure] == pytest.approx(held[figure])
    assert error["mean_width"] == pytest.approx(held["width"])
    assert error["explained"] == pytest.approx(1 - (held["rmse"] / held["rmse_of_mean"]) ** 2)
    assert crossed["session_without_closing"]["alliance"]["spearman"] > 0.2


def test_heads_that_hear_length_alone_stand_beside_those_that_hear_all(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    done = tell("validate", rated, "-e", "fitted", "-e", "contrast", "-o", "out", *DRAWS, "--json")
    found = done.parsed
    alone = found["estimators"]["length_alone"]
    # Sessions are warm or cold whatever their length, so these heads have little to go by.
    assert alone["session"]["alliance"]["n"] == 84
    assert alone["session"]["alliance"]["spearman"] < 0.4
    assert found["session"]["alliance"]["spearman"] > 0.6
    for estimator in (found, found["estimators"]["contrast"]):
        baseline = estimator["baselines"]["length_alone"]["alliance"]
        own = estimator["session"]["alliance"]["spearman"]
        assert baseline["spearman"] == pytest.approx(alone["session"]["alliance"]["spearman"])
        assert baseline["difference"] == pytest.approx(own - baseline["spearman"])
    page = (tmp_path / "out/validity.html").read_text(encoding="utf-8")
    assert "Length alone, fitted" in page
    assert "Heads fitted on lengths alone:" in page


@pytest.mark.parametrize("named", [0, 60])
def test_where_patients_are_unknown_no_head_is_said_to_have_left_them_out(
    named: int, rated: Path, tell: Tell, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    lines = []
    for number, line in enumerate((rated / "sessions.jsonl").read_text("utf-8").splitlines()):
        session = json.loads(line)
        if number >= named:
            del session["patient_id"]
        lines.append(json.dumps(session))
    (corpus / "sessions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (corpus / "ratings.csv").write_bytes((rated / "ratings.csv").read_bytes())
    arguments = ("-e", "fitted", "--learning-curve", *DRAWS, "--json")
    warnings = tell("validate", corpus, *arguments).parsed["warnings"]
    assert any("curve takes a session that names no patient" in one for one in warnings)
    (said,) = (one for one in warnings if "cross-fitted" in one)
    assert "the figures are too good" in said
    if named:
        assert "24 of 84 sessions name none" in said
    else:
        assert "fitted on other sessions of this corpus. Patients are unknown" in said
        assert "other patients" not in said


def test_the_corrective_signal_is_printed_direction_by_direction(rated: Path, tell: Tell) -> None:
    arguments = ("validate", rated, "-e", "fitted", *DRAWS)
    printed = tell(*arguments)
    assert printed.code == 0, printed.err
    found = tell(*arguments, "--json").parsed["corrective_signal"]["alliance"]
    (heading,) = (
        place
        for place, line in enumerate(printed.out.splitlines())
        if "Corrective signal, alliance" in line
    )
    lines = printed.out.splitlines()[heading:]
    assert lines[0].split()[-2:] == ["over", "under"]
    flags = next(line for line in lines if "flags in 84 sessions" in line)
    assert flags.split()[-2:] == [str(found[f"n_flagged_{way}"]) for way in ("over", "under")]
    recall = next(line for line in lines if "of these flagged" in line)
    assert f"{found['recall_over']:.2f}".replace("0.", ".") in recall


def test_a_model_of_another_questionnaire_is_not_held_against_these_ratings(
    fit: Fit, tell: Tell, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "unseen", sessions=40, patient="guest", seed=12)
    ratings = write_ratings(
        tmp_path / "clinic.csv",
        [replace(one, instrument="Clinic-7") for one in ratings_of(corpus)],
    )
    refused = tell("validate", corpus, "--fitted", fit.folder, "--ratings", ratings, *DRAWS)
    assert refused.code == 1
    assert "'Clinic-7'" in refused.err


def test_on_sessions_it_has_not_seen_a_model_is_taken_as_it_is(
    fit: Fit, tell: Tell, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "unseen", sessions=40, patient="guest", seed=12)
    arguments = ("--fitted", fit.folder, "--rater", "therapist", *DRAWS, "--json")
    found = tell("validate", corpus, *arguments).parsed
    assert not any("fitted on" in one for one in found["warnings"])
    assert (found["rated"], found["inferred"]) == ("therapist-rated", "inferred-therapist")
    assert found["session"]["alliance"]["spearman"] > 0.6


def test_ratings_that_go_with_nothing_are_not_agreed_with(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = [one for one in ratings_of(rated) if one.rater == "patient"]
    order = np.random.default_rng(4).permutation(len(rows))
    mixed = [replace(one, value=rows[at].value) for one, at in zip(rows, order, strict=True)]
    given = write_ratings(tmp_path / "mixed.csv", mixed)
    arguments = ("-e", "fitted", "--ratings", given, *DRAWS, "--json")
    found = tell("validate", rated, *arguments).parsed
    assert abs(found["session"]["alliance"]["spearman"]) < 0.3


def test_the_learning_curve_is_printed_and_kept(rated: Path, tell: Tell, tmp_path: Path) -> None:
    arguments = ("-e", "fitted", "--learning-curve", "-o", "out", *DRAWS)
    done = tell("validate", rated, *arguments)
    assert done.code == 0, done.err
    assert "Learning curve: fitted on" in done.out
    assert "50 sessions, 10 patients" in done.out
    kept = json.loads((tmp_path / "out/validity.json").read_text(encoding="utf-8"))
    (point,) = kept["learning_curve"]
    assert (point["n_sessions"], point["repeats"]) == (50, 5)
    assert point["pearson_lowest"] <= point["pearson"] <= point["pearson_highest"]
    assert point["spearman"] > 0.5
    page = (tmp_path / "out/validity.html").read_text(encoding="utf-8")
    assert "Would more rated sessions help?" in page
    for text in said(rated):
        if " " in text:
            assert text not in page + done.out


def test_where_there_is_no_room_for_a_learning_curve_that_is_said(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    for sessions in (60, 24):
        rows = [one for one in ratings_of(rated) if int(one.session_id[-2:]) < sessions]
        given = write_ratings(tmp_path / "some.csv", rows)
        arguments = ("--learning-curve", "--ratings", given, *DRAWS, "--json")
        found = tell("validate", rated, *arguments).parsed
        assert found["session"]["alliance"]["n"] == sessions
        assert not found["learning_curve"] or "reason" in found["learning_curve"]
        assert any("No learning curve: it begins with 50" in one for one in found["warnings"])


def test_of_two_questionnaires_one_is_chosen(rated: Path, tell: Tell, tmp_path: Path) -> None:
    rows = ratings_of(rated)
    rows += [replace(one, instrument="SRS", value=round(one.value / 2)) for one in rows]
    given = write_ratings(tmp_path / "two.csv", rows)
    arguments = ("-e", "fitted", "--ratings", given, *DRAWS)
    done = tell("validate", rated, *arguments)
    done.is_one_line("2 instruments: WAI-SR, SRS", "--instrument", code=1)
    found = tell("validate", rated, *arguments, "--instrument", "SRS", "--json").parsed
    assert list(found["session"]) == ["alliance"]
    assert found["joined"]["ratings"] == 84


@pytest.mark.parametrize(
    ("rows", "arguments", "code", "words"),
    [
        (
            slice(0, 10),
            (),
            1,
            ("found 5 rated sessions of 5 patients", "50 sessions of 10 patients"),
        ),
        (slice(0, None), ("--instrument", "HAQ"), 2, ("--instrument", '"HAQ"', "WAI-SR")),
        (slice(0, None), ("--fitted", "nowhere"), 2, ("nowhere", "no fitted model here")),
        (slice(0, None), ("--rater", "observer"), 1, ("no observer rated",)),
    ],
)
def test_what_cannot_be_cross_fitted_is_told(
    rows: slice,
    arguments: tuple[str, ...],
    code: int,
    words: tuple[str, ...],
    rated: Path,
    tell: Tell,
    tmp_path: Path,
) -> None:
    given = write_ratings(tmp_path / "given.csv", ratings_of(rated)[rows])
    done = tell(
        "validate", rated, "-e", "fitted", "--ratings", given, "-o", "out", *DRAWS, *arguments
    )
    done.is_one_line(*words, code=code)
    assert [path.name for path in tmp_path.iterdir()] == ["given.csv"]


def test_a_rating_out_of_range_is_told_with_its_file(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = ratings_of(rated)
    given = write_ratings(tmp_path / "given.csv", [replace(rows[0], value=9), *rows[1:]])
    done = tell("validate", rated, "-e", "fitted", "--ratings", given, *DRAWS)
    done.is_one_line("given.csv", 'session "visit-00" has 9 on alliance', "12 to 60", code=1)


def test_ids_that_match_nothing_are_told(rated: Path, tell: Tell, tmp_path: Path) -> None:
    rows = [Row(f"besuch-{number}", "patient", 20 + number % 30) for number in range(60)]
    given = write_ratings(tmp_path / "other.csv", rows)
    done = tell("validate", rated, "-e", "fitted", "--ratings", given, *DRAWS)
    done.is_one_line("session_id", "none of the 60 rated", '"besuch-0"', '"visit-00"', code=1)


def test_cross_fitted_intervals_end_where_ones_own_questionnaire_does(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = [replace(one, instrument="CLINIC") for one in ratings_of(rated)]
    given = write_ratings(tmp_path / "clinic.csv", rows)
    own = tmp_path / "clinic.yaml"
    own.write_text("name: CLINIC\nlow: 20\nhigh: 52\nunscaled: 1\n", encoding="utf-8")
    arguments = ("validate", rated, "-e", "fitted", "--ratings", given, *DRAWS, "--json")
    free, cut = (
        tell(*arguments, *more).parsed["intervals"]["alliance"]
        for more in ((), ("--instrument", own))
    )
    assert cut["mean_width"] < 0.95 * free["mean_width"]
    assert cut["coverage"] == free["coverage"]
