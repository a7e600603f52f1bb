"""Encoders whose vectors are known, so that scores can be worked out by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.alliance import load_reference
from attunement.embedding import Encoder
from attunement.instruments import load_anchors, load_inventory
from attunement.tables import ROLES


class HashedWords:
    """Embeds a text as the unit sum of one fixed random direction a word.

    Texts that share words lie close, every text has its own vector, and nothing needs a model.
    """

    name = "hashed words"
    fingerprint = "hashed-words-1"
    dimension = 64

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        rows = [
            sum((_direction(word) for word in text.lower().split()), self._nothing())
            for text in texts
        ]
        vectors = np.asarray(rows, dtype=np.float64).reshape(len(texts), self.dimension)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if progress is not None:
            progress(len(texts))
        unit = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
        return np.asarray(unit, dtype=np.float32)

    def _nothing(self) -> NDArray[np.float64]:
        return np.zeros(self.dimension)


class Shifted:
    """Another encoder with one vector added to all embeddings but those of reference turns."""

    name = "shifted"
    fingerprint = "shifted-1"

    def __init__(self, encoder: Encoder, shift: NDArray[np.float32]) -> None:
        self.encoder = encoder
        self.shift = shift
        self.unmoved = frozenset(load_reference().texts)
        self.dimension = encoder.dimension

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        moved = np.asarray([text not in self.unmoved for text in texts], dtype=np.float32)
        return np.asarray(self.encoder.encode(texts) + moved[:, None] * self.shift)


class Offset:
    """Another encoder in which the cosines of given turns rise by a constant.

    A dimension is added in which whatever the estimators hold turns against has 1, the given
    turns have the constant, and everything else, the reference among it, has 0.
    """

    name = "offset"
    fingerprint = "offset-1"

    def __init__(self, encoder: Encoder, turns: Sequence[str], constant: float) -> None:
        self.encoder = encoder
        self.turns = frozenset(turns)
        self.constant = constant
        bank = load_anchors()
        self.held_against = {anchor.text for anchor in bank.anchors}
        self.held_against |= {line.text for line in bank.neutral}
        for item in load_inventory().items:
            for role in ROLES:
                self.held_against |= {item.wording(role), item.opposite(role) or ""}
        self.dimension = encoder.dimension + 1

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        added = [
            1.0 if text in self.held_against else self.constant if text in self.turns else 0.0
            for text in texts
        ]
        vectors = self.encoder.encode(texts, progress=progress)
        return np.column_stack([vectors, np.asarray(added, dtype=np.float32)])


@cache
def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(HashedWords.dimension)


@pytest.fixture
def encoder() -> Encoder:
    return HashedWords()


@pytest.fixture
def shifted(encoder: Encoder) -> Shifted:
    shift = np.random.default_rng(7).standard_normal(encoder.dimension)
    return Shifted(encoder, (0.3 * shift / np.linalg.norm(shift)).astype(np.float32))
