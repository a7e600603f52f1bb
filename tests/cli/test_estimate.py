"""`attunement estimate` and `score --fitted`: a real model on sessions it knows and does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.cli.conftest import Fit, Tell
from tests.cli.spliced import HIGHEST, LOWEST, Row, ratings_of, write_corpus, write_ratings
from tests.embedding.server import Answers, EmbeddingServer

from attunement.alliance.fitted import RUNNING_SCHEMA, load_model, save_model
from attunement.tables import CORRECTIVE_SIGNAL, ESTIMATES, Role


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sessions that no model was fitted on, of patients it has not met."""
    folder = tmp_path_factory.mktemp("unseen") / "corpus"
    return write_corpus(folder, sessions=40, patient="guest", seed=12)


def one_side(fit: Fit, folder: Path, side: Role) -> Path:
    """Save the model as if one side alone had rated."""
    model = load_model(fit.folder)
    kept = tuple(one for one in model.scales if one.perspective == side)
    save_model(replace(model, scales=kept), folder)
    return folder


def test_ratings_of_new_sessions_are_estimated_on_the_questionnaires_scale(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    found = tell("estimate", unseen, "--fitted", fit.folder, "-o", "e.parquet", "--json").parsed
    assert (found["sessions"], found["estimates"], found["interval"]) == (40, 80, "90%")
    assert found["notes"] == []
    estimates = pl.read_parquet(tmp_path / "e.parquet")
    assert estimates.schema == ESTIMATES.schema
    assert estimates["estimator"].unique().to_list() == ["fitted"]
    ratings = pl.DataFrame(
        [(one.session_id, one.rater, one.value) for one in ratings_of(unseen)],
        schema=["session_id", "perspective", "rated"],
        orient="row",
    )
    held = estimates.join(ratings, on=["session_id", "perspective"])
    assert held.height == 80
    for side in ("patient", "therapist"):
        of_side = held.filter(perspective=side)
        assert of_side.select(pl.corr("estimate", "rated")).item() > 0.6
        inside = of_side.filter(pl.col("rated").is_between("low", "high"))
        assert inside.height >= 30
        # The scale of the other side's rating, or one of zero mean, would be far off.
        assert of_side["estimate"].is_between(LOWEST, HIGHEST).all()


def test_other_sessions_of_patients_the_model_was_fitted_on_are_counted(
    fit: Fit, tell: Tell, tmp_path: Path
) -> None:
    more = write_corpus(tmp_path / "more", sessions=3, seed=12)
    for command, out in (("estimate", "e.csv"), ("score", "s.csv")):
        found = tell(command, more, "--fitted", fit.folder, "-o", out, "--json").parsed
        (note,) = [one for one in found["notes"] if "fitted on" in one]
        assert note.startswith("3 sessions are of patients that the model was fitted on")


def test_sessions_the_model_was_fitted_on_and_silent_ones_are_counted(
    fit: Fit, rated: Path, tell: Tell, tmp_path: Path
) -> None:
    known = (rated / "sessions.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    silent = {"session_id": "silent", "turns": [{"role": "mother", "text": "He never talks."}]}
    (tmp_path / "some.jsonl").write_text("\n".join([*known, json.dumps(silent)]), encoding="utf-8")
    done = tell("estimate", "some.jsonl", "--fitted", fit.folder, "-o", "e.csv")
    assert done.code == 0, done.err
    assert "the model was fitted on 3 of these sessions" in done.out
    assert "left out, as nothing is said in them: 1" in done.out
    assert pl.read_csv(tmp_path / "e.csv")["session_id"].n_unique() == 3


def test_a_therapist_who_rates_beyond_the_interval_is_told_over_or_under(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    assert tell("estimate", unseen, "--fitted", fit.folder, "-o", "e.csv").code == 0
    of_patients = {
        row["session_id"]: row
        for row in pl.read_csv(tmp_path / "e.csv").iter_rows(named=True)
        if row["perspective"] == "patient"
    }
    # The questionnaire goes from 12 to 60: one session each whose interval leaves room.
    low = next(name for name, row in of_patients.items() if row["high"] < 58)
    high = next(name for name, row in of_patients.items() if row["low"] > 14 and name != low)
    middle = next(
        name
        for name, row in of_patients.items()
        if name not in (low, high) and row["low"] < row["estimate"] < row["high"]
    )
    own = write_ratings(
        tmp_path / "own.csv",
        [
            Row(low, "therapist", 60),
            Row(high, "therapist", 12),
            Row(middle, "therapist", of_patients[middle]["estimate"]),
            Row(low, "patient", HIGHEST),
            Row("elsewhere", "therapist", HIGHEST),
        ],
    )
    out = ("-o", "e.jsonl", "--signals", "s.csv", "--ratings", own, "--json")
    found = tell("estimate", unseen, "--fitted", fit.folder, *out).parsed
    assert [found[name] for name in ("over", "within", "under")] == [1, 1, 1]
    assert found["therapists' ratings compared"] == 3
    assert any("without a transcript: 1 session (elsewhere)" in one for one in found["notes"])
    signals = pl.read_csv(tmp_path / "s.csv")
    assert signals.columns == CORRECTIVE_SIGNAL.schema.names()
    told = {row["session_id"]: row for row in signals.iter_rows(named=True)}
    assert {name: row["signal"] for name, row in told.items()} == {
        low: "over",
        high: "under",
        middle: "within",
    }
    over = told[low]
    assert over["inferred_patient"] == pytest.approx(of_patients[low]["estimate"])
    assert over["difference"] == pytest.approx(60 - of_patients[low]["estimate"])
    assert told[middle]["difference"] == pytest.approx(0, abs=1e-4)


def test_ratings_that_stand_with_the_transcripts_are_compared(
    fit: Fit, unseen: Path, tell: Tell
) -> None:
    arguments = ("-o", "e.csv", "--signals", "s.csv", "--json")
    found = tell("estimate", unseen, "--fitted", fit.folder, *arguments).parsed
    assert found["therapists' ratings compared"] == 40
    assert found["over"] + found["within"] + found["under"] == 40
    assert min(found["over"], found["under"]) > 0


def test_a_flag_that_no_therapists_rating_could_raise_is_named(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    model = load_model(fit.folder)
    patient, *others = model.scales
    # As wide as the questionnaire upwards: nearly every interval goes beyond the highest rating.
    reach = patient.highest - patient.lowest
    wide = replace(patient, half_width=reach, lowest=patient.lowest - 3 * reach)
    save_model(replace(model, scales=(wide, *others)), tmp_path / "model")
    arguments = ("-o", "e.csv", "--signals", "s.csv", "--json")
    notes = tell("estimate", unseen, "--fitted", "model", *arguments).parsed["notes"]
    (said,) = (one for one in notes if "out of reach" in one)
    assert said.startswith("alliance: over is out of reach")
    assert "of 40 sessions only" in said
    as_it_is = tell("estimate", unseen, "--fitted", fit.folder, *arguments).parsed["notes"]
    assert not any("out of reach" in one for one in as_it_is)


def test_ratings_scored_otherwise_than_the_models_are_remarked(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = [replace(one, value=one.value / 12) for one in ratings_of(unseen)]
    means = write_ratings(tmp_path / "means.csv", rows)
    arguments = ("-o", "e.csv", "--signals", "s.csv", "--ratings", means, "--json")
    found = tell("estimate", unseen, "--fitted", fit.folder, *arguments).parsed
    assert found["under"] == 40
    assert any("as a sum or as a mean?" in one for one in found["notes"])


def test_without_a_therapists_rating_there_is_no_signal_and_no_file(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = [replace(one, instrument="SRS") for one in ratings_of(unseen) if one.value <= 40]
    own = write_ratings(tmp_path / "own.csv", rows)
    arguments = ("-o", "e.csv", "--signals", "s.csv", "--ratings", own)
    done = tell("estimate", unseen, "--fitted", fit.folder, *arguments)
    done.is_one_line("own.csv", "no therapist rated", "(WAI-SR: alliance)", "--signals", code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]


def test_a_rating_out_of_range_is_told_with_its_file(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = ratings_of(unseen)
    own = write_ratings(tmp_path / "own.csv", [replace(rows[1], value=9), *rows[2:]])
    arguments = ("-o", "e.csv", "--signals", "s.csv", "--ratings", own)
    done = tell("estimate", unseen, "--fitted", fit.folder, *arguments)
    done.is_one_line("own.csv", 'session "visit-00" has 9 on alliance', "12 to 60", code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ratings", "own.csv"), ("--ratings", "--signals FILE")),
        (("--signals", "s.xls"), ("s.xls", ".parquet")),
        (("--signals", "e.csv"), ("e.csv", "--signals", "same file")),
        (("--signals", "s.csv", "--ratings", "none.csv"), ("none.csv", "no such file")),
        (("-o", "own.csv/e.csv"), ("own.csv", "a file stands where a folder is needed")),
    ],
)
def test_wrong_use_is_told_and_leaves_nothing(
    arguments: tuple[str, ...],
    words: tuple[str, ...],
    fit: Fit,
    unseen: Path,
    tell: Tell,
    tmp_path: Path,
) -> None:
    own = write_ratings(tmp_path / "own.csv", ratings_of(unseen))
    done = tell("estimate", unseen, "--fitted", fit.folder, "-o", "e.csv", *arguments)
    done.is_one_line(*words, code=2)
    assert [path.name for path in tmp_path.iterdir()] == [own.name]


def _changed(name: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return change


def _without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def _of_another_format(folder: Path) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"format": 99}))


def _emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


SPOILED: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    **{
        f"a byte changed in {name}": (_changed(name), (name, "has changed", "attunement fit"))
        for name in ("model.json", "heads.safetensors", "MODEL_CARD.md")
    },
    **{
        f"no {name}": (_without(name), (name, "is missing", "attunement fit"))
        for name in ("model.json", "heads.safetensors", "MODEL_CARD.md")
    },
    # Half of the manifest is fingerprints: with a bit turned, one no longer fits its file.
    "a byte changed in the manifest": (_changed("manifest.json"), ("attunement fit",)),
    "no manifest": (_without("manifest.json"), ("no fitted model here", "attunement fit")),
    "another format": (_of_another_format, ("manifest.json", "format 99", "reads format 2")),
    "an empty folder": (_emptied, ("no fitted model here", "attunement fit")),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_model_that_is_not_what_fit_wrote_is_refused(
    case: str, fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    spoil, words = SPOILED[case]
    folder = tmp_path / "model"
    folder.mkdir()
    for path in fit.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    spoil(folder)
    (tmp_path / "e.csv").write_text("what stood before")
    for command in (("estimate",), ("score",), ("validate", "--draws", "199")):
        out = () if command[0] == "validate" else ("-o", "e.csv")
        tell(*command, unseen, "--fitted", folder, *out).is_one_line("model", *words, code=2)
    assert (tmp_path / "e.csv").read_text() == "what stood before"
    assert {path.name for path in tmp_path.iterdir()} == {"model", "e.csv"}


def test_a_model_is_not_applied_with_another_encoder(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNEMENT_CACHE", str(tmp_path / "cache"))
    with EmbeddingServer(Answers()) as server:
        other = ("--model", f"{server.url}#tiny")
        done = tell("estimate", unseen, "--fitted", fit.folder, "-o", "e.csv", *other)
    done.is_one_line("--fitted", "fitted with all-MiniLM-L6-v2", "tiny", "--model", code=2)
    assert not (tmp_path / "e.csv").exists()


def test_a_model_of_therapists_ratings_alone_gives_no_signal(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    model = one_side(fit, tmp_path / "model", "therapist")
    done = tell("estimate", unseen, "--fitted", model, "-o", "e.csv", "--signals", "s.csv")
    done.is_one_line("--signals", "estimates no patient's rating", code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_running_estimates_of_both_sides_come_turn_by_turn_and_gap_refuses_them(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    found = tell("score", unseen, "--fitted", fit.folder, "-o", "s.csv", "--json").parsed
    assert (found["sessions"], found["turns"], found["scores"]) == (40, 800, 800)
    assert found["notes"] == []
    scores = pl.read_csv(tmp_path / "s.csv")
    assert scores.columns == RUNNING_SCHEMA.names()
    assert sorted(scores["role"].unique()) == ["patient", "therapist"]
    assert scores["alliance"].is_between(LOWEST, HIGHEST).all()
    refused = tell("gap", "s.csv", "-o", "gap", "--draws", "199")
    assert refused.code == 2
    assert "running estimates are no observations of turns" in refused.err
    assert "-e contrast" in refused.err
    assert not (tmp_path / "gap").exists()


def test_contrast_and_a_model_can_stand_in_one_table(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    names = ("-e", "contrast", "-e", "fitted")
    found = tell(
        "score", unseen, *names, "--fitted", fit.folder, "-o", "s.parquet", "--json"
    ).parsed
    assert found["scores"] == 1600
    scores = pl.read_parquet(tmp_path / "s.parquet")
    counts = dict(scores["estimator"].value_counts().iter_rows())
    assert counts == {"contrast": 800, "fitted": 800}
    # Standard deviations of the reference, and points of the questionnaire.
    means = dict(scores.group_by("estimator").agg(pl.col("alliance").mean()).iter_rows())
    assert abs(means["contrast"]) < 5
    assert means["fitted"] > LOWEST
    swapped = scores.filter(estimator="contrast")["alliance_swapped"]
    assert swapped.null_count() == 0
    done = tell("gap", "s.parquet", "-o", "gap")
    done.is_one_line("contrast", "fitted", "--estimator", code=2)


def test_with_one_sides_ratings_no_gap_can_be_had(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    model = one_side(fit, tmp_path / "model", "patient")
    done = tell("score", unseen, "--fitted", model, "-o", "s.csv")
    assert done.code == 0, done.err
    assert "ratings by patients alone: only their turns are scored" in done.out
    assert pl.read_csv(tmp_path / "s.csv")["role"].unique().to_list() == ["patient"]
    done = tell("gap", "s.csv", "-o", "gap")
    done.is_one_line("s.csv", "role", "all scores are of patients' turns", code=1)
    assert not (tmp_path / "gap").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--items",), ("--items", "-e contrast")),
        (("--evidence", "s.csv"), ("--evidence", "same file")),
    ],
)
def test_a_model_is_not_asked_for_what_it_cannot_give(
    arguments: tuple[str, ...], words: tuple[str, ...], fit: Fit, unseen: Path, tell: Tell
) -> None:
    done = tell("score", unseen, "--fitted", fit.folder, "-o", "s.csv", *arguments)
    done.is_one_line(*words, code=2)


def test_a_model_that_did_no_better_than_the_mean_is_not_relied_on(
    fit: Fit, unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    model = load_model(fit.folder)
    patient, therapist = model.scales
    poor = replace(therapist, held_out=replace(therapist.held_out, rmse=9.5, rmse_of_mean=9.4))
    save_model(replace(model, scales=(patient, poor)), tmp_path / "model")
    arguments = ("--fitted", "model", "-o", "e.csv", "--json")
    (note,) = tell("estimate", unseen, *arguments).parsed["notes"]
    assert note.startswith("therapist-rated alliance")
    assert "no better than giving everybody the mean" in note


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("score",), ("--estimator", "needs a model", "attunement fit", "--fitted DIR")),
        (("analyze",), ("--estimator", "attunement estimate", "attunement score")),
    ],
)
def test_without_a_model_the_way_to_one_is_told(
    command: tuple[str, ...], words: tuple[str, ...], unseen: Path, tell: Tell, tmp_path: Path
) -> None:
    tell(*command, unseen, "-e", "fitted", "-o", "out.csv").is_one_line(*words, code=2)
    assert list(tmp_path.iterdir()) == []
