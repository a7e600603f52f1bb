"""Texts as the encoders see them: stripped, valid Unicode, each different one once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def plain(text: str) -> str:
    """Strip `text`, and replace lone surrogates (which no tokenizer accepts) by a question mark."""
    text = text.strip()
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Distinct:
    """The different texts of a sequence, and where each came from.

    Attributes
    ----------
    texts : list of str
        Every text that is not blank, once, in order of first appearance.
    rows : numpy.ndarray
        For every original text the index of its text in `texts`, or -1 if it is blank.
    counts : numpy.ndarray
        How often each of `texts` appears.
    blanks : int
        How many originals are blank.
    """

    texts: list[str]
    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    blanks: int

    @classmethod
    def of(cls, texts: Iterable[str]) -> Distinct:
        """Find the different texts; equality is exact, after stripping."""
        index: dict[str, int] = {"": -1}
        rows = np.fromiter(
            (index.setdefault(plain(text), len(index) - 1) for text in texts), dtype=np.int64
        )
        distinct = list(index)[1:]
        counts = np.bincount(rows[rows >= 0], minlength=len(distinct))
        return cls(texts=distinct, rows=rows, counts=counts, blanks=int((rows < 0).sum()))

    def spread(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give every original its text's vector; blanks get zeros.

        Parameters
        ----------
        vectors : numpy.ndarray
            One row for each of `texts`.
        """
        spread = np.zeros((len(self.rows), vectors.shape[1]), dtype=np.float32)
        present = self.rows >= 0
        spread[present] = vectors[self.rows[present]]
        return spread


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to unit norm; zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    norms[norms == 0] = 1
    scaled: NDArray[np.float32] = vectors / norms
    return scaled


def longest_first(texts: Sequence[str]) -> NDArray[np.int64]:
    """Order texts by length, so that texts embedded together need about equally long."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return np.argsort(-lengths, kind="stable")
