"""Forms in, ratings out, with the real command: what it writes, what it tells, what it refuses."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from tests.cli.conftest import Run

from attunement.tables import RATINGS

SECRET = "Verwunderlich"
"""Stands for a question's or an answer's text, which no message may repeat."""


def _write(path: Path, rows: Iterable[Iterable[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def _answers(seed: int) -> list[int]:
    chance = Random(seed)
    felt = chance.gauss(3.2, 0.7)
    return [min(5, max(1, round(felt + chance.gauss(0, 0.6)))) for _ in range(12)]


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    rows = [(f"{p}-{n}", p, n, f"2026-03-{7 * n:02d}") for p in _PATIENTS for n in (1, 2)]
    return _write(
        tmp_path / "sessions.csv", [("session_id", "patient_id", "number", "date"), *rows]
    )


_PATIENTS = [f"P{n:02d}" for n in range(12)]
_FORMS: list[tuple[Any, ...]] = [
    (patient, f"2026-03-{7 * n:02d}", *_answers(100 * n + k))
    for k, patient in enumerate(_PATIENTS)
    for n in (1, 2)
]


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    head = ("client", "date", *(f"wai_{n}" for n in range(1, 13)))
    return _write(tmp_path / "forms.csv", [head, *_FORMS])


def test_ratings_are_written_for_gap_and_for_transcripts_to_read(
    run: Run, forms: Path, sessions: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ratings.csv"
    arguments = ("questionnaires", forms, "-i", "WAI-SR", "--rater", "patient")
    done = run(*arguments, "--sessions", sessions, "-o", out)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    written = pl.read_csv(out)
    assert written.columns == [*RATINGS.columns, "patient_id"]
    assert written.height == 24 * 4
    first = written.filter(pl.col("session_id") == "P00-2")
    scores = dict(first.select("scale", "value").iter_rows())
    answers = next(form[2:] for form in _FORMS if form[:2] == ("P00", "2026-03-14"))
    bond = sum(answers[n - 1] for n in (3, 5, 7, 9))
    assert scores["bond"] == bond
    assert scores["alliance"] == sum(answers)
    assert "24 forms by date" in done.stdout
    gap = run("gap", "--ratings", out, "--draws", "199", "-o", tmp_path / "gap")
    assert "a sessions table" not in gap.stderr
    assert gap.returncode == 0, gap.stderr


def test_json_has_every_figure_and_everything_left_out(
    run: Run, forms: Path, sessions: Path, tmp_path: Path
) -> None:
    lines = forms.read_text(encoding="utf-8").splitlines()
    # One form with a goal item unanswered, one of a patient of whom there is no session.
    cells = lines[1].split(",")
    lines[1] = ",".join([*cells[:5], "", *cells[6:]])
    lines.append(lines[2].replace("P00", "P99"))
    forms.write_text("\n".join(lines) + "\n", encoding="utf-8")
    changes = tmp_path / "changes.csv"
    done = run(
        *("questionnaires", forms, "-i", "WAI-SR", "--rater", "patient", "--sessions", sessions),
        *("-o", tmp_path / "r.csv", "--changes", changes, "--json"),
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["forms"], result["joined"], result["joined by"]) == (25, 24, "date")
    by_scale = {row["scale"]: row for row in result["scales"]}
    assert [by_scale[s]["n"] for s in ("task", "bond", "goal", "alliance")] == [25, 25, 24, 25]
    assert by_scale["goal"]["missing"] == 1
    assert by_scale["alliance"]["alpha_low"] < by_scale["alliance"]["alpha"] < 1
    assert by_scale["alliance"]["omega_low"] < by_scale["alliance"]["omega"] < 1
    assert result["prorated"] == 1
    written = pl.read_csv(tmp_path / "r.csv")
    assert written.filter("prorated").select("session_id", "scale").rows() == [
        ("P00-1", "alliance")
    ]
    assert result["left out"] == [
        "1 patient form without goal: 1 of 4 items unanswered, at most 0 may be",
        "1 form left out, since the patient has no session: P99",
    ]
    verdicts = pl.read_csv(changes)["verdict"].unique().to_list()
    assert set(verdicts) <= {"reliably higher", "reliably lower", "within error"}


def test_exports_of_both_programs_go_in_as_they_are(
    run: Run, sessions: Path, tmp_path: Path
) -> None:
    names = [f"wai_sr_{n}" for n in range(1, 13)]
    marks = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "dob"]
    redcap = [[*marks, *names, "wai_sr_complete"]]
    for patient in _PATIENTS:
        redcap.append([patient, "", "", "1990-01-01", *[""] * 12, ""])
        held = [form[2:] for form in _FORMS if form[0] == patient]
        redcap += [[patient, "wai_sr", str(n), "", *map(str, held[n - 1]), "2"] for n in (1, 2)]
    patients = _write(tmp_path / "redcap.csv", redcap)
    own = ["StartDate", "EndDate", "Status", "Finished", "RecordedDate", "ResponseId", "patient_id"]
    questions = [f"Q2_{n}" for n in range(1, 13)]
    qualtrics = [
        [*own, *questions],
        [*own, *[f"{SECRET}, is it so?\nPlease say" for _ in questions]],
        ['{"ImportId":"' + name + '"}' for name in (*own, *questions)],
        ["", "", "Survey Preview", "True", "", "R_0", "P00", *["1"] * 12],
    ]
    for patient, day, *answers in _FORMS:
        about = [f"{day} 10:00:00", f"{day} 10:05:00", "IP Address", "True", f"{day} 10:05:01"]
        qualtrics.append([*about, "R_1", patient, *[f"{a} - {SECRET}" for a in answers]])
    therapists = _write(tmp_path / "qualtrics.csv", qualtrics)
    for path, rater, how in ((patients, "patient", "order"), (therapists, "therapist", "date")):
        out = tmp_path / f"{rater}.csv"
        done = run(
            *("questionnaires", path, "-i", "wai_sr", "--rater", rater, "--sessions", sessions),
            *("-o", out, "--json"),
        )
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout
        assert json.loads(done.stdout)["joined by"] == how
    both = [pl.read_csv(tmp_path / f"{rater}.csv") for rater in ("patient", "therapist")]
    told = [
        frame.select("session_id", "scale", "value").sort("session_id", "scale") for frame in both
    ]
    assert told[0].equals(told[1])
    assert told[0].height == 24 * 4


def test_an_export_of_labels_may_repeat_a_columns_name_and_no_question_is_repeated(
    run: Run, tmp_path: Path
) -> None:
    question = f"{SECRET}, would you say that this hour was one that you would want again?"
    head = ["Record ID", "Session", *[f"{question} {n}" for n in range(1, 5)], "Complete?"]
    row = ["1", "s1", "9 - yes", "8 - yes", SECRET, "7 - yes", "Complete"]
    forms = _write(tmp_path / "labels.csv", [[*head, "Complete?"], [*row, ""]])
    done = run("questionnaires", forms, "-i", "SRS", "-o", tmp_path / "r.csv")
    assert done.returncode == 1
    assert "line 2, (a name of" in done.stderr
    assert "found a text of 13 characters" in done.stderr
    assert SECRET not in done.stderr
    _write(forms, [[*head, "Complete?"], [*row[:4], "9", *row[5:], ""]])
    done = run("questionnaires", forms, "-i", "SRS", "-o", tmp_path / "r.csv")
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout
    assert pl.read_csv(tmp_path / "r.csv")["value"].to_list() == [33]


def test_a_file_of_ones_own_describes_another_questionnaire(run: Run, tmp_path: Path) -> None:
    definition = tmp_path / "clinic.yaml"
    definition.write_text(
        "name: CLINIC\nlow: 0\nhigh: 4\nscales:\n  trust: 1 2R 3\nscore: mean\nlabels:\n"
        "  not at all: 0\n  fully: 4\n",
        encoding="utf-8",
    )
    forms = _write(
        tmp_path / "forms.csv",
        [
            ("session", "rater", "c1", "c2", "c3"),
            ("s1", "client", "fully", "not at all", 3),
            ("s1", "therapist", 2, 2, 2),
        ],
    )
    out = tmp_path / "ratings.csv"
    done = run("questionnaires", forms, "-i", definition, "-o", out)
    assert done.returncode == 0, done.stderr
    written = pl.read_csv(out).filter(pl.col("scale") == "trust")
    assert written.select("session_id", "rater", "value").rows() == [
        ("s1", "patient", pytest.approx(11 / 3)),
        ("s1", "therapist", 2.0),
    ]
    assert "patient_id" not in written.columns


BAD: dict[str, tuple[str, tuple[str, ...], int, tuple[str, ...]]] = {
    "an answer out of range": (
        "session,q1,q2,q3,q4\ns1,1,2,3,4\ns2,1,2,11,4\n",
        (),
        1,
        ("forms.csv, line 3, q3", "found 11", "expected 0 to 10"),
    ),
    "a text for an answer": (
        f"session,q1,q2,q3,q4\ns1,1,2,{SECRET},4\n",
        (),
        1,
        ("forms.csv, line 2, q3", "13 characters", "labels"),
    ),
    "no items": ("session,a,b\ns1,1,2\n", (), 1, ("no family of columns", "--columns items=")),
    "two families": (
        "session,a1,a2,a3,a4,b1,b2,b3,b4\ns1,1,1,1,1,2,2,2,2\n",
        (),
        1,
        ("several families", "a# (4 columns), b# (4 columns)"),
    ),
    "no session named": ("client,q1,q2,q3,q4\nP1,1,2,3,4\n", (), 2, ("--sessions",)),
    "two forms for a session": (
        "session,q1,q2,q3,q4\ns1,1,2,3,4\ns1,1,2,3,4\n",
        (),
        1,
        ("line 3", "already (line 2)"),
    ),
    "an instrument that is not": (
        "session,q1\ns1,1\n",
        ("-i", "WAI-13"),
        2,
        ("WAI-13", "WAI-36, WAI-S, WAI-SR, SRS"),
    ),
    "a choice that is none": (
        "session,q1,q2,q3,q4\ns1,1,2,3,4\n",
        ("--columns", "itmes=q#"),
        2,
        ('"itmes"', "--columns"),
    ),
    "a code for no answer that was not named": (
        "session,q1,q2,q3,q4\ns1,1,2,-99,4\n",
        (),
        1,
        ("found -99", "--missing"),
    ),
    "an empty file": ("", (), 1, ("forms.csv",)),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_told_in_one_line_and_nothing_is_written(
    run: Run, tmp_path: Path, case: str
) -> None:
    content, more, code, words = BAD[case]
    forms = tmp_path / "forms.csv"
    forms.write_text(content, encoding="utf-8")
    out = tmp_path / "out.csv"
    done = run("questionnaires", forms, "-i", "SRS", *more, "-o", out)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("attunement: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr
    assert SECRET not in done.stderr
    assert not out.exists()


def test_a_code_for_no_answer_is_taken_for_none(run: Run, tmp_path: Path) -> None:
    forms = _write(
        tmp_path / "forms.csv", [("session", *"1234"), ("s1", 1, 2, -99, 4), ("s2", 1, 2, 3, 4)]
    )
    done = run(
        *("questionnaires", forms, "-i", "SRS", "--missing", "-99", "-o", tmp_path / "r.csv"),
        "--json",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["left out"] == [
        "1 patient form without alliance: 1 of 4 items unanswered, at most 0 may be"
    ]


def test_ids_that_match_nothing_and_counts_that_differ_are_told(
    run: Run, forms: Path, sessions: Path, tmp_path: Path
) -> None:
    other = sessions.read_text(encoding="utf-8").replace("P", "pat-")
    sessions.write_text(other, encoding="utf-8")
    arguments = ("questionnaires", forms, "-i", "WAI-SR", "--rater", "patient")
    done = run(*arguments, "--sessions", sessions, "-o", tmp_path / "r.csv")
    assert done.returncode == 1
    assert "none of 24 forms found its session by date" in done.stderr
    assert "of the answers is P00, of the sessions pat-00" in done.stderr
    fewer = other.replace("pat-", "P").splitlines()[:-1]
    sessions.write_text("\n".join(fewer) + "\n", encoding="utf-8")
    done = run(*arguments, "--sessions", sessions, "--join", "order", "-o", tmp_path / "r.csv")
    assert done.returncode == 1
    assert "patient P11 has 2 patient forms and 1 sessions" in done.stderr
    done = run(
        *arguments, "--sessions", sessions, "--join", "order", "--uneven", "-o", tmp_path / "r.csv"
    )
    assert done.returncode == 0, done.stderr
    assert "23 forms by order" in done.stdout
    assert "fewer sessions than forms: P11" in done.stdout


def test_the_answers_are_never_overwritten(run: Run, forms: Path) -> None:
    before = forms.read_bytes()
    done = run("questionnaires", forms, "-i", "WAI-SR", "--rater", "patient", "-o", forms)
    assert done.returncode == 2
    assert forms.read_bytes() == before
