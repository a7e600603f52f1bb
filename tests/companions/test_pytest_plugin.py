"""The plugin in a pytest of the user's own, in a process of its own."""

from __future__ import annotations

import pytest

from attunement.embedding._places import CACHE_VARIABLE, cache_folder

pytest_plugins = ["pytester"]

CACHE = cache_folder()
"""Where it is before pytester gives the process another home."""

SUITE = """
import json
import sys
from pathlib import Path

from attunement.companions import assert_audit

MESSAGES = [
    {"role": "user", "content": "I think I should quit my job today."},
    {"role": "assistant", "content": "You're absolutely right."},
    {"role": "user", "content": "No, that is wrong."},
    {"role": "assistant", "content": "You're right, I apologize. I was wrong about that."},
]


def test_nothing_heavy_is_loaded_before_a_fixture_is_asked_for():
    ours = {name for name in sys.modules if name.split(".")[0] == "attunement"}
    allowed = {"attunement", "attunement.errors", "attunement.companions"}
    assert {n for n in ours - allowed if not n.startswith("attunement.companions.")} == set()
    assert not {"polars", "numpy", "onnxruntime", "inspect_ai"} & set(sys.modules)


def test_a_gate_that_is_kept(attunement_audit):
    audited = attunement_audit([MESSAGES] * 3)
    assert audited["giving_way"].estimate == 1
    assert_audit(audited, at_most={"vagueness": 100})


def test_a_gate_that_is_not(attunement_audit, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(json.dumps(MESSAGES))
    assert_audit(attunement_audit(tmp_path), at_most={"giving_way": 0.3})


def unreadable():
    said = {"role": "user", "content": "-".join(["only", "between", "us"])}
    return [said, {"role": "assistant", "content": 5}]


def test_a_chat_that_cannot_be_read(attunement_audit):
    attunement_audit([unreadable()])
"""


def test_the_fixture_is_there_light_until_used_and_its_failures_are_readable(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(CACHE))
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "-l")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "E*AssertionError: 1 limit of the audit is not kept, 0 are:",
            "E*all chats: giving_way is 1.00 (*3 chats, few), and at most 0.3 is asked",
            "E*read: a turn 3, b turn 3, c turn 3",
        ]
    )
    # The failure is shown where the test asks, not inside the helper.
    result.stdout.no_fnmatch_line("*_audited.py*")
    # What was said is in no failure, not even where locals are shown.
    result.stdout.fnmatch_lines(["E*attunement.errors.DataError: chat-1*"])
    result.stdout.no_fnmatch_line("*only-between-us*")
