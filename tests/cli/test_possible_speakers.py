"""What is said of lines that may be somebody else's words."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Tell

NOTED = "In 1 session lines begin as if another person spoke"


@pytest.mark.parametrize("command", ["score", "analyze"])
def test_lines_that_may_be_anothers_are_in_the_notes(
    command: str, tell: Tell, transcript: Path, tmp_path: Path
) -> None:
    out = "scores.csv" if command == "score" else "report"
    quick = ["--no-markers", "--no-topics"] if command == "analyze" else []
    with transcript.open("a", encoding="utf-8") as file:
        file.write("Weber, Ben: She never sleeps.\n")
    told = tell(command, transcript, "-o", out, *quick, "--json").parsed
    assert NOTED in told["notes"][0]
    if command == "analyze":
        assert NOTED in (tmp_path / out / "report.html").read_text(encoding="utf-8")
