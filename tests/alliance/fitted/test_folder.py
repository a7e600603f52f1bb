"""A model in a folder: the same model again, or a refusal that names the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file
from tests.alliance.fitted.invented import COLD, PLAIN, WARM, turns_of

from attunement.alliance.fitted import FittedModel, Material, _folder, load_model, save_model
from attunement.errors import ModelError, StorageError
from attunement.tables import ROLES
from attunement.transcripts import Session

FILES = ["MODEL_CARD.md", "heads.safetensors", "manifest.json", "model.json"]


@pytest.fixture
def folder(model: FittedModel, tmp_path: Path) -> Path:
    save_model(model, tmp_path / "model")
    return tmp_path / "model"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sealed(folder: Path, **changes: Any) -> None:
    """Make the manifest fit the files as they are now, with some entries changed."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"] = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]
    }
    (folder / "manifest.json").write_text(json.dumps(manifest | changes), encoding="utf-8")


def numbers(model: FittedModel) -> Iterator[bytes]:
    """All that estimates rest on, bit for bit."""
    for role in ROLES:
        yield model.hearing.axes[role].tobytes()
    yield model.hearing.standard.mean.tobytes()
    yield model.hearing.standard.sd.tobytes()
    for scale in model.scales:
        yield scale.head.slopes.tobytes()
        yield scale.head.scaling.mean.tobytes()
        yield scale.head.scaling.factor.tobytes()


def described(model: FittedModel) -> list[object]:
    """All the rest."""
    scales = [replace(one, head=None) for one in model.scales]  # type: ignore[arg-type]
    heads = [(one.head.intercept, one.head.penalty) for one in model.scales]
    about = [model.encoder_name, model.encoder_fingerprint, model.level]
    return [*about, model.learned_from, model.patients, *scales, *heads]


def test_a_model_comes_back_bit_for_bit(model: FittedModel, folder: Path) -> None:
    again = load_model(folder)
    assert list(numbers(again)) == list(numbers(model))
    assert described(again) == described(model)
    roles = ["patient", "therapist"] * 6
    turns = turns_of(roles, dimension=model.hearing.dimension)
    for one, other in zip(
        [*model.estimate(turns), *model.after_each_turn(turns)],
        [*again.estimate(turns), *again.after_each_turn(turns)],
        strict=True,
    ):
        assert one.estimate.tobytes() == other.estimate.tobytes()
        assert one.low.tobytes() == other.low.tobytes()
        assert one.high.tobytes() == other.high.tobytes()


def test_the_same_model_is_the_same_files(model: FittedModel, folder: Path, tmp_path: Path) -> None:
    written = save_model(load_model(folder), tmp_path / "again")
    assert sorted(path.name for path in written) == FILES
    assert contents(tmp_path / "again") == contents(folder)
    assert sorted(contents(folder)) == FILES
    # Sets come in another order in another run; what is written must not.
    marks = json.loads((folder / "model.json").read_bytes())["learned_from"]
    assert marks == sorted(model.learned_from)


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_a_file_changed_by_one_byte_is_refused_by_name(folder: Path, name: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    for place in (0, len(whole) // 2, len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ModelError, match="has changed since the model was made") as refused:
            load_model(folder)
        assert refused.value.path == path
    path.write_bytes(whole + b"\n")
    with pytest.raises(ModelError, match="has changed"):
        load_model(folder)


def test_a_manifest_changed_by_one_byte_is_refused_or_says_the_same(
    model: FittedModel, folder: Path
) -> None:
    path = folder / "manifest.json"
    whole = path.read_bytes()
    refused: list[Path | None] = []
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        try:
            again = load_model(folder)
        except ModelError as error:
            refused.append(error.path)
            continue
        # Only the space between the entries was touched.
        assert json.loads(bytes(changed)) == json.loads(whole)
        assert list(numbers(again)) == list(numbers(model))
    assert set(refused) == {folder / name for name in FILES}
    assert len(refused) > 0.8 * len(whole)


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_a_missing_file_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match="missing") as refused:
        load_model(folder)
    assert refused.value.path == folder / name


def test_where_there_is_no_model_the_message_says_which_folder_to_name(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(ModelError, match=r"no fitted model here.*attunement fit"):
            load_model(place)
    for place in (tmp_path / "file", folder / "model.json"):
        with pytest.raises(
            ModelError, match="a fitted model is a folder, and this is a file"
        ) as refused:
            load_model(place)
        assert refused.value.path == place


@pytest.mark.parametrize("change", [{"format": 1}, {"format": 3}, {"features": 2}])
def test_a_model_of_another_version_is_refused_with_both_numbers(
    folder: Path, change: dict[str, int]
) -> None:
    sealed(folder, **change)
    (name, number) = next(iter(change.items()))
    with pytest.raises(
        ModelError, match=f"{name} {number}.*reads format 2 and features 1"
    ) as refused:
        load_model(folder)
    assert refused.value.path == folder / "manifest.json"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"\x80\x81", b'{"format": 1, "features": 1}', b'{"scales": []}', b"[1"],
)
def test_files_that_are_no_model_are_refused_even_with_a_fitting_manifest(
    folder: Path, content: bytes
) -> None:
    whole = contents(folder)
    for name in ("model.json", "heads.safetensors"):
        (folder / name).write_bytes(content)
        sealed(folder)
        with pytest.raises(ModelError, match="not a model that"):
            load_model(folder)
        (folder / name).write_bytes(whole[name])
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ModelError, match="manifest"):
        load_model(folder)


def test_heads_of_another_width_than_the_features_are_refused(folder: Path) -> None:
    arrays = load_file(folder / "heads.safetensors")
    arrays["heads.1.slopes"] = arrays["heads.1.slopes"][:-1]
    save_file(arrays, folder / "heads.safetensors")
    sealed(folder)
    with pytest.raises(ModelError, match="not a model that"):
        load_model(folder)
    del arrays["heads.1.slopes"]
    save_file(arrays, folder / "heads.safetensors")
    sealed(folder)
    with pytest.raises(ModelError, match="not a model that"):
        load_model(folder)


def test_a_model_replaces_a_model(model: FittedModel, folder: Path) -> None:
    other = replace(model, scales=model.scales[:1], level=0.8)
    save_model(other, folder)
    assert described(load_model(folder)) == described(other)
    assert sorted(contents(folder)) == FILES


def test_a_folder_of_other_files_is_refused_and_left_as_it_was(
    model: FittedModel, tmp_path: Path
) -> None:
    (tmp_path / "thesis.md").write_text("mine", encoding="utf-8")
    with pytest.raises(ModelError, match="other files and no model") as refused:
        save_model(model, tmp_path)
    assert refused.value.path == tmp_path
    assert contents(tmp_path) == {"thesis.md": b"mine"}


def test_another_softwares_manifest_is_not_taken_for_a_models(
    model: FittedModel, tmp_path: Path
) -> None:
    theirs = {"manifest.json": b'{"name": "site"}', "model.json": b"{}", "index.html": b"<p>"}
    for name, content in theirs.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match="other files and no model"):
        save_model(model, tmp_path)
    assert contents(tmp_path) == theirs


def test_other_files_beside_a_model_stay(model: FittedModel, folder: Path) -> None:
    (folder / "notes.txt").write_text("ours", encoding="utf-8")
    save_model(replace(model, level=0.8), folder)
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "ours"
    assert load_model(folder).level == 0.8


def test_an_empty_folder_and_a_new_one_will_do_and_a_file_will_not(
    model: FittedModel, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "new" / "deep"):
        save_model(model, place)
        assert described(load_model(place)) == described(model)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(StorageError, match="file stands where a folder is needed"):
        save_model(model, tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError(28, "No space left")])
def test_an_interrupted_write_leaves_the_old_model(
    model: FittedModel,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    interruption: BaseException | type[BaseException],
) -> None:
    before = contents(folder)

    def stop(_: FittedModel) -> str:
        raise interruption

    monkeypatch.setattr(_folder, "model_card", stop)
    other = replace(model, level=0.8)
    for place in (folder, tmp_path / "new"):
        with pytest.raises((KeyboardInterrupt, StorageError)):
            save_model(other, place)
    assert contents(folder) == before
    assert not (tmp_path / "new").exists()
    monkeypatch.undo()
    assert load_model(folder).level == model.level


def test_nothing_of_the_transcripts_is_in_the_folder(
    sessions: list[Session], material: Material, folder: Path
) -> None:
    said = {word for one in sessions for turn in one.turns for word in turn.text.split()}
    assert said == {*WARM, *COLD, *PLAIN}
    names = {one.session_id for one in sessions} | {str(one.patient_id) for one in sessions}
    for path in folder.iterdir():
        content = path.read_bytes().lower()
        for word in [*said, *names, "visit", "client"]:
            assert word.encode() not in content, (path.name, word)
    # The marks are there; they are not made of names.
    assert material.marks[0].encode() in (folder / "model.json").read_bytes()


def test_nothing_in_the_folder_can_run(folder: Path) -> None:
    """Safetensors, JSON and Markdown: no pickle, which could carry a program."""
    for name, content in contents(folder).items():
        assert not content.startswith((b"\x80", b"PK"))
        if name.endswith(".json"):
            json.loads(content)
    header = int.from_bytes((folder / "heads.safetensors").read_bytes()[:8], "little")
    tensors = json.loads((folder / "heads.safetensors").read_bytes()[8 : 8 + header])
    assert {one["dtype"] for one in tensors.values()} <= {"F32", "F64"}
