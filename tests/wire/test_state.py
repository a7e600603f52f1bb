"""The API's state is the monitor's state, field by field."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

import pytest

from attunement import live, wire

PAIRS = [
    (getattr(live, name), getattr(wire, name))
    for name in ("State", "Measures", "Estimate", "Trend", "Nearest", "Alarm", "Heard", "Scores")
]


@pytest.mark.parametrize(("ours", "told"), PAIRS, ids=lambda one: one.__name__)
def test_what_the_api_tells_has_every_field_the_monitor_gives(
    ours: type, told: type[wire.Told]
) -> None:
    assert is_dataclass(ours)
    assert [one.name for one in fields(ours)] == list(told.model_fields)


def test_words_for_kinds_and_directions_are_the_same() -> None:
    assert get_args(wire.AlarmKind) == get_args(live.AlarmKind)
    assert get_args(wire.Direction) == get_args(live.Direction)
    nearest, ours = get_type_hints(wire.Nearest), get_type_hints(live.Nearest)
    assert (nearest["scale"], nearest["pole"]) == (ours["scale"], ours["pole"])


def test_the_wire_knows_no_web_library_and_no_model() -> None:
    import subprocess
    import sys

    code = (
        "import sys, attunement.wire, attunement.client; "
        "print(sorted({'fastapi', 'sqlalchemy', 'onnxruntime', 'polars'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
