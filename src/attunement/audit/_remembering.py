"""An encoder that keeps the latest vectors in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from attunement.embedding import Encoder, OnDone, Vectors

MOST_TEXTS = 20_000
"""Vectors that are kept: some 30 MB."""


class Remembering:
    """Any encoder, with its latest vectors kept (an `Encoder`).

    The chats are scored once as they are and again with some turns of the AI rewritten. All other
    turns then have the very same vectors, and cost nothing.

    Parameters
    ----------
    encoder : Encoder
        What embeds the texts that are not known.
    most : int
        How many vectors are kept.
    """

    def __init__(self, encoder: Encoder, *, most: int = MOST_TEXTS) -> None:
        self.encoder = encoder
        self.most = most
        self._kept: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        """The inner encoder's name."""
        return self.encoder.name

    @property
    def fingerprint(self) -> str:
        """The inner encoder's fingerprint."""
        return self.encoder.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.encoder.dimension

    def encode(self, texts: Sequence[str], *, progress: OnDone | None = None) -> Vectors:
        """Embed texts, those that are remembered without work; see `Encoder.encode`."""
        wanted = {text: self._kept.pop(text) for text in dict.fromkeys(texts) if text in self._kept}
        new = list(dict.fromkeys(text for text in texts if text not in wanted))
        if progress is not None:
            progress(len(texts) - len(new))
        # Copies: a row of the batch would keep the whole batch in memory.
        vectors = self.encoder.encode(new, progress=progress)
        wanted |= {text: vector.copy() for text, vector in zip(new, vectors, strict=True)}
        self._kept |= wanted
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        rows = [wanted[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), dtype=np.float32)
