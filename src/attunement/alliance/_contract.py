"""What every estimator promises: the constructor stores, fit learns, raw scores, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from attunement.embedding import Encoder
from attunement.tables import ALLIANCE, ROLES, SCALES, Role

Form: TypeAlias = Literal["own", "patient", "therapist"]
"""Which wording a turn is held against: its own role's, or one role's for both sides."""

Vectors: TypeAlias = NDArray[np.float32]

COLUMNS: tuple[str, ...] = (*SCALES, ALLIANCE)
"""The columns of every score array, in order: task, bond, goal, and the whole."""


@runtime_checkable
class Estimator(Protocol):
    """Infers task, bond and goal from the embedding of a turn.

    Attributes
    ----------
    name : str
        What the `estimator` column says.
    on_common_scale : bool
        Whether the scores of patient and therapist can be subtracted and read as over- or
        underestimation (METHOD.md section 5). False for `compass` and `contrast`.
    """

    @property
    def name(self) -> str: ...

    @property
    def on_common_scale(self) -> bool: ...

    def fit(self, encoder: Encoder) -> Self:
        """Embed what the estimator compares turns with. Returns self."""
        ...

    def raw(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Score turns before standardising.

        Parameters
        ----------
        vectors : ndarray of shape (n, d)
            Unit-norm embeddings, one a turn.
        roles : sequence of {"patient", "therapist"}, length n
            Who spoke.
        form : {"own", "patient", "therapist"}
            Hold each turn against its own role's wording, or all against one role's (the form
            swap of METHOD.md section 5).

        Returns
        -------
        ndarray of shape (n, 4)
            task, bond, goal, alliance.
        """
        ...

    def offset(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Say how much of each raw score is what all cosines of the turn have in common.

        With m the turn's mean cosine to all statements of the wording, this is m times what the
        score gains when every cosine rises by one. It is 0 where a score is a difference in
        which an equal rise cancels. Taking it from the score leaves what an equal offset cannot
        move: the key offset control of METHOD.md section 5.

        Parameters
        ----------
        vectors, roles, form
            As in `raw`.

        Returns
        -------
        ndarray of shape (n, 4)
            task, bond, goal, alliance, in the units of `raw`.
        """
        ...


def form_masks(roles: Sequence[Role], form: Form) -> list[tuple[Role, NDArray[np.bool_]]]:
    """For each form, which turns are held against it."""
    spoken = np.asarray(roles, dtype=object)
    if form == "own":
        return [(role, np.asarray(spoken == role, dtype=np.bool_)) for role in ROLES]
    return [(form, np.ones(len(spoken), dtype=np.bool_))]
