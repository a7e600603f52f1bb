"""The sentences that models are calibrated and checked with, and what they must come out as."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from attunement.embedding._encoder import Vectors

FLOAT32_TOLERANCE = 1e-4
"""Largest difference of any number from the reference in float32."""

LEAST_COSINE = 0.985
"""Least cosine of any sentence's eight-bit vector with its reference."""

_DATA = "attunement.embedding"


@cache
def sentences() -> tuple[str, ...]:
    """Return neutral sentences, short and long, written for this project (data/sentences.txt)."""
    text = files(_DATA).joinpath("data", "sentences.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


@dataclass(frozen=True, slots=True)
class Reference:
    """Frozen vectors of the first of `sentences`.

    Attributes
    ----------
    vectors : numpy.ndarray
        float32 of shape (sentences, dimension), made once with sentence-transformers in float32
        (tools/make_reference_vectors.py).
    """

    vectors: Vectors

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences that the vectors belong to."""
        return sentences()[: len(self.vectors)]


def minilm_reference() -> Reference:
    """Return the default model's frozen vectors (data/all_minilm_l6_v2.npy)."""
    with files(_DATA).joinpath("data", "all_minilm_l6_v2.npy").open("rb") as file:
        return Reference(vectors=np.load(file))


def cosines(left: Vectors, right: Vectors) -> NDArray[np.float64]:
    """Return the cosine of each row of `left` with the same row of `right`."""
    a, b = left.astype(np.float64), right.astype(np.float64)
    found: NDArray[np.float64] = (a * b).sum(axis=1) / (
        np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    )
    return found
