"""Nothing leaves the machine: the whole main job with every socket refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from attunement.cli import main
from attunement.embedding import models_folder


@pytest.mark.usefixtures("socket_disabled")
def test_the_demo_runs_with_every_socket_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # An empty cache of vectors, so that every turn is really embedded.
    models = models_folder()
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "models").symlink_to(models)
    monkeypatch.setenv("ATTUNEMENT_CACHE", str(cache))
    monkeypatch.setattr(
        sys, "argv", ["attunement", "demo", "--out", str(tmp_path / "out"), "--no-open"]
    )
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0, capsys.readouterr().err
    assert (tmp_path / "out" / "report.html").stat().st_size > 100_000
    assert list((cache / "vectors").glob("*.sqlite"))


def test_an_analysis_says_nothing_of_what_was_said_on_the_terminal(
    run: Run, tmp_path: Path, transcript: Path
) -> None:
    done = run("analyze", transcript, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    for words in ("nights", "Tuesday", "till five"):
        assert words not in done.stdout + done.stderr


def test_analyze_writes_what_the_docs_list(run: Run, tmp_path: Path, transcript: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("stays")
    assert run("analyze", transcript, "-o", out).returncode == 0
    written = {path.name for path in out.iterdir()}
    assert written == {
        "mine.txt",
        "turns.parquet",
        "scores.parquet",
        "evidence.parquet",
        "sessions.csv",
        "ratings.csv",
        "session_summary.csv",
        "condition_summary.csv",
        "role_differences.csv",
        "trajectories.csv",
        "moments.csv",
        "report.html",
    }
    page = (Path(__file__).parent.parent.parent / "docs/howto-researchers.md").read_text()
    assert all(f"`{name}`" in page for name in written - {"mine.txt"})
