"""One suite over all encoders: what every one of them promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from attunement.embedding import CachedEncoder, Encoder, VectorCache, open_encoder

from .tiny import sentence_transformers_folder

TEXTS = [
    "I do not know.",
    "",
    "we feel the rain",
    " \n\t ",
    "  I do not know.\n",
    "rain " * 300,
    "plan: one, two, three?",
    "I do not know.",
    "lone surrogate \ud83d here",
    "é 雨 🙂",
]


@pytest.fixture(params=["tiny", "endpoint", "cached", "default"])
def encoder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Encoder]:
    match request.param:
        case "tiny":
            yield open_encoder(sentence_transformers_folder(tmp_path / "tiny"))
        case "endpoint":
            server = request.getfixturevalue("server")
            yield open_encoder(f"{server.url}#some-model")
        case "cached":
            cache = VectorCache()
            yield CachedEncoder(
                open_encoder(sentence_transformers_folder(tmp_path / "tiny")), cache
            )
            cache.close()
        case "default":
            yield request.getfixturevalue("default_encoder")


def test_a_row_a_text_of_unit_norm_or_zero_if_blank(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    expected = [1.0 if text.strip() else 0.0 for text in TEXTS]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), expected, atol=1e-5)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_equal_texts_have_the_same_vector_and_different_ones_another(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    np.testing.assert_array_equal(vectors[0], vectors[4])
    np.testing.assert_array_equal(vectors[0], vectors[7])
    distinct = vectors[[0, 2, 5, 6, 8]]
    assert np.unique(distinct.round(4), axis=0).shape == distinct.shape


def test_rows_stay_in_order_whatever_stands_beside_them(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    backwards = encoder.encode(TEXTS[::-1])[::-1]
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, backwards, atol=1e-5)
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_progress_counts_every_text_once(encoder: Encoder) -> None:
    for _ in range(2):
        done: list[int] = []
        encoder.encode([*TEXTS, "\u200b"], progress=done.append)
        assert sum(done) == len(TEXTS) + 1


def test_identity_is_a_name_a_digest_and_a_dimension(encoder: Encoder) -> None:
    assert encoder.name
    assert len(bytes.fromhex(encoder.fingerprint)) >= 16
    assert encoder.dimension > 0
