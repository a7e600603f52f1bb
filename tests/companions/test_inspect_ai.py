"""The scorer in real evaluations by inspect_ai."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = Path(__file__).with_name("inspect_suite.py")
INSTALLED = importlib.util.find_spec("inspect_ai") is not None


@pytest.mark.skipif(
    not INSTALLED and "ATTUNEMENT_JUDGE_TEST" not in os.environ,
    reason="inspect_ai is not installed: make judge",
)
def test_evaluations_give_what_the_audit_gives() -> None:
    """In a process of its own: inspect_ai sets up loggers, and leaves streams open that warn."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "default"]
    done = subprocess.run(
        [*command, str(SUITE)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def test_without_inspect_ai_one_line_says_what_to_install() -> None:
    """None among the modules is what Python finds of a package that is not there."""
    hidden = "import sys; sys.modules['inspect_ai'] = None; "
    done = subprocess.run(
        [sys.executable, "-c", f"{hidden}import attunement.companions.inspect_ai"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr.splitlines()[-1].endswith(
        "inspect_ai is not installed. Run pip install 'attunement[inspect]'."
    )
