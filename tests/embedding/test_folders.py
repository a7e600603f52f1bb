"""Folders of one's own: what is accepted, what is refused, and how that is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from attunement.embedding import Encoder, Vectors, models_folder, open_encoder
from attunement.errors import ModelError

from .tiny import WORDS, Forward, sentence_transformers_folder, tokenizer, weights

DIMENSION = 6
TABLE = np.random.default_rng(3).normal(size=(len(WORDS), DIMENSION)).astype(np.float32)
TEXT = "you think slow"
IDS = [2, *(WORDS.index(word) for word in TEXT.split()), 3]


def exported(
    folder: Path,
    *,
    inputs: tuple[str, ...] = ("input_ids", "attention_mask", "token_type_ids"),
    output: str = "last_hidden_state",
) -> Path:
    """Write a folder as exporters do: int64 ids, a mask, segments; token vectors from a table."""
    folder.mkdir()
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["looked.up"])]
    if "attention_mask" in inputs:
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["mask.column"]),
            helper.make_node("Mul", ["looked.up", "mask.column"], ["tokens"]),
        ]
    else:
        nodes.append(helper.make_node("Identity", ["looked.up"], ["tokens"]))
    dimensions: list[str | int | None] = ["b", "t", DIMENSION]
    if output == "last_hidden_state":
        nodes.append(helper.make_node("Identity", ["tokens"], [output]))
    else:
        nodes.append(helper.make_node("ReduceMax", ["tokens", "middle"], [output], keepdims=0))
        dimensions = ["b", DIMENSION]
    graph = helper.make_graph(
        nodes,
        "exported",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"]) for name in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, dimensions)],
        [
            numpy_helper.from_array(TABLE, "table"),
            numpy_helper.from_array(np.array([2]), "last"),
            numpy_helper.from_array(np.array([1]), "middle"),
        ],
    )
    opsets = [helper.make_opsetid("", 20)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), folder / "model.onnx")
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def embedded(encoder: Encoder) -> Vectors:
    (vector,) = encoder.encode([TEXT])
    return np.asarray(vector)


def unit(numbers: Vectors) -> Vectors:
    return np.asarray(numbers / np.linalg.norm(numbers))


def test_token_vectors_are_averaged(tmp_path: Path) -> None:
    encoder = open_encoder(exported(tmp_path / "own"))
    np.testing.assert_allclose(embedded(encoder), unit(TABLE[IDS].mean(axis=0)), atol=1e-6)
    assert encoder.name == "own"


def test_token_vectors_are_pooled_by_the_first_one_where_the_folder_says_so(tmp_path: Path) -> None:
    folder = exported(tmp_path / "own")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling/config.json").write_text('{"pooling_mode_cls_token": true}')
    np.testing.assert_allclose(embedded(open_encoder(folder)), unit(TABLE[2]), atol=1e-6)


def test_vectors_that_the_graph_pooled_are_taken_as_they_are(tmp_path: Path) -> None:
    folder = exported(tmp_path / "own", inputs=("input_ids",), output="sentence_embedding")
    found = embedded(open_encoder(folder))
    np.testing.assert_allclose(found, unit(TABLE[IDS].max(axis=0)), atol=1e-6)


def test_the_window_is_the_least_that_the_folder_states(tmp_path: Path) -> None:
    folder = exported(tmp_path / "own")
    (folder / "config.json").write_text('{"max_position_embeddings": 30}')
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 4}')
    halves = [IDS[1:3], IDS[3:4]]
    vectors = [unit(TABLE[[2, *half, 3]].mean(axis=0)) for half in halves]
    expected = unit(2 * vectors[0] + vectors[1])
    np.testing.assert_allclose(embedded(open_encoder(folder)), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.onnx", None),
        ("tokenizer.json", None),
        ("sentence_bert_config.json", '{"max_seq_length": 9}'),
        ("1_Pooling/config.json", '{"pooling_mode_cls_token": true}'),
    ],
)
def test_fingerprint_changes_with_everything_that_decides_the_vectors(
    tmp_path: Path, file: str, content: str | None
) -> None:
    folder = exported(tmp_path / "own")
    (folder / "1_Pooling").mkdir()
    before = open_encoder(folder).fingerprint
    assert open_encoder(folder).fingerprint == before
    if file == "model.onnx":
        changed = onnx.load(folder / file)
        changed.graph.initializer[0].CopyFrom(numpy_helper.from_array(TABLE * 2 + 1, "table"))
        onnx.save(changed, folder / file)
    elif file == "tokenizer.json":
        other = json.loads((folder / file).read_text())
        other["normalizer"]["lowercase"] = False
        (folder / file).write_text(json.dumps(other))
    else:
        (folder / file).write_text(str(content))
    assert open_encoder(folder).fingerprint != before


def test_sentence_transformers_folder_is_built_once_and_is_the_network(
    tmp_path: Path, cache: Path
) -> None:
    folder = sentence_transformers_folder(tmp_path / "own")
    steps: list[str] = []
    first = open_encoder(folder, progress=steps.append)
    assert steps
    again = open_encoder(str(folder), progress=lambda step: pytest.fail(step))
    assert again.fingerprint == first.fingerprint
    assert first.name == "own"
    assert cache in models_folder().parents
    cosine = float(embedded(first) @ Forward(weights()).embed(IDS))
    assert cosine > 0.985


def test_other_weights_under_the_same_name_are_another_model(tmp_path: Path) -> None:
    first = open_encoder(sentence_transformers_folder(tmp_path / "a" / "own"))
    other = sentence_transformers_folder(tmp_path / "b" / "own", tensors=weights(seed=1))
    second = open_encoder(other)
    assert first.fingerprint != second.fingerprint
    assert float(embedded(second) @ Forward(weights(seed=1)).embed(IDS)) > 0.985


def test_a_built_model_that_was_damaged_is_built_again(tmp_path: Path) -> None:
    folder = sentence_transformers_folder(tmp_path / "own")
    before = embedded(open_encoder(folder))
    (built,) = models_folder().glob("own-*/model.onnx")
    built.write_bytes(built.read_bytes()[:-100] + bytes(100))
    np.testing.assert_array_equal(embedded(open_encoder(folder)), before)
    assert [path.name for path in models_folder().iterdir()] == [built.parent.name]


def test_a_built_model_that_was_damaged_is_not_used_by_its_own_path(tmp_path: Path) -> None:
    open_encoder(sentence_transformers_folder(tmp_path / "own"))
    (built,) = models_folder().glob("own-*/model.onnx")
    built.write_bytes(built.read_bytes()[:-100] + bytes(100))
    with pytest.raises(ModelError, match="not the one that was built"):
        open_encoder(built.parent)


@pytest.mark.parametrize("manifest", ["{}", '{"files": 7}', "[", '{"name": "x", "more": 1}'])
def test_a_damaged_manifest_is_one_message_and_the_model_is_built_again(
    tmp_path: Path, manifest: str
) -> None:
    folder = sentence_transformers_folder(tmp_path / "own")
    before = embedded(open_encoder(folder))
    (file,) = models_folder().glob("own-*/attunement.json")
    file.write_text(manifest)
    with pytest.raises(ModelError, match=r"attunement\.json"):
        open_encoder(file.parent)
    np.testing.assert_array_equal(embedded(open_encoder(folder)), before)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.json", '{"model_type": "roberta"}', "roberta"),
        ("config.json", '{"model_type": "bert", "hidden_act": "relu"}', "relu"),
        ("config.json", '{"model_type": "bert", "hidden_size": "many"}', "whole number"),
        ("config.json", "{", "not readable JSON"),
        ("config.json", "[]", "one JSON object"),
        ("modules.json", '[{"type": "sentence_transformers.models.Dense"}]', "Dense"),
        ("modules.json", "{}7", "not a list of modules"),
        ("1_Pooling/config.json", '{"pooling_mode_max_tokens": true}', "pools by max"),
        ("model.safetensors", "nonsense", "weights are damaged"),
        ("tokenizer.json", "{}", "tokenizer cannot be read"),
    ],
)
def test_what_cannot_be_built_is_one_message_and_leaves_nothing(
    tmp_path: Path, file: str, content: str, message: str
) -> None:
    folder = sentence_transformers_folder(tmp_path / "own")
    (folder / file).write_text(content)
    with pytest.raises(ModelError, match=message) as caught:
        open_encoder(folder)
    assert file.rsplit("/")[-1] in str(caught.value)
    assert not models_folder().exists() or not any(models_folder().iterdir())


@pytest.mark.parametrize("wrong", ["missing", "shape"])
def test_weights_that_are_not_the_configs_are_named(tmp_path: Path, wrong: str) -> None:
    tensors = weights()
    name = "encoder.layer.1.intermediate.dense.weight"
    tensors[name] = tensors[name][:, :-1].copy()
    if wrong == "missing":
        del tensors[name]
    with pytest.raises(ModelError, match=name):
        open_encoder(sentence_transformers_folder(tmp_path / "own", tensors=tensors))


def test_a_folder_without_weights_is_told_apart_from_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        open_encoder(tmp_path / "nowhere")
    with pytest.raises(ModelError, match=r"neither model\.onnx"):
        open_encoder(tmp_path)


def test_a_folder_without_its_tokenizer_is_told(tmp_path: Path) -> None:
    folder = exported(tmp_path / "own")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"no tokenizer\.json"):
        open_encoder(folder)


def test_a_file_that_is_no_graph_is_told(tmp_path: Path) -> None:
    folder = exported(tmp_path / "own")
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match="cannot load the model"):
        open_encoder(folder)


def test_a_graph_that_takes_something_else_than_texts_is_told(tmp_path: Path) -> None:
    folder = exported(tmp_path / "own", inputs=("input_ids", "pixel_values"))
    with pytest.raises(ModelError, match="pixel_values"):
        open_encoder(folder)


def test_a_graph_that_gives_something_else_than_vectors_is_told(tmp_path: Path) -> None:
    folder = exported(tmp_path / "own", output="logits")
    with pytest.raises(ModelError, match="logits"):
        open_encoder(folder)
