"""A sealed file gives back what was written, and nothing where a byte of it was changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attunement.errors import DataError
from attunement.web.jobs import SealedFile, unsealed
from attunement.web.storage import Box

BOX = Box(b"k" * 32)
PIECE = 256 * 1024


def written(path: Path, *chunks: bytes) -> None:
    path.unlink(missing_ok=True)
    with SealedFile(path, BOX, name="a") as sealed:
        for chunk in chunks:
            sealed.write(chunk)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 2 * PIECE), max_size=4))
def test_what_is_read_is_what_was_written(tmp_path: Path, sizes: list[int]) -> None:
    chunks = [os.urandom(size) for size in sizes]
    written(tmp_path / "f", *chunks)
    assert b"".join(unsealed(tmp_path / "f", BOX, name="a")) == b"".join(chunks)


@pytest.mark.parametrize("change", ["cut", "piece", "swap", "byte", "name", "key", "more"])
def test_what_was_changed_does_not_open(tmp_path: Path, change: str) -> None:
    path = tmp_path / "f"
    written(path, os.urandom(3 * PIECE + 5))
    frame = PIECE + 28 + 4
    content = path.read_bytes()
    changed = {
        "cut": content[:-3],
        "piece": content[: 3 * frame],
        "swap": content[frame : 2 * frame] + content[:frame] + content[2 * frame :],
        "byte": content[:50] + bytes([content[50] ^ 1]) + content[51:],
        "more": content + content[:frame],
    }
    path.write_bytes(changed.get(change, content))
    box = Box(b"j" * 32) if change == "key" else BOX
    with pytest.raises(DataError):
        b"".join(unsealed(path, box, name="b" if change == "name" else "a"))


def test_nothing_of_the_words_is_on_the_disk(tmp_path: Path) -> None:
    written(tmp_path / "f", b"what was said " * 1000)
    assert b"said" not in (tmp_path / "f").read_bytes()
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600
