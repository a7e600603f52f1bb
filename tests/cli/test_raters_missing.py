"""Whoever has the core alone is told what asking needs, and no folder is begun."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from tests.cli.conftest import Tell
from tests.raters.scripted import patient

from attunement.errors import UsageError
from attunement.raters import check_installed
from attunement.raters._chat import Chat
from attunement.sample import sample_folder

NOWHERE = "http://127.0.0.1:9"
MEND = "pip install 'attunement[raters]'"
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
EXTRA = [
    re.split(r"[<>=!~]", line)[0] for line in PROJECT["project"]["optional-dependencies"]["raters"]
]
"""The packages of the extra."""


@pytest.fixture(params=[*EXTRA, "httpx2"])
def hidden(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make one package impossible to import, as if it were not installed."""
    name: str = request.param
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    return name


def test_with_everything_there_nothing_is_said() -> None:
    check_installed()


def test_rating_says_what_to_install_before_the_folder_is_begun(
    hidden: str, tell: Tell, tmp_path: Path
) -> None:
    with sample_folder() as folder:
        done = tell("rate", folder, "--judge", f"{NOWHERE}#x", "-o", "out")
    done.is_one_line(hidden, MEND, code=2)
    assert not (tmp_path / "out").exists()


def test_own_ratings_of_an_audit_say_what_to_install_before_anything_is_read(
    hidden: str, tell: Tell, tmp_path: Path
) -> None:
    done = tell("audit", "nowhere", "--own", f"steady={NOWHERE}#x", "-o", "out")
    done.is_one_line(hidden, MEND, code=2)
    assert not (tmp_path / "out").exists()


def test_counting_what_would_be_asked_needs_none_of_them(hidden: str, tell: Tell) -> None:
    with sample_folder() as folder:
        done = tell(
            *("rate", folder, "--judge", f"{NOWHERE}#x", "-o", "out", "--only", "1"),
            *("--dry-run", "--json"),
        )
    assert done.parsed["verdicts"] == 20


def test_a_judge_asked_from_python_says_so_too(hidden: str) -> None:
    with pytest.raises(UsageError) as told:
        Chat(patient(NOWHERE))
    assert hidden in str(told.value)
    assert MEND in str(told.value)
