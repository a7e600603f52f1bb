"""The graph computes what the network computes, and each text on its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.embedding._bert import read_bert
from attunement.embedding._build import build_folder
from attunement.embedding._calibration import LEAST_COSINE, cosines
from attunement.embedding._graph import VECTORS, Float32, build_graph
from attunement.embedding._onnx import open_session
from attunement.embedding._onnxfolder import open_onnx_folder

from .tiny import WINDOW, WORDS, Forward, sentence_transformers_folder, weights

LENGTHS = (2, 3, 7, WINDOW)


def some_ids(count: int, length: int) -> np.ndarray:
    return np.random.default_rng(length).integers(0, len(WORDS), (count, length), dtype=np.int32)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("length", LENGTHS)
def test_float32_graph_is_the_network_to_a_hundred_thousandth(
    tmp_path: Path, pooling: str, length: int
) -> None:
    folder = sentence_transformers_folder(tmp_path / "model", pooling=pooling)
    session = open_session(build_graph(read_bert(folder), Float32()).SerializeToString())
    ids = some_ids(5, length)
    (found,) = session.run([VECTORS], {"input_ids": ids})
    expected = [Forward(weights(), pooling).embed(row) for row in ids.tolist()]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_eight_bits_stay_close_to_the_network(tmp_path: Path) -> None:
    folder = sentence_transformers_folder(tmp_path / "model")
    (tmp_path / "built").mkdir()
    manifest = build_folder(folder, tmp_path / "built", name="tiny")
    assert manifest.precision == "int8"
    encoder = open_onnx_folder(tmp_path / "built")
    for length in LENGTHS:
        ids = some_ids(20, length)
        expected = np.array([Forward(weights()).embed(row) for row in ids.tolist()])
        assert cosines(encoder.network.run(ids), expected).min() > LEAST_COSINE


def test_model_that_eight_bits_would_spoil_is_kept_in_float32(tmp_path: Path) -> None:
    spoilt = weights()
    # One inner unit that never fires has weights so large that the steps swallow all the others.
    spoilt["encoder.layer.0.intermediate.dense.bias"][3] = -1e6
    spoilt["encoder.layer.0.output.dense.weight"][:, 3] = 1e4
    folder = sentence_transformers_folder(tmp_path / "model", tensors=spoilt)
    (tmp_path / "built").mkdir()
    manifest = build_folder(folder, tmp_path / "built", name="tiny")
    assert manifest.precision == "float32"
    ids = some_ids(4, 9)
    expected = [Forward(spoilt).embed(row) for row in ids.tolist()]
    found = open_onnx_folder(tmp_path / "built").network.run(ids)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_company_does_not_change_a_vector(data: st.DataObject, tiny_built: Path) -> None:
    encoder = open_onnx_folder(tiny_built)
    length = data.draw(st.integers(3, WINDOW))
    ids = np.array(
        data.draw(
            st.lists(
                st.lists(st.integers(4, len(WORDS) - 1), min_size=length, max_size=length),
                min_size=2,
                max_size=30,
            )
        ),
        dtype=np.int32,
    )
    together = encoder.network.run(ids)
    alone = np.vstack([encoder.network.run(row[None]) for row in ids])
    # Steps of a hundredth would show at once; float32 sums may differ in their last bits.
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.fixture(scope="module")
def tiny_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    source = sentence_transformers_folder(tmp_path_factory.mktemp("source") / "model")
    build_folder(source, folder, name="tiny")
    return folder


def test_building_twice_gives_the_same_file(tmp_path: Path) -> None:
    source = sentence_transformers_folder(tmp_path / "model")
    built = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        build_folder(source, tmp_path / name, name="tiny")
        built.append((tmp_path / name / "model.onnx").read_bytes())
    assert built[0] == built[1]
