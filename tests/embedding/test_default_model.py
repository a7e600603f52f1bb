"""The model that people get when they name none."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from attunement.embedding import Encoder, models_folder
from attunement.embedding._calibration import (
    LEAST_COSINE,
    cosines,
    minilm_reference,
    sentences,
)
from attunement.embedding._fetch import MINILM
from attunement.embedding._onnx import OnnxEncoder
from attunement.embedding.models import verify


def test_its_vectors_are_the_frozen_ones(default_encoder: Encoder) -> None:
    reference = minilm_reference()
    assert len(reference.sentences) == 12
    np.testing.assert_allclose(np.linalg.norm(reference.vectors, axis=1), 1, atol=1e-5)
    found = cosines(default_encoder.encode(reference.sentences), reference.vectors)
    assert found.min() > LEAST_COSINE
    assert found.mean() > 0.99


def test_it_knows_what_sentences_mean(default_encoder: Encoder) -> None:
    a, b, c = default_encoder.encode(
        ["I trust my counsellor.", "I have faith in my therapist.", "The bus was late again."]
    )
    assert a @ b > 0.3 + a @ c


def test_its_window_is_256_tokens_with_the_special_ones(default_encoder: Encoder) -> None:
    assert isinstance(default_encoder, OnnxEncoder)
    assert default_encoder.cutter.window == 256
    assert [len(ids) for ids in default_encoder.cutter.cut(["tea " * 300]).ids] == [254, 46]
    halves = default_encoder.encode(["tea " * 254, "rain " * 254])
    (whole,) = default_encoder.encode(["tea " * 254 + "rain " * 254])
    mean = halves.mean(axis=0)
    np.testing.assert_allclose(whole, mean / np.linalg.norm(mean), atol=1e-5)


def test_company_does_not_change_a_vector(default_encoder: Encoder) -> None:
    together = default_encoder.encode(sentences())
    alone = np.vstack([default_encoder.encode([sentence]) for sentence in sentences()])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_verify_finds_nothing_and_finds_a_changed_byte(
    default_encoder: Encoder, default_model: Path
) -> None:
    copy = models_folder() / default_model.name
    shutil.copytree(default_model, copy)
    (state,) = verify()
    assert state.default
    assert (state.name, state.present, state.problem) == (MINILM.name, True, None)
    content = bytearray((copy / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "model.onnx").write_bytes(content)
    (state,) = verify()
    assert state.problem is not None
    assert "models pull" in state.problem


def test_calibration_sentences_are_varied() -> None:
    lengths = sorted(map(len, sentences()))
    assert len(set(sentences())) == len(sentences()) >= 60
    assert lengths[0] == 1
    assert lengths[-1] > 400


@pytest.mark.parametrize("text", ["x" * 200_000, "well, " * 33_334], ids=["one word", "words"])
def test_two_hundred_thousand_characters_are_embedded(default_encoder: Encoder, text: str) -> None:
    (vector,) = default_encoder.encode([text])
    np.testing.assert_allclose(np.linalg.norm(vector), 1, atol=1e-5)
