"""A turn's score from its sentences, each embedded by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from benchmarks._ablation._axes import Matrix
from numpy.typing import NDArray

from attunement.alliance import Vectors
from attunement.embedding import Encoder

Starts: TypeAlias = NDArray[np.intp]
Score: TypeAlias = Callable[[Vectors], Matrix]
OfSentences: TypeAlias = Callable[[Score, Vectors, Starts], Matrix]
"""From how vectors are scored, the vectors of all sentences and where each turn's begin, to a score
a turn."""

_END = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"\w")


def sentences(text: str) -> list[str]:
    """Cut after . ! ? and at ends of lines; a text without a word is one sentence."""
    parts = [part.strip() for part in _END.split(text)]
    return [part for part in parts if _WORD.search(part)] or [text]


def embed_sentences(texts: Sequence[str], encoder: Encoder) -> tuple[Vectors, Starts]:
    cut = [sentences(text) for text in texts]
    lengths = [len(parts) for parts in cut]
    starts = np.cumsum([0, *lengths[:-1]], dtype=np.intp)[: len(cut)]
    return encoder.encode([part for parts in cut for part in parts]), starts


def mean_sentence(score: Score, vectors: Vectors, starts: Starts) -> Matrix:
    """Let the direction of the mean of its sentences' vectors stand for the turn's."""
    sums = np.add.reduceat(vectors, starts)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return score(np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0))


def highest_sentence(score: Score, vectors: Vectors, starts: Starts) -> Matrix:
    return np.asarray(np.maximum.reduceat(score(vectors), starts))


def lowest_sentence(score: Score, vectors: Vectors, starts: Starts) -> Matrix:
    return np.asarray(np.minimum.reduceat(score(vectors), starts))
