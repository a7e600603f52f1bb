"""An encoder that remembers."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.embedding._encoder import Encoder, OnDone, Vectors
from attunement.embedding._texts import Distinct, longest_first
from attunement.embedding._vectors import VectorCache, key_of, rounded

CHUNK = 4096
"""Texts embedded between two writes: what a killed run loses at most."""


class CachedEncoder:
    """Any encoder, with its vectors kept on disk (an `Encoder`).

    Parameters
    ----------
    encoder : Encoder
        What embeds the texts that are not in the cache.
    cache : VectorCache
        Where vectors are kept, under the encoder's fingerprint.

    Notes
    -----
    Vectors are rounded to float16 whether they are new or remembered, so a second run, or a run
    that goes on after an interruption, gives the same numbers as one without a cache to begin
    with.
    """

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self.encoder = encoder
        self.cache = cache

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
        """Embed texts, each different one at most once ever; see `Encoder.encode`."""
        distinct = Distinct.of(texts)
        report = progress or (lambda _: None)
        keys = [key_of(text) for text in distinct.texts]
        found, vectors = self.cache.look_up(self.fingerprint, keys, dimension=self.dimension)
        report(distinct.blanks + int(distinct.counts[found].sum()))
        missing = (~found).nonzero()[0]
        missing = missing[longest_first([distinct.texts[row] for row in missing])]
        for start in range(0, len(missing), CHUNK):
            rows = missing[start : start + CHUNK]
            new = rounded(self.encoder.encode([distinct.texts[row] for row in rows]))
            self.cache.keep(self.fingerprint, [keys[row] for row in rows], new)
            vectors[rows] = new
            report(int(distinct.counts[rows].sum()))
        return distinct.spread(vectors)
