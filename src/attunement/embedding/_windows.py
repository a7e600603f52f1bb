"""Long texts in windows: no token is ever cut off silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attunement.embedding._encoder import Vectors
from attunement.embedding._texts import unit

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WINDOWING = 1
"""Raised when windows are cut or pooled differently; part of every fingerprint."""

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of texts, as token ids without the special ones.

    Attributes
    ----------
    ids : list of list of int
        One a window. A text without tokens has no window.
    owner : numpy.ndarray
        For each window the index of its text, ascending.
    texts : int
        How many texts there are.
    """

    ids: list[list[int]]
    owner: NDArray[np.int64]
    texts: int

    @property
    def weights(self) -> NDArray[np.float32]:
        """How many tokens each window has."""
        return np.fromiter(map(len, self.ids), dtype=np.float32, count=len(self.ids))

    def pooled(self, vectors: Vectors) -> Vectors:
        """Average the windows of each text by their number of tokens, to unit norm.

        Parameters
        ----------
        vectors : numpy.ndarray
            One row a window.
        """
        if np.array_equal(self.owner, np.arange(self.texts)):
            return vectors
        sums = np.zeros((self.texts, vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, self.owner, vectors * self.weights[:, None])
        return unit(sums)


@dataclass(frozen=True, slots=True)
class WindowCutter:
    """Turns texts into windows, and windows into batches.

    Attributes
    ----------
    tokenizer : tokenizers.Tokenizer
        Without padding and truncation.
    window : int
        Most tokens at once, special ones included.
    before, after : tuple of int
        The special tokens that surround every window.
    """

    tokenizer: Tokenizer
    window: int
    before: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def of(cls, tokenizer: Tokenizer, *, window: int) -> WindowCutter:
        """Take `tokenizer` over, and learn its special tokens from it."""
        tokenizer.no_padding()
        tokenizer.no_truncation()
        special = tokenizer.encode("a")
        content = tokenizer.encode("a", add_special_tokens=False).ids
        first = special.special_tokens_mask.index(0) if content else 0
        return cls(
            tokenizer=tokenizer,
            window=window,
            before=tuple(special.ids[:first]),
            after=tuple(special.ids[first + len(content) :]),
        )

    def cut(self, texts: Sequence[str]) -> Windows:
        """Cut texts at token boundaries into windows as long as the model takes."""
        room = self.window - len(self.before) - len(self.after)
        ids: list[list[int]] = []
        owner: list[int] = []
        encodings = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        for text, encoding in enumerate(encodings):
            tokens = encoding.ids
            for start in range(0, len(tokens), room):
                ids.append(tokens[start : start + room])
                owner.append(text)
        return Windows(ids=ids, owner=np.array(owner, dtype=np.int64), texts=len(texts))

    def batches(self, windows: Windows, *, tokens: int) -> Iterator[tuple[NDArray[np.int64], Ids]]:
        """Group windows of equal length, so that nothing is padded.

        Parameters
        ----------
        windows : Windows
            What `cut` gave.
        tokens : int
            About how many tokens a batch may have; one window at least.

        Yields
        ------
        rows : numpy.ndarray
            Which windows the batch holds.
        ids : numpy.ndarray
            int32 of shape (windows, tokens), special tokens included.
        """
        lengths = windows.weights.astype(np.int64)
        order = np.argsort(-lengths, kind="stable")
        edges = [0, *(np.flatnonzero(np.diff(lengths[order])) + 1), len(order)]
        for begin, end in pairwise(edges):
            if begin == end:
                continue
            group = order[begin:end]
            total = int(lengths[group[0]]) + len(self.before) + len(self.after)
            size = max(1, tokens // total)
            for start in range(0, len(group), size):
                rows = group[start : start + size]
                yield rows, self._with_specials([windows.ids[row] for row in rows])

    def _with_specials(self, ids: list[list[int]]) -> Ids:
        content = np.array(ids, dtype=np.int32)
        count = len(ids)
        return np.hstack(
            [
                np.tile(np.array(self.before, dtype=np.int32), (count, 1)),
                content,
                np.tile(np.array(self.after, dtype=np.int32), (count, 1)),
            ]
        )
