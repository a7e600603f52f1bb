"""Nothing leaves the machine: the whole main job with every socket refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from attunement.cli import main
from attunement.embedding import models_folder
from attunement.files import MANIFEST

ANALYSIS = {
    "report.html",
    "methods.txt",
    "turns.parquet",
    "scores.parquet",
    "evidence.parquet",
    "sessions.csv",
    "ratings.csv",
    "session_summary.csv",
    "condition_summary.csv",
    "moments.csv",
    "gap_pairs.parquet",
    "gap_bins.csv",
    "gap_sessions.csv",
    "gap_dyads.csv",
    "gap_conditions.csv",
    "trajectories.csv",
    "effects.csv",
    "controls.csv",
    "rated_pairs.csv",
    "markers.parquet",
    "marker_sessions.csv",
    "marker_associations.csv",
    "marker_association_controls.csv",
    "topics.csv",
    "topic_turns.parquet",
    "topic_courses.csv",
    "topic_transitions.csv",
    "topic_quality.csv",
    "topic_associations.csv",
    "topic_association_controls.csv",
    *(
        f"figures/{name}.{kind}"
        for name in ("forest", "trajectories", "bland_altman")
        for kind in ("svg", "png")
    ),
    *(
        f"tables/{name}.html"
        for name in ("headline", "between", "convergence", "controls", "congruence")
    ),
}
"""What `analyze` writes of sessions with conditions, dyads and ratings."""


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
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert written == {*ANALYSIS, MANIFEST}


def test_an_analysis_says_nothing_of_what_was_said_on_the_terminal(
    run: Run, tmp_path: Path, transcript: Path
) -> None:
    done = run("analyze", transcript, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    for words in ("nights", "Tuesday", "till five"):
        assert words not in done.stdout + done.stderr


def test_the_docs_list_what_analyze_writes() -> None:
    page = (Path(__file__).parent.parent.parent / "docs/howto-researchers.md").read_text()
    for name in ANALYSIS:
        folder = f"{name.split('/')[0]}/" if "/" in name else name
        assert f"`{folder}`" in page, name


def test_analyze_leaves_other_files_of_the_folder_alone(
    run: Run, tmp_path: Path, transcript: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("stays")
    done = run("analyze", transcript, "-o", out)
    assert done.returncode == 0, done.stderr
    assert (out / "mine.txt").read_text() == "stays"
    # One short session without ratings: the tables that would have no rows are left out, and there
    # are too few words for topics.
    left_out = {"gap_dyads.csv", "rated_pairs.csv", "marker_association_controls.csv"}
    left_out |= {name for name in ANALYSIS if name.startswith("topic")}
    assert {path.name for path in out.iterdir() if path.suffix in (".csv", ".parquet")} == {
        name for name in ANALYSIS if name.endswith((".csv", ".parquet"))
    } - left_out
