"""The default estimator: where a turn lies between what is said in strong and weak alliances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attunement.alliance._axis import PENALTY, axis_between, project, unit
from attunement.alliance._contract import COLUMNS, Form, Vectors, form_masks
from attunement.embedding import Encoder
from attunement.instruments import AnchorBank, Inventory, load_anchors, load_inventory
from attunement.tables import ROLES, SCALES, Role, Scale

SHARED = 1 / 3
"""How far a scale's axis is drawn to the whole's: docs/validity.md has what other shares do."""


class Contrast:
    """Zero-shot and free of offsets: the projection of a turn on strong-against-weak axes.

    For each role, and for each scale and the whole, from the anchors and, with a small weight, from
    the inventory,

        c_anchors = the axis on which strong anchors lie at +1, weak at -1, neutral lines at 0
        c_inventory = unit(mean of the statements - mean of their opposites)
        a = unit(c_anchors + inventory_weight c_inventory)

    The whole (alliance) has an axis of its own, from the anchors of all scales together. A scale's
    is drawn to it: with a third of the anchors it is the less certain one,

        a_scale = unit((1 - shared) a + shared a_whole)

    A turn's score is e . a (METHOD.md section 3).

    Parameters
    ----------
    bank : AnchorBank, optional
        Utterances at the poles, and neutral ones; the shipped bank if none is given.
    inventory : Inventory, optional
        Statements at the poles; the shipped inventory if none is given. An inventory without
        reversed items has no weak pole and is left out.
    inventory_weight : float
        How much the statements count beside the anchors (length 1). Questionnaire sentences do
        not sound like turns: docs/validity.md has what they do alone.
    penalty : float
        Ridge penalty of the anchors' axis; see `axis_between`. The larger it is, the closer the
        axis comes to the plain difference of means.
    neutral : bool
        Whether the bank's neutral lines are held at 0. Without them, bad news about others reads
        as a weak alliance and wishes as agreement on goals.
    shared : float
        How far each scale's axis is drawn to the whole's, from 0 to 1. With 0, what is inferred of
        the goal agrees with patients' ratings of it no better than a list of good and bad words.

    Attributes
    ----------
    axes_ : dict of str to ndarray of shape (d, 4)
        Per form, the unit axes of task, bond, goal and the whole.

    Notes
    -----
    An equal amount added to the cosine with every anchor, statement and neutral line leaves the
    scores as they are: utterances are centred, and the inventory's poles subtracted.
    Scores of the two roles lie on axes of their own, so their difference is a role difference, not
    over- or underestimation (METHOD.md section 5). Which variants were tried, on what, and what
    was kept: docs/validity.md.
    """

    name = "contrast"
    on_common_scale = False

    def __init__(
        self,
        *,
        bank: AnchorBank | None = None,
        inventory: Inventory | None = None,
        inventory_weight: float = 0.1,
        penalty: float = PENALTY,
        neutral: bool = True,
        shared: float = SHARED,
    ) -> None:
        self.bank = bank
        self.inventory = inventory
        self.inventory_weight = inventory_weight
        self.penalty = penalty
        self.neutral = neutral
        self.shared = shared

    def fit(self, encoder: Encoder) -> Self:
        """Embed the poles and learn the axes."""
        bank, inventory = self.bank or load_anchors(), self.inventory or load_inventory()
        self.axes_: dict[Role, Vectors] = {}
        for role in ROLES:
            whole = self._axis(encoder, bank, inventory, role, SCALES)
            own = [self._axis(encoder, bank, inventory, role, (scale,)) for scale in SCALES]
            drawn = [unit((1 - self.shared) * axis + self.shared * whole) for axis in own]
            self.axes_[role] = np.stack([*drawn, whole], axis=1).astype(np.float32)
        return self

    def raw(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Projections on the axes; see `Estimator.raw`."""
        scores = np.empty((len(vectors), len(COLUMNS)), dtype=np.float32)
        for wording, mask in form_masks(roles, form):
            scores[mask] = project(vectors[mask], self.axes_[wording])
        return scores

    def offset(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Zeros: what raises the cosines to all anchors alike cancels; see `Estimator.offset`."""
        return np.zeros((len(vectors), len(COLUMNS)), dtype=np.float32)

    def _axis(
        self,
        encoder: Encoder,
        bank: AnchorBank,
        inventory: Inventory,
        role: Role,
        scales: Sequence[Scale],
    ) -> NDArray[np.float64]:
        strong, weak = [], []
        for scale in scales:
            poles = bank.poles(scale=scale, role=role)
            strong += [anchor.text for anchor in poles[0]]
            weak += [anchor.text for anchor in poles[1]]
        neutral = [line.text for line in bank.neutral_of(role)] if self.neutral else []
        axis = axis_between(
            encoder.encode(strong),
            encoder.encode(weak),
            encoder.encode(neutral),
            penalty=self.penalty,
        )
        stated, opposite = _statements(inventory, role, scales)
        if stated and opposite and self.inventory_weight:
            means = [
                encoder.encode(texts).mean(axis=0, dtype=np.float64) for texts in (stated, opposite)
            ]
            axis = axis + self.inventory_weight * unit(means[0] - means[1])
        return unit(axis)


def _statements(
    inventory: Inventory, role: Role, scales: Sequence[Scale]
) -> tuple[list[str], list[str]]:
    poles = [inventory.poles(scale=scale, form=role) for scale in scales]
    stated = [text for strong, _ in poles for text in strong]
    return stated, [text for _, weak in poles for text in weak]
