"""What a killed process left of a folder it was filling is removed, and nobody else's is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from attunement.files import filling

WORDS = "what a patient said"
FILL = f"""
import sys, time
from pathlib import Path
from attunement.files import filling
with filling(Path(sys.argv[1])) as staging:
    (staging / "turns.txt").write_text({WORDS!r})
    print("begun", flush=True)
    sys.stdin.read()
"""


def filling_process(folder: Path) -> subprocess.Popen[str]:
    """Start a process that fills a folder until its input ends, and wait until it does."""
    process = subprocess.Popen(
        [sys.executable, "-c", FILL, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def test_words_that_a_killed_process_left_go_with_the_next_run(tmp_path: Path) -> None:
    with filling_process(tmp_path) as killed:
        os.kill(killed.pid, signal.SIGKILL)
    left = list(tmp_path.glob(".unfinished-*"))
    assert [(one / "turns.txt").read_text() for one in left] == [WORDS]
    with filling(tmp_path) as staging:
        (staging / "a.csv").write_text("a")
        assert not left[0].exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_what_another_process_is_filling_now_stays_its_own(tmp_path: Path) -> None:
    with filling_process(tmp_path) as other:
        with filling(tmp_path) as staging:
            (staging / "a.csv").write_text("a")
        assert other.communicate()[0] == ""
        assert other.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "turns.txt"]


def test_two_may_fill_a_folder_in_one_process(tmp_path: Path) -> None:
    with filling(tmp_path) as first:
        (first / "a.csv").write_text("a")
        with filling(tmp_path) as second:
            (second / "b.csv").write_text("b")
        assert (first / "a.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]


def test_a_link_that_looks_abandoned_is_not_followed(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "mine.txt").write_text("stays")
    (tmp_path / ".unfinished-link").symlink_to(elsewhere)
    (tmp_path / ".unfinished-notes.txt").write_text("a file")
    with filling(tmp_path) as staging:
        (staging / "a.csv").write_text("a")
    assert (elsewhere / "mine.txt").read_text() == "stays"
    assert (tmp_path / ".unfinished-notes.txt").read_text() == "a file"
