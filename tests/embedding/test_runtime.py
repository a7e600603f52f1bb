"""ONNX Runtime reports to its maker unless it is told not to; nothing may leave the machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"
PROGRAM = """
from attunement.embedding._runtime import ort
import attunement.embedding._onnx
print(ort.__version__)
"""


def test_loading_it_makes_no_identifier_of_the_machine_and_collects_nothing(
    tmp_path: Path,
) -> None:
    quiet = ("CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in quiet}
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**environment, "HOME": str(tmp_path)},
        check=True,
        timeout=120,
    )
    assert list(tmp_path.rglob("*")) == []


def test_it_is_imported_in_one_place_alone() -> None:
    wanted = re.compile(r"^\s*(import|from) onnxruntime\b", re.MULTILINE)
    found = [path.name for path in SRC.rglob("*.py") if wanted.search(path.read_text())]
    assert found == ["_runtime.py"]
