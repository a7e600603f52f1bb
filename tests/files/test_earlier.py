"""A command's earlier files go when it does not write them again; nobody else's ever do."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.files import MANIFEST, Earlier, clear_earlier


def run(folder: Path, command: str, **files: str) -> Earlier:
    """Write files, `tables__a` as tables/a, and clear what an earlier run left."""
    names = [name.replace("__", "/") for name in files]
    for name, text in zip(names, files.values(), strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return clear_earlier(folder, command=command, written=map(PurePosixPath, names))


def found(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


def test_only_what_the_command_left_and_did_not_write_again_goes(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mine.svg").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    run(tmp_path, "analyze", scores="1", gap_dyads="1", figures__a="1", tables__b="1")
    told = run(tmp_path, "analyze", scores="2")
    assert {str(path.relative_to(tmp_path)) for path in told.removed} == {
        "figures/a",
        "gap_dyads",
        "tables/b",
    }
    assert (told.changed, told.unknown) == ((), None)
    assert found(tmp_path) == {"scores": "2", "figures/mine.svg": "mine", "notes.txt": "mine"}
    assert not (tmp_path / "tables").exists()


def test_what_the_user_changed_or_replaced_since_stays_and_is_told(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "c"
    outside.write_text("1")
    run(tmp_path, "analyze", a="1", b="1", c="1", d="1", e="1")
    (tmp_path / "a").write_text("with my remarks")
    (tmp_path / "b").unlink()
    (tmp_path / "b").mkdir()
    (tmp_path / "c").unlink()
    (tmp_path / "c").symlink_to(outside)
    (tmp_path / "d").unlink()
    told = run(tmp_path, "analyze", scores="2")
    assert told.removed == (tmp_path / "e",)
    assert told.changed == (tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert (tmp_path / "a").read_text() == "with my remarks"
    assert (tmp_path / "b").is_dir()
    assert outside.read_text() == "1"


def test_another_commands_files_stay_and_so_do_those_it_wrote_over(tmp_path: Path) -> None:
    run(tmp_path, "analyze", scores="1", markers="the same")
    run(tmp_path, "markers", markers="the same", page="1")
    told = run(tmp_path, "analyze", scores="2")
    assert told == Earlier()
    assert found(tmp_path) == {"scores": "2", "markers": "the same", "page": "1"}
    assert run(tmp_path, "markers", page="2").removed == (tmp_path / "markers",)


def test_a_manifest_leads_nowhere_outside_the_folder(tmp_path: Path) -> None:
    folder, outside = tmp_path / "out", tmp_path / "outside"
    run(folder, "analyze", scores="1")
    outside.mkdir()
    (outside / "scores").write_text("1")
    (folder / "linked").symlink_to(outside)
    told = json.loads((folder / MANIFEST).read_text())
    digest = told["commands"]["analyze"]["scores"]
    for name in ("../outside/scores", str(outside / "scores"), "linked/scores"):
        told["commands"]["analyze"][name] = digest
    (folder / MANIFEST).write_text(json.dumps(told))
    assert run(folder, "analyze", page="2").removed == (folder / "scores",)
    assert (outside / "scores").read_text() == "1"


@pytest.mark.parametrize("text", ["", "{", '{"format": 2}', '{"commands": {"analyze": ["a"]}}'])
def test_a_manifest_that_cannot_be_read_removes_nothing_and_is_told(
    tmp_path: Path, text: str
) -> None:
    run(tmp_path, "analyze", a="1")
    (tmp_path / MANIFEST).write_text(text)
    assert run(tmp_path, "analyze", b="2") == Earlier(unknown=tmp_path / MANIFEST)
    assert found(tmp_path) == {"a": "1", "b": "2"}
    assert run(tmp_path, "analyze", c="3").removed == (tmp_path / "b",)


def test_a_folder_of_an_older_version_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "gap_dyads").write_text("1")
    assert run(tmp_path, "analyze", scores="2") == Earlier()
    assert found(tmp_path) == {"gap_dyads": "1", "scores": "2"}


NAMES = st.sets(st.sampled_from(["a", "b", "tables__a", "tables__b", "figures__c"]), min_size=1)


@given(mine=NAMES, runs=st.lists(NAMES, min_size=1, max_size=4))
def test_whatever_was_run_the_last_run_and_the_users_own_files_are_what_is_left(
    mine: set[str], runs: list[set[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    own = {f"{name.replace('__', '/')}.mine": "mine" for name in mine}
    for name, text in own.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for number, names in enumerate(runs):
        run(folder, "analyze", **dict.fromkeys(names, str(number)))
    last = {name.replace("__", "/"): str(len(runs) - 1) for name in runs[-1]}
    assert found(folder) == {**own, **last}
