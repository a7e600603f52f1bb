"""A command's results take the place of all it wrote before; the user's own files stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Tell

from attunement.cli._results_folder import results_in
from attunement.files import MANIFEST


def fill(folder: Path, *names: str, text: str = "1") -> None:
    with results_in(folder, command="analyze") as staging:
        for name in names:
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / name).write_text(text)


def names(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


def test_what_goes_and_what_stays_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    fill(out, "scores.csv", "gap.csv", "figures/a.svg", "topics.csv")
    assert capsys.readouterr().err == ""
    (out / "topics.csv").write_text("with my remarks")
    (out / "mine.csv").write_text("mine")
    fill(out, "scores.csv", text="2")
    assert capsys.readouterr().err.splitlines() == [
        f"attunement: 2 files of an earlier run removed from {out}",
        f"attunement: {out / 'topics.csv'} is of an earlier run, not of this one; it was changed "
        "since, so it stays",
    ]
    assert names(out) == {"scores.csv", "topics.csv", "mine.csv"}
    (out / MANIFEST).write_text("?")
    fill(out, "scores.csv", text="3")
    assert f"{out / MANIFEST} cannot be read" in capsys.readouterr().err


def test_a_run_that_fails_removes_nothing(tmp_path: Path) -> None:
    fill(tmp_path, "scores.csv", "gap.csv")
    with (
        pytest.raises(ValueError, match="stop"),
        results_in(tmp_path, command="analyze") as staging,
    ):
        (staging / "scores.csv").write_text("2")
        raise ValueError("stop")
    assert names(tmp_path) == {"scores.csv", "gap.csv"}
    assert (tmp_path / "scores.csv").read_text() == "1"


def test_analyzing_other_sessions_leaves_nothing_of_the_first(
    tell: Tell, transcript: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    fill(out, "scores.parquet", "gap_dyads.csv", "tables/between.html", "figures/bland_altman.svg")
    (out / "mine.txt").write_text("mine")
    transcript.write_text("T: Good morning.\nP: Good morning to you.\n", encoding="utf-8")
    done = tell("analyze", transcript, "--no-topics", "--no-markers", "-o", out, "--json")
    written = {str(Path(path).relative_to(out)) for path in done.parsed["written"]}
    assert done.err == f"attunement: 3 files of an earlier run removed from {out}\n"
    assert names(out) == written | {"mine.txt"}
