"""Running the real command in a process of its own, as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

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
