"""`attunement validate` on real transcripts with the real model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.cli.conftest import Run

from attunement.sample import sample_folder
from attunement.tables import VALIDITY

DRAWS = ("--draws", "199")
WARM = ("Thank you, that really helped me.", "I feel you understand me.", "Yes, let us do that.")
COLD = ("This is pointless.", "You are not listening to me at all.", "I do not want to do that.")
SPOKEN = ("I slept badly on Sunday.", "My brother came.", "It rained.", "We had soup.")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Twenty-four short sessions, warm and cold in turn, rated high and low; two without a form."""
    folder = tmp_path / "transcripts"
    folder.mkdir()
    rows = ["session_id,rater,instrument,scale,value"]
    sessions = ["session_id,patient_id,dropped_out"]
    for k in range(24):
        lines = COLD if k % 2 else WARM
        turns = [*SPOKEN, *lines, *lines]
        said = "".join(f"P: {turn} {'Well. ' * (k % 5)}\nT: Go on.\n" for turn in turns)
        (folder / f"s{k:02}.txt").write_text(said, encoding="utf-8")
        sessions.append(f"s{k:02},p{k // 2:02},{'yes' if k % 4 == 3 else 'no'}")
        if k < 22:
            value = (2 if k % 2 else 4) + (k % 3) / 4
            rows.append(f"s{k:02},patient,form,alliance,{value}")
    (folder / "ratings.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "sessions.csv").write_text("\n".join(sessions), encoding="utf-8")
    return folder


def parsed(done: Any) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_warm_sessions_that_are_rated_high_agree(run: Run, corpus: Path) -> None:
    found = parsed(run("validate", corpus, *DRAWS, "--json"))
    assert (found["estimator"], found["rated"]) == ("contrast", "patient-rated")
    whole = found["session"]["alliance"]
    assert whole["spearman"] > 0.6
    assert whole["ci_low"] < whole["spearman"] < whole["ci_high"]
    assert (whole["n"], whole["patients"]) == (22, 11)
    assert found["joined"]["sessions_unrated"] == 2
    assert found["session_length_out"]["alliance"]["spearman"] > 0.6
    assert found["baselines"]["words_spoken"]["alliance"]["n"] == 22
    # The baseline is always scored, whatever is asked for.
    assert found["estimators"]["compass"]["session"]["alliance"]["n"] == 22


def test_known_groups_are_named_by_a_column_of_the_sessions(run: Run, corpus: Path) -> None:
    found = parsed(run("validate", corpus, *DRAWS, "--json", "--groups", "dropped_out=yes"))
    group = found["known_groups"]["dropped_out=yes"]
    assert (group["n_group"], group["n_rest"]) == (6, 18)
    assert group["auc"] > 0.6
    assert group["rare"]


def test_the_folder_holds_a_page_the_json_and_every_figure(
    run: Run, corpus: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run("validate", corpus, *DRAWS, "-o", out)
    assert done.returncode == 0, done.stderr
    assert {one.name for one in out.iterdir()} == {
        "validity.html",
        "validity.json",
        "figures.csv",
    }
    figures = pl.read_csv(out / "figures.csv", infer_schema=False)
    assert figures.columns == list(VALIDITY.columns)
    page = (out / "validity.html").read_text(encoding="utf-8")
    assert "not a diagnostic device" in page
    for words in (*WARM, *COLD, *SPOKEN):
        assert words not in page + done.stdout + done.stderr
    plain = json.loads((out / "validity.json").read_text(encoding="utf-8"))
    assert plain["session"]["alliance"]["n"] == 22
    assert str(out / "validity.html") in done.stdout


def test_without_a_folder_the_answer_and_its_figures_are_printed(run: Run, corpus: Path) -> None:
    done = run("validate", corpus, *DRAWS)
    assert done.returncode == 0, done.stderr
    first = done.stdout.splitlines()[0]
    assert "Spearman’s correlation is" in first
    assert "22 sessions of 11 patients" in first
    for words in ("Length out", "Without the closing", "less words spoken", "Known groups"):
        assert words in done.stdout


def test_a_ratings_file_takes_the_place_of_those_beside_the_transcripts(
    run: Run, corpus: Path, tmp_path: Path
) -> None:
    turned = tmp_path / "turned.csv"
    rows = ["session_id,rater,instrument,scale,value"]
    rows += [f"s{k:02},patient,form,alliance,{4 if k % 2 else 2}" for k in range(24)]
    rows += ["elsewhere,patient,form,alliance,3"]
    turned.write_text("\n".join(rows), encoding="utf-8")
    found = parsed(run("validate", corpus, *DRAWS, "--json", "--ratings", turned))
    assert found["session"]["alliance"]["spearman"] < -0.6
    assert found["joined"]["ratings_unmatched"] == 1
    assert any("1 rating of whole sessions" in one for one in found["warnings"])
    assert any("the wrong way round" in one for one in found["warnings"])


def test_sessions_are_named_at_the_terminal_and_not_on_the_page(
    run: Run, corpus: Path, tmp_path: Path
) -> None:
    given = tmp_path / "given.csv"
    rows = (corpus / "ratings.csv").read_text(encoding="utf-8").splitlines()
    rows[1] = "s00,patient,form,alliance,99"
    rows[2] = "s01,patient,form,alliance,"
    rows += ["nowhere,patient,form,alliance,3"]
    given.write_text("\n".join(rows), encoding="utf-8")
    done = run("validate", corpus, *DRAWS, "--ratings", given, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "attunement: left empty in given.csv: 1 value (s01)",
        'attunement: form, patient: session "s00" has 99 on alliance, far from all others '
        "(2 to 4.5): probably a slip, or a code for no answer",
        "attunement: rated, but without a transcript: 1 session (nowhere)",
    ]
    page = (tmp_path / "out/validity.html").read_text(encoding="utf-8")
    for words in ("left empty in given.csv: 1 value.", "a session has 99 on alliance, far"):
        assert words in page
        assert words in done.stdout
    for session in ("s00", "s01", "nowhere"):
        assert session not in page + done.stdout


def test_a_file_that_describes_a_questionnaire_gives_its_range(
    run: Run, corpus: Path, tmp_path: Path
) -> None:
    own = tmp_path / "form.yaml"
    own.write_text("name: Form\nlow: 0\nhigh: 5\nunscaled: 1\n", encoding="utf-8")
    held = parsed(run("validate", corpus, *DRAWS, "--json", "--instrument", own))
    assert held["joined"]["ratings"] == 22
    rows = (corpus / "ratings.csv").read_text(encoding="utf-8")
    (corpus / "ratings.csv").write_text(
        rows.replace("s03,patient,form,alliance,2.0", "s03,patient,form,alliance,7")
    )
    done = run("validate", corpus, *DRAWS, "--instrument", own)
    assert done.returncode == 1
    assert 'session "s03" has 7 on alliance (Form, patient), expected 0 to 5' in done.stderr


def test_compass_can_be_the_one_in_question(run: Run, corpus: Path) -> None:
    found = parsed(run("validate", corpus, *DRAWS, "--json", "-e", "compass"))
    assert found["estimator"] == "compass"
    assert set(found["estimators"]) == {"sentiment"}
    assert set(found["baselines"]) == {"words_spoken", "number_of_turns", "sentiment"}


def test_sentiment_is_what_vader_says_of_the_patients_turns_and_is_taken_out(
    run: Run, corpus: Path
) -> None:
    found = parsed(run("validate", corpus, *DRAWS, "--json"))
    beside = found["baselines"]["sentiment"]["alliance"]
    alone = found["estimators"]["sentiment"]["session"]["alliance"]
    assert beside["spearman"] == alone["spearman"]
    # Warm and cold lines differ in good and bad words too, so a word list tells some of them apart.
    assert 0.2 < alone["spearman"] < found["session"]["alliance"]["spearman"]
    left = found["session_sentiment_out"]["alliance"]
    assert left["n"] == 22
    assert left["spearman"] < found["session"]["alliance"]["spearman"]
    assert found["known_groups"]
    assert all("sentiment" in one["baselines"] for one in found["known_groups"].values())


def test_sessions_in_another_language_have_no_sentiment_and_are_counted(
    run: Run, corpus: Path
) -> None:
    german = (
        "P: Ich habe heute Nacht schlecht geschlafen und bin sehr müde.\nT: Das tut mir leid.\n"
    )
    for name in ("s00", "s01", "s02"):
        (corpus / f"{name}.txt").write_text(german * 8, encoding="utf-8")
    found = parsed(run("validate", corpus, *DRAWS, "--json"))
    assert any("3 of 24 sessions are not taken for English" in one for one in found["warnings"])
    assert found["session"]["alliance"]["n"] == 22
    assert found["session_sentiment_out"]["alliance"]["n"] == 19


def test_the_sample_is_held_against_its_own_forms(run: Run) -> None:
    with sample_folder() as folder:
        found = parsed(run("validate", folder, *DRAWS, "--json"))
    assert found["joined"]["sessions_rated"] == 20
    assert {(one["rated"], one["inferred"]) for one in found["views"]} == {
        ("patient-rated", "inferred-therapist"),
        ("therapist-rated", "inferred-patient"),
        ("therapist-rated", "inferred-therapist"),
    }
    with sample_folder() as folder:
        other = parsed(run("validate", folder, *DRAWS, "--json", "--rater", "therapist"))
    assert (other["rated"], other["inferred"]) == ("therapist-rated", "inferred-therapist")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--draws", "10"), 2, "at least 199"),
        (("--rater", "somebody"), 2, "expected patient, therapist or observer"),
        (("--rater", "therapist"), 1, "no therapist rated"),
        (("--groups", "nothing"), 2, 'no column "nothing"'),
        (("--groups", "dropped_out=maybe"), 2, 'no session has "maybe"'),
        (("--groups", "=x"), 2, "COLUMN=VALUE"),
        (("--ratings", "none.csv"), 2, "no such file"),
    ],
)
def test_what_cannot_be_asked_is_told(
    run: Run, corpus: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run("validate", corpus, *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_ratings_that_are_all_equal_are_told(run: Run, corpus: Path) -> None:
    rows = "".join(f"s{k:02},patient,form,alliance,3\n" for k in range(24))
    (corpus / "ratings.csv").write_text(f"session_id,rater,instrument,scale,value\n{rows}")
    done = run("validate", corpus)
    assert done.returncode == 1
    assert "All 24 ratings of alliance by the patient are 3" in done.stderr


def test_ratings_out_of_their_questionnaires_range_are_told(run: Run, corpus: Path) -> None:
    text = (corpus / "ratings.csv").read_text().replace(",form,", ",SRS,")
    (corpus / "ratings.csv").write_text(
        text.replace("s03,patient,SRS,alliance,2.0", "s03,patient,SRS,alliance,99")
    )
    done = run("validate", corpus)
    assert done.returncode == 1
    assert 'session "s03" has 99 on alliance' in done.stderr


def test_a_corpus_without_ratings_is_told(run: Run, corpus: Path) -> None:
    (corpus / "ratings.csv").unlink()
    done = run("validate", corpus)
    assert done.returncode == 1
    assert "there are no ratings" in done.stderr


def test_ids_that_match_nothing_are_told(run: Run, corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(
        "session_id,rater,scale,value\nmonday,patient,alliance,3\ntuesday,patient,alliance,4\n"
    )
    done = run("validate", corpus, "--ratings", other)
    assert done.returncode == 1
    assert '"monday", "tuesday"' in done.stderr
    assert '"s00"' in done.stderr
