"""Running the real command in a process of its own, as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.cli.spliced import write_corpus

from attunement.cli import main

Result: TypeAlias = subprocess.CompletedProcess[str]
Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `attunement` with arguments; pip is cut off from every index."""

    def call(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Result:
        return subprocess.run(
            [sys.executable, "-m", "attunement.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PIP_NO_INDEX": "1", "COLUMNS": "100", **(env or {})},
        )

    return call


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "monday.txt"
    path.write_text(
        "T: You said the nights were worse.\n"
        "P: They are. I walk up and down.\n"
        "T: And what we tried, the light?\n"
        "P: It helped, actually. I slept till five on Tuesday.\n"
        "T: Till five!\n"
        "P: I wanted to tell you. I kept thinking, I'll tell her that.\n",
        encoding="utf-8",
    )
    return path


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def parsed(self) -> dict[str, Any]:
        """Read the JSON that a command which went well has printed."""
        assert self.code == 0, self.err
        found: dict[str, Any] = json.loads(self.out)
        return found

    def is_one_line(self, *words: str, code: int) -> None:
        """Hold that it failed with one line that has these words in it, and with this code."""
        assert self.code == code, self.out + self.err
        assert self.out == ""
        assert len(self.err.splitlines()) == 1, self.err
        assert "Traceback" not in self.err
        for one in words:
            assert one in self.err, self.err


Tell: TypeAlias = Callable[..., Told]


@pytest.fixture
def tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Tell:
    """Run the same command in this process: nothing to start, so many ways of failing fit in."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> Told:
        monkeypatch.setattr(sys, "argv", ["attunement", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main()
        said = capfd.readouterr()
        return Told(int(exit_.value.code or 0), said.out, said.err)

    return call


@pytest.fixture(scope="session")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus that both sides have rated; not to be changed."""
    return write_corpus(tmp_path_factory.mktemp("rated") / "corpus")


@dataclass(frozen=True, slots=True)
class Fit:
    """A model, and what `fit` printed when it was made."""

    folder: Path
    result: dict[str, Any]


@pytest.fixture(scope="session")
def fit(rated: Path, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """Fit a model once, in a process of its own; not to be changed."""
    folder = tmp_path_factory.mktemp("fitted") / "model"
    done = subprocess.run(
        [sys.executable, "-m", "attunement.cli", "fit", rated, "-o", folder, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Fit(folder, json.loads(done.stdout))
