"""docs/formats.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from attunement.transcripts import Corpus, Rating, check
from attunement.transcripts import _check as check_module
from attunement.transcripts._formats import READERS

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
PACKAGE = Path(check_module.__file__).parent
EXAMPLE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def test_the_examples_are_read_as_one_folder(tmp_path: Path) -> None:
    for name, content in EXAMPLE.findall(PAGE):
        (tmp_path / name).write_text(content.replace("•", "\x15"), encoding="utf-8")

    sessions = {session.session_id: session for session in Corpus([tmp_path])}

    assert set(sessions) == {
        *("a-1", "b-1", "b-2", "calls-2", "captions", "chat-1", "P7-2", "share-1", "subtitles"),
        *("talkbank", "whisperx"),
    }
    assert {turn.role for s in sessions.values() for turn in s.turns} == {"patient", "therapist"}
    assert sessions["talkbank"].turns[1].text == "um a bit a bit better I think."
    assert sessions["talkbank"].turns[1].end == 2.9
    assert len(sessions["calls-2"].turns) == 4
    assert sessions["calls-2"].columns == {"model": "x-2026"}
    assert sessions["P7-2"].columns == {"age": 29}
    assert sessions["b-1"].ratings == (Rating("patient", "WAI-SR", "bond", 3.75),)
    odd = {(i.issue, i.session_id) for i in check(Corpus([tmp_path]))}
    assert odd == {
        ("messages left out", "chat-1"),
        ("messages left out", "share-1"),
        ("calls joined", "calls-2"),
        *(("undescribed session", name) for name in set(sessions) - {"a-1", "b-1", "P7-2"}),
    }


def test_every_suffix_is_on_the_page() -> None:
    assert set(READERS) <= set(re.findall(r"`(\.[a-z.]+)`", PAGE))


def test_every_name_of_a_role_is_on_the_page() -> None:
    names = yaml.safe_load((PACKAGE / "roles.yaml").read_text(encoding="utf-8"))
    for role, known in names.items():
        assert f"| {role} | {', '.join(known)} |" in PAGE


def test_every_name_of_a_column_is_on_the_page() -> None:
    tables = yaml.safe_load((PACKAGE / "columns.yaml").read_text(encoding="utf-8"))
    for field, known in tables["turns"].items():
        assert f"| `{field}` | {', '.join(f'`{name}`' for name in known)} |" in PAGE


def test_every_issue_is_on_the_page_and_no_other() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    raised = set(
        re.findall(r'(?:issue=|kind = |SPEAKER = |_issue\(reading, |None, None, )"([a-z ]+)"', code)
    )
    raised |= set(re.findall(r'"(unmatched row)"', code))
    section = PAGE[PAGE.index("## What check reports") :]
    assert set(re.findall(r"^\| `([a-z ]+)` \|", section, re.MULTILINE)) == raised
