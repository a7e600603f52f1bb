"""What the fitted estimator hears in a turn: its meaning, its zero-shot scores, its length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.alliance._axis import project
from attunement.alliance._contract import COLUMNS, Vectors
from attunement.alliance._contrast import Contrast
from attunement.alliance._reference import Standard, reference_standard
from attunement.embedding import Encoder
from attunement.tables import ROLES, Role

Numbers = NDArray[np.float64]

SHORT = 2
"""Words; a turn of no more is an answer such as "Yes.", not a statement."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """The zero-shot part of the signals, kept with a model so that a later bank does not alter it.

    Attributes
    ----------
    axes : dict of str to ndarray of shape (d, 4)
        Per role, the contrast's axes of task, bond, goal and alliance.
    standard : Standard
        The mean and standard deviation of raw scores over the reference turns.
    """

    axes: dict[Role, Vectors]
    standard: Standard

    @classmethod
    def of(cls, encoder: Encoder) -> Hearing:
        """Take the axes of the shipped contrast under an encoder."""
        contrast = Contrast().fit(encoder)
        return cls(axes=contrast.axes_, standard=reference_standard(contrast, encoder))

    @property
    def dimension(self) -> int:
        """How long an embedding is."""
        return len(self.axes["patient"])

    def contrast(self, vectors: Vectors, roles: Sequence[str]) -> Numbers:
        """Score turns as `Contrast` does, in standard deviations of the reference: (n, 4)."""
        spoken = np.asarray(roles, dtype=object)
        scores = np.empty((len(vectors), len(COLUMNS)))
        for role in ROLES:
            mask = spoken == role
            scores[mask] = self.standard.apply(project(vectors[mask], self.axes[role]))
        return scores


@dataclass(frozen=True, slots=True)
class SpokenTurns:
    """The scored turns of one session, in order.

    Attributes
    ----------
    of_patient : ndarray of bool, shape (n,)
        Who spoke; the therapist where false.
    signals : ndarray of shape (n, d + 10)
        A row a turn: embedding; contrast on four measures; their squares; the logarithm of one
        plus its words, and its square.
    words : ndarray of shape (n,)
        How many words.
    """

    of_patient: NDArray[np.bool_]
    signals: NDArray[np.float32]
    words: Numbers

    def __len__(self) -> int:
        return len(self.words)


def spoken_turns(
    hearing: Hearing, *, vectors: Vectors, roles: Sequence[str], words: Sequence[int]
) -> SpokenTurns:
    """Turn a session's embeddings into signals.

    Parameters
    ----------
    hearing : Hearing
        The zero-shot axes.
    vectors : ndarray of shape (n, d)
        Unit-norm embeddings of the turns of patient and therapist, in order.
    roles : sequence of {"patient", "therapist"}, length n
        Who spoke.
    words : sequence of int, length n
        Words of each turn.

    Returns
    -------
    SpokenTurns
    """
    counts = np.asarray(words, dtype=np.float64)
    contrast = hearing.contrast(vectors, roles)
    length = np.log1p(counts)[:, None]
    signals = np.hstack([vectors, contrast, contrast**2, length, length**2]).astype(np.float32)
    return SpokenTurns(
        of_patient=np.asarray([role == "patient" for role in roles], dtype=np.bool_),
        signals=signals,
        words=counts,
    )
