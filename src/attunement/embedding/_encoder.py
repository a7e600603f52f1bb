"""What an encoder is: texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""One row a text, of unit norm, or zero for a text without words."""

OnDone: TypeAlias = Callable[[int], None]
"""Called with how many more texts are done."""

OnStep: TypeAlias = Callable[[str], None]
"""Called with what a long preparation is doing now, in a few words."""


class Encoder(Protocol):
    """Turns texts into vectors whose dot products are cosine similarities.

    Attributes
    ----------
    name : str
        What people call it.
    fingerprint : str
        Hex digest that changes whenever the vectors could: weights, tokenizer, quantisation,
        pooling, windowing.
    dimension : int
        Length of a vector.
    """

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hex digest that changes whenever the vectors could."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str], *, progress: OnDone | None = None) -> Vectors:
        """Embed texts.

        Parameters
        ----------
        texts : sequence of str
            Any texts, of any length. Surrounding white space does not count. A text's vector does
            not depend on the texts beside it.
        progress : callable, optional
            Called with the number of texts done since the last call.

        Returns
        -------
        numpy.ndarray
            float32 of shape (number of texts, dimension). Rows have unit norm; the row of a text
            without a single token (empty, or white space only) is zero.
        """
        ...
