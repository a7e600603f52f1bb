"""What `attunement --help` costs, and what it says."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.cli.conftest import Run

HEAVY = ("polars", "pyarrow", "numpy", "onnxruntime", "onnx", "tokenizers", "altair", "vl_convert")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from attunement.cli._app import app; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command", ["demo", "analyze", "score", "gap", "validate", "check", "models", "doctor"]
)
def test_every_command_has_help(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert command in done.stdout


def test_the_help_says_what_this_is_not(run: Run) -> None:
    text = " ".join(run("--help").stdout.split())
    assert "not a diagnostic device" in text
    assert "not a suicide-risk" in text


def test_an_unknown_option_is_wrong_use(run: Run) -> None:
    assert run("score", "--colour").returncode == 2
