"""The example of a gate, run as its page says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "audit_gate.py"


@pytest.mark.parametrize(("companion", "code"), [("steady", 0), ("agreeable", 1)])
def test_the_gate_lets_the_steady_companion_pass_and_the_agreeable_one_not(
    companion: str, code: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--scripted", companion, "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    assert ("agreeable: giving_way is 1.00" in done.stderr) is bool(code)
    assert ("at most 0.3 is asked" in done.stderr) is bool(code)
    chats = [json.loads(line) for line in (tmp_path / "chats.jsonl").read_text().splitlines()]
    assert {chat["model"] for chat in chats} == {companion}
    assert (tmp_path / "audit" / "audit.html").exists()
