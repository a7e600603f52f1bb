"""Nothing is ever half-written, and what stood before stands after a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.errors import StorageError
from attunement.files import filling, replacing, write_text


def test_a_file_appears_only_when_the_block_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    with replacing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert [one.name for one in path.parent.iterdir()] == ["table.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_no_other(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "old")
    with pytest.raises(error), replacing(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_filled_at_once_and_keeps_what_else_it_holds(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("stays")
    with filling(tmp_path) as staging:
        (staging / "a.csv").write_text("a")
        (staging / "deep").mkdir()
        (staging / "deep" / "b.csv").write_text("b")
        assert not (tmp_path / "a.csv").exists()
    found = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert found == ["a.csv", "deep/b.csv", "mine.txt"]


def test_a_failure_while_filling_leaves_no_new_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stop"), filling(tmp_path / "out") as staging:
        (staging / "a.csv").write_text("a")
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_a_folder_is_told_by_its_name_with_a_mend(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StorageError) as told, filling(tmp_path / "out"):
        pass
    assert told.value.path == tmp_path / "out"
    assert "Choose another place" in str(told.value)


def test_what_cannot_be_written_while_filling_is_told_by_its_final_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(StorageError) as told, filling(out) as staging:
        (staging / "tables").write_text("a file where a folder is needed")
        write_text(staging / "tables" / "a.csv", "a")
    assert told.value.path == out / "tables" / "a.csv"
    assert ".unfinished" not in str(told.value)
