"""docs/models.md says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.embedding._cached import CHUNK
from attunement.embedding._calibration import (
    FLOAT32_TOLERANCE,
    LEAST_COSINE,
    minilm_reference,
    sentences,
)
from attunement.embedding._endpoint import ALLOW_VARIABLE, KEY_VARIABLE, WINDOW_BYTES
from attunement.embedding._fetch import MINILM
from attunement.embedding._onnx import TOKEN_OUTPUTS, VECTOR_OUTPUTS
from attunement.embedding._places import CACHE_VARIABLE

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")


def test_the_page_names_every_wheel_and_file_with_its_hash() -> None:
    for wheel in MINILM.wheels:
        assert f"| {wheel.project} {wheel.version} | `{wheel.sha256}` |" in PAGE
    for file, digest in MINILM.files.items():
        assert f"| {file} | `{digest}` |" in PAGE


@pytest.mark.parametrize(
    "stated",
    [
        *(KEY_VARIABLE, ALLOW_VARIABLE, CACHE_VARIABLE),
        *VECTOR_OUTPUTS[:2],
        *TOKEN_OUTPUTS,
        f"at\nmost {WINDOW_BYTES:,} bytes",
        f"{CHUNK:,} turns",
        f"{len(sentences())} neutral sentences",
        f"at least {LEAST_COSINE:.3f}".replace("0.", "."),
        f"to {FLOAT32_TOLERANCE:.4f} in every number",
    ],
)
def test_the_page_states_the_codes_own_figures(stated: str) -> None:
    assert stated in PAGE


def test_the_page_counts_the_frozen_vectors() -> None:
    assert (len(minilm_reference().vectors), "twelve frozen vectors" in PAGE) == (12, True)
