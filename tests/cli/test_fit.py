"""`attunement fit` on a rated corpus, with the real model, and on everything it cannot use."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.cli.conftest import Fit, Tell
from tests.cli.spliced import HEADER, Row, ratings_of, said, write_corpus, write_ratings
from tests.embedding.server import Answers, EmbeddingServer

from attunement.alliance.fitted import load_model, save_model
from attunement.errors import StorageError

MODEL = {"MODEL_CARD.md", "heads.safetensors", "manifest.json", "model.json"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_fit_tells_how_it_does_on_patients_that_were_left_out(fit: Fit) -> None:
    assert (fit.result["sessions"], fit.result["sessions rated"]) == (84, 84)
    assert fit.result["fitted on"] == 84
    assert fit.result["notes"] == []
    held = {one["perspective"]: one for one in fit.result["held out"]}
    assert list(held) == ["patient", "therapist"]
    for one in held.values():
        assert (one["scale"], one["sessions"], one["patients"]) == ("alliance", 84, 14)
        assert 0.6 < one["pearson"] < 0.95
        assert one["rmse"] < 0.8 * one["rmse_of_mean"]
        assert 0.8 < one["coverage"] <= 1
    assert {Path(path).name for path in fit.result["written"]} == MODEL == set(contents(fit.folder))


def test_nothing_that_was_said_and_nobodys_name_is_in_the_model(fit: Fit, rated: Path) -> None:
    everything = b"\n".join(contents(fit.folder).values())
    assert b"all-MiniLM-L6-v2" in everything
    for text in said(rated):
        if " " in text:
            assert text.encode() not in everything
    for name in (b"client-", b"visit-", str(rated).encode()):
        assert name not in everything


def test_another_run_gives_the_same_model(
    fit: Fit, rated: Path, tell: Tell, tmp_path: Path
) -> None:
    done = tell("fit", rated, "-o", tmp_path / "again")
    assert done.code == 0, done.err
    assert contents(tmp_path / "again") == contents(fit.folder)
    for one in fit.result["held out"]:
        assert f"{one['perspective']}-rated alliance: r {one['pearson']:.2f}" in done.out


def test_what_is_left_out_is_counted_and_named(rated: Path, tell: Tell, tmp_path: Path) -> None:
    rows = [one for one in ratings_of(rated) if one.session_id not in ("visit-07", "visit-08")]
    rows = [one for one in rows if one.rater == "patient" or one.session_id < "visit-20"]
    rows += [Row("elsewhere", "patient", 40), Row("visit-00", "observer", 41)]
    given = write_ratings(tmp_path / "some.csv", rows)
    done = tell(
        "fit", rated, "-o", tmp_path / "model", "--ratings", given, "--level", "0.8", "--json"
    )
    found = done.parsed
    assert found["sessions rated"] == 82
    assert [one["perspective"] for one in found["held out"]] == ["patient"]
    notes = "\n".join(found["notes"])
    for words in (
        "rated, but without a transcript: 1 session (elsewhere)",
        "without a rating: 2 sessions (visit-07, visit-08)",
        "therapist-rated alliance is not in the model (18 rated)",
        "observer-rated alliance is not in the model (1 rated)",
    ):
        assert words in notes
    assert len(found["notes"]) == 4
    assert load_model(tmp_path / "model").level == 0.8


def test_a_scale_on_which_all_ratings_are_equal_does_not_stop_the_others(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = []
    for one in ratings_of(rated):
        third = round(one.value / 3)
        rows += [
            one,
            replace(one, scale="task", value=24 - third),
            replace(one, scale="goal", value=third),
            replace(one, scale="bond", value=12 if one.rater == "patient" else third),
        ]
    given = write_ratings(tmp_path / "odd.csv", rows)
    found = tell("fit", rated, "-o", tmp_path / "model", "--ratings", given, "--json").parsed
    scales = ["alliance", "task", "goal"]
    assert [one["scale"] for one in found["held out"]] == [*scales, *scales, "bond"]
    notes = "\n".join(found["notes"])
    assert "task and goal go against each other" in notes
    assert "one of them is probably reversed" in notes
    assert "all 84 values of bond are equal" in notes
    assert "patient-rated bond is not in the model (84 rated)" in notes


def test_of_two_questionnaires_one_is_chosen(rated: Path, tell: Tell, tmp_path: Path) -> None:
    given = write_ratings(tmp_path / "two.csv", list(_two_instruments(ratings_of(rated))))
    found = tell(
        "fit", rated, "-o", "model", "--ratings", given, "--instrument", "SRS", "--json"
    ).parsed
    assert {one["perspective"] for one in found["held out"]} == {"patient", "therapist"}
    assert {one.instrument for one in load_model(tmp_path / "model").scales} == {"SRS"}


def test_ratings_that_go_with_nothing_give_a_model_not_to_rely_on(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = [one for one in ratings_of(rated) if one.rater == "patient"]
    order = np.random.default_rng(4).permutation(len(rows))
    mixed = [replace(one, value=rows[at].value) for one, at in zip(rows, order, strict=True)]
    given = write_ratings(tmp_path / "mixed.csv", mixed)
    (note,) = tell("fit", rated, "-o", "model", "--ratings", given, "--json").parsed["notes"]
    assert note.startswith("patient-rated alliance: on patients left out")
    assert "do not rely on them" in note


def test_values_left_empty_are_counted_with_their_sessions(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = [one for one in ratings_of(rated) if one.rater == "patient"]
    lines = [str(one) for one in rows]
    lines[3:5] = [line.rsplit(",", 1)[0] + "," for line in lines[3:5]]
    given = tmp_path / "empty.csv"
    given.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    found = tell("fit", rated, "-o", "model", "--ratings", given, "--json").parsed
    assert found["notes"] == [
        "left empty in empty.csv: 2 values (visit-03, visit-04)",
        "without a rating: 2 sessions (visit-03, visit-04)",
    ]


OWN = """\
name: CLINIC-6
low: 18
high: 54
unscaled: 1
"""


def test_a_file_that_describes_a_questionnaire_gives_its_range(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    (tmp_path / "clinic.yaml").write_text(OWN, encoding="utf-8")
    rows = [replace(one, instrument="clinic 6") for one in ratings_of(rated)]
    good = write_ratings(tmp_path / "good.csv", [*rows, *_two_instruments(ratings_of(rated))])
    arguments = ("--instrument", "clinic.yaml", "--json", "--ratings")
    assert tell("fit", rated, "-o", "model", *arguments, good).code == 0
    made = load_model(tmp_path / "model")
    assert {(one.instrument, one.bounds) for one in made.scales} == {("clinic 6", (18, 54))}
    estimates = ("estimate", rated, "--fitted", "model", "-o", "e.csv", "--json")
    assert tell(*estimates).code == 0
    ends = pl.read_csv(tmp_path / "e.csv").select(pl.min("low"), pl.max("high")).row(0)
    assert ends == (18, 54)
    wrong = write_ratings(tmp_path / "wrong.csv", [replace(rows[0], value=99), *rows[1:]])
    tell("fit", rated, "-o", "other", *arguments, wrong).is_one_line(
        "wrong.csv", 'session "visit-00" has 99 on alliance', "CLINIC-6", "18 to 54", code=1
    )
    # Without the file no range is known, and 99 is told, not refused.
    (note,) = tell("fit", rated, "-o", "other", "--json", "--ratings", wrong).parsed["notes"]
    assert 'session "visit-00" has 99 on alliance, far from all others' in note


def test_a_questionnaire_turned_round_is_asked_about_side_by_side(
    rated: Path, tell: Tell, tmp_path: Path
) -> None:
    rows = [
        replace(one, value=72 - one.value) if one.rater == "patient" else one
        for one in ratings_of(rated)
    ]
    given = write_ratings(tmp_path / "turned.csv", rows)
    (note,) = tell("fit", rated, "-o", "model", "--ratings", given, "--json").parsed["notes"]
    assert note.startswith("patient-rated alliance runs against the zero-shot scores of the")
    assert "the wrong way round" in note


Spoil = Callable[[list[Row]], Iterable[Row]]


def _two_instruments(rows: list[Row]) -> Iterable[Row]:
    yield from rows
    for one in rows:
        yield replace(one, instrument="SRS", value=round(one.value / 2))


def _first_has_nine(rows: list[Row]) -> Iterable[Row]:
    return [replace(rows[0], value=9), *rows[1:]]


def _elsewhere(rows: list[Row]) -> Iterable[Row]:
    return [replace(one, session_id=f"besuch{one.session_id[5:]}") for one in rows]


SPOILED: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "a rating out of its questionnaire's range": (
        _first_has_nine,
        ('session "visit-00" has 9 on alliance', "WAI-SR", "12 to 60 (sum) or 1 to 5 (mean)"),
    ),
    "ids that match nothing": (
        _elsewhere,
        ("session_id", "none of the 84 rated sessions", '"besuch-00"', '"visit-00"'),
    ),
    "a rating twice": (lambda rows: [*rows, rows[0]], ("line 170", "line 2")),
    "no number": (
        lambda rows: [replace(rows[0], scale="alliance,viel\nvisit-01,patient,x,y"), *rows[1:]],
        ("line 2", "value", "expected a number"),
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_ratings_are_told_with_their_file_and_leave_nothing(
    case: str, rated: Path, tell: Tell, tmp_path: Path
) -> None:
    spoil, words = SPOILED[case]
    given = write_ratings(tmp_path / "spoiled.csv", list(spoil(ratings_of(rated))))
    done = tell("fit", rated, "-o", "model", "--ratings", given)
    done.is_one_line("spoiled.csv", *words, code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["spoiled.csv"]


UNFIT: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "five rated sessions": (
        lambda rows: rows[:10],
        (
            "found 5 rated sessions of 5 patients",
            "50 sessions of 10 patients",
            "Add 45 more rated sessions and 5",
        ),
    ),
    "nine patients": (
        lambda rows: [one for one in rows if int(one.session_id[-2:]) % 14 < 9],
        ("found 54 rated sessions of 9 patients", "Add 1 more patient"),
    ),
    "all ratings equal": (
        lambda rows: [replace(one, value=33) for one in rows],
        ("alliance", "are 33", "nothing to learn"),
    ),
    "most ids wrong": (
        lambda rows: [*rows[:60], *_elsewhere(rows[60:])],
        (
            "found 30 rated sessions of 14 patients",
            "54 sessions more are rated but without a transcript (besuch-30, besuch-31, besuch-32 "
            "and 51 more)",
            "the same session ids",
        ),
    ),
    "two instruments": (_two_instruments, ("2 instruments: WAI-SR, SRS", "--instrument")),
    "ratings of observers alone": (
        lambda rows: [replace(one, rater="observer") for one in rows[::2]],
        ("no session is rated by its patient or its therapist",),
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_ratings_from_which_nothing_can_be_learned_are_told(
    case: str, rated: Path, tell: Tell, tmp_path: Path
) -> None:
    spoil, words = UNFIT[case]
    given = write_ratings(tmp_path / "given.csv", list(spoil(ratings_of(rated))))
    tell("fit", rated, "-o", "model", "--ratings", given).is_one_line(*words, code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["given.csv"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--instrument", "none.yaml"), ("none.yaml", "no instrument and no file")),
        (("--level", "2"), ("--level", "found 2", "between 0 and 1")),
        (("--level", "nan"), ("--level", "found nan", "between 0 and 1")),
        (("--ratings", "none.csv"), ("none.csv", "no such file")),
        (("--instrument", "HAQ"), ("--instrument", '"HAQ"', "there is WAI-SR")),
        (("-o", "taken"), ("taken", "other files and no model", "-o")),
        (("-o", "taken/mine.txt"), ("mine.txt", "a file stands where a folder is needed")),
        (("-o", "taken/mine.txt/model"), ("mine.txt", "a file stands where a folder is needed")),
    ],
)
def test_wrong_use_is_told_and_harms_nothing(
    arguments: tuple[str, ...], words: tuple[str, ...], rated: Path, tell: Tell, tmp_path: Path
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/mine.txt").write_text("stays")
    tell("fit", rated, "-o", "model", *arguments).is_one_line(*words, code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    assert contents(tmp_path / "taken") == {"mine.txt": b"stays"}


def test_transcripts_without_ratings_are_told(tell: Tell, tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "bare", sessions=2)
    (folder / "ratings.csv").unlink()
    done = tell("fit", folder, "-o", "model")
    done.is_one_line("no session of these transcripts is rated", "--ratings FILE", code=1)
    assert not (tmp_path / "model").exists()


def test_an_empty_folder_is_told(tell: Tell, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    tell("fit", "empty", "-o", "model").is_one_line("no transcript found in empty", code=1)
    assert not (tmp_path / "model").exists()


def _copied(fit: Fit, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    for name, content in contents(fit.folder).items():
        (folder / name).write_bytes(content)
    return contents(folder)


def test_an_interrupted_fit_leaves_the_old_model(fit: Fit, rated: Path, tmp_path: Path) -> None:
    before = _copied(fit, tmp_path / "model")
    answers = Answers()
    with EmbeddingServer(answers) as server:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "attunement.cli", "fit", str(rated)),
                *("-o", str(tmp_path / "model"), "--model", f"{server.url}#tiny"),
            ],
            stderr=subprocess.PIPE,
            text=True,
            env={"ATTUNEMENT_CACHE": str(tmp_path / "cache")},
        )
        while not answers.requests and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert process.returncode == 130, told
    assert "stopped" in told
    assert "Traceback" not in told
    assert contents(tmp_path / "model") == before


def test_when_the_disk_refuses_a_model_the_old_one_stands(fit: Fit, tmp_path: Path) -> None:
    # A limit on file size is the one refusal of the disk that needs no special rights.
    before = _copied(fit, tmp_path / "model")
    model = replace(load_model(fit.folder), level=0.5)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(StorageError, match="model"):
            save_model(model, tmp_path / "model")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert contents(tmp_path / "model") == before
