"""`attunement markers` on real transcripts with the real model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.cli.conftest import Run, Tell

from attunement.sample import sample_folder
from attunement.tables import ACTS, ASSOCIATION_CONTROLS, ASSOCIATIONS, MARKER_SESSIONS, MARKERS

GERMAN = (
    "T: Wie ist es Ihnen seit unserem letzten Gespräch ergangen, und was hat sich getan?\n"
    "P: Ich habe viel darüber nachgedacht, aber ich konnte es nicht wirklich ändern.\n"
    "T: Das klingt, als wären Sie sehr müde geworden von dem ständigen Versuchen.\n"
    "P: Ja, und meine Schwester versteht überhaupt nicht, warum ich so traurig bin.\n"
    "T: Möchten Sie mir erzählen, was zwischen Ihnen beiden passiert ist?\n"
    "P: Sie ruft nicht mehr an, und wenn doch, dann streiten wir uns sofort.\n"
)


@dataclass(frozen=True, slots=True)
class Done:
    """What the command wrote and printed of the sample."""

    folder: Path
    result: dict[str, Any]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    import subprocess
    import sys

    out = tmp_path_factory.mktemp("markers") / "out"
    with sample_folder() as folder:
        command = ["markers", str(folder), "-o", str(out), "--draws", "199", "--json"]
        made = subprocess.run(
            [sys.executable, "-m", "attunement.cli", *command],
            capture_output=True,
            text=True,
            check=False,
        )
    assert made.returncode == 0, made.stderr
    return Done(out, json.loads(made.stdout))


def test_every_spoken_turn_has_a_row_and_every_therapist_turn_an_act(done: Done) -> None:
    markers = pl.read_parquet(done.folder / "markers.parquet")
    assert markers.schema == MARKERS.schema
    assert markers.height == done.result["turns"] == 730
    acts = markers.group_by("role").agg(pl.col("act").drop_nulls().unique())
    by_role = {role: set(told) for role, told in acts.iter_rows()}
    assert by_role == {"patient": set(), "therapist": set(ACTS)}
    assert markers["i"].is_not_null().all()


def test_sessions_have_both_sides_and_what_they_have_together(done: Done) -> None:
    rows = pl.read_csv(done.folder / "marker_sessions.csv", schema_overrides=MARKER_SESSIONS.schema)
    assert rows["session_id"].n_unique() == 20
    assert set(rows["role"]) == {"patient", "therapist", "dyad"}
    shares = (
        rows.filter(pl.col("marker") == "talk_share")
        .group_by("session_id")
        .agg(pl.col("value").sum())
    )
    assert shares["value"].to_list() == pytest.approx([1.0] * 20)


def test_both_levels_and_all_four_quantities_are_asked_about(done: Done) -> None:
    found = pl.read_csv(
        done.folder / "marker_associations.csv", schema_overrides=ASSOCIATIONS.schema
    )
    targets = found.group_by("level").agg(pl.col("target").unique().sort())
    assert {level: list(names) for level, names in targets.iter_rows()} == {
        "session": ["inferred_patient", "inferred_therapist", "patient_rated", "therapist_rated"],
        "next_turn": ["inferred_patient"],
    }
    turns = found.filter(pl.col("level") == "next_turn", pl.col("scale") == "alliance")
    asked = {role: set(turns.filter(pl.col("role") == role)["feature"]) for role in turns["role"]}
    assert set(ACTS) <= asked["therapist"]
    assert not set(ACTS) & asked["patient"]
    adjusted = found.filter(pl.col("p_val").is_not_null())
    assert (adjusted["p_fdr"] >= adjusted["p_val"]).all()
    controls = done.folder / "marker_association_controls.csv"
    if controls.exists():
        assert pl.read_csv(controls).columns == list(ASSOCIATION_CONTROLS.columns)


def test_the_page_holds_no_words_of_a_session(done: Done) -> None:
    page = (done.folder / "markers.html").read_text(encoding="utf-8")
    assert "How the two sides speak" in page
    with sample_folder() as folder:
        first = next(iter(sorted((folder / "transcripts").iterdir()))).read_text(encoding="utf-8")
    longest = max(first.splitlines(), key=len)[-60:]
    assert longest not in page


def test_sessions_that_are_not_english_are_counted_and_their_markers_left_empty(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "montag.txt").write_text(GERMAN, encoding="utf-8")
    made = run("markers", tmp_path / "montag.txt", "-o", tmp_path / "out", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["not English"] == 1
    markers = pl.read_parquet(tmp_path / "out" / "markers.parquet")
    assert markers.select("i", "hedges", "act", "compound").null_count().row(0) == (6, 6, 6, 6)
    assert markers["words"].sum() > 50
    page = (tmp_path / "out" / "markers.html").read_text(encoding="utf-8")
    assert "in English: every marker of words is not applicable" in page


def test_two_sessions_are_enough_for_counts_and_say_why_there_are_no_effects(
    run: Run, tmp_path: Path, transcript: Path
) -> None:
    (tmp_path / "tuesday.txt").write_text(transcript.read_text(encoding="utf-8"), encoding="utf-8")
    made = run("markers", transcript, tmp_path / "tuesday.txt", "-o", tmp_path / "out")
    assert made.returncode == 0, made.stderr
    found = pl.read_csv(tmp_path / "out" / "marker_associations.csv")
    assert found["estimate"].is_null().all()
    assert found["reason"].is_not_null().all()


def test_a_column_that_is_not_there_is_named(tell: Tell, transcript: Path, tmp_path: Path) -> None:
    told = tell("markers", transcript, "-o", tmp_path / "out", "--by", "clinic")
    told.is_one_line("no column 'clinic'", "--by", code=2)
    assert not (tmp_path / "out").exists()
