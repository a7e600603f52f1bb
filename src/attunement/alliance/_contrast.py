"""The default estimator: where a turn lies between what is said in strong and weak alliances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attunement.alliance._contract import COLUMNS, Form, Vectors, form_masks
from attunement.embedding import Encoder
from attunement.instruments import AnchorBank, Inventory, load_anchors, load_inventory
from attunement.tables import ROLES, SCALES, Role, Scale


class Contrast:
    """Zero-shot and free of offsets: the projection of a turn on strong-minus-weak axes.

    For each role and scale, from the anchors and, with a small weight, from the inventory,

        c = mean of strong poles - mean of weak poles
        a = unit(unit(c_anchors) + inventory_weight unit(c_inventory))

    A turn's score on the scale is e . a; alliance is the mean of the three (METHOD.md section 3).

    Parameters
    ----------
    bank : AnchorBank, optional
        Utterances at the poles; the shipped bank if none is given.
    inventory : Inventory, optional
        Statements at the poles; the shipped inventory if none is given. An inventory without
        reversed items has no weak pole and is left out.
    inventory_weight : float
        How much the statements count beside the anchors (length 1). Questionnaire sentences do
        not sound like turns: docs/benchmarks.md has what they do alone.

    Attributes
    ----------
    axes_ : dict of str to ndarray of shape (d, 4)
        Per form, the unit axes of task, bond and goal, and their mean for the whole.

    Notes
    -----
    An equal offset on every cosine cancels in the difference of the poles. Scores of the two
    roles lie on axes of their own, so their difference is a role difference, not over- or
    underestimation (METHOD.md section 5).
    """

    name = "contrast"
    on_common_scale = False

    def __init__(
        self,
        *,
        bank: AnchorBank | None = None,
        inventory: Inventory | None = None,
        inventory_weight: float = 0.1,
    ) -> None:
        self.bank = bank
        self.inventory = inventory
        self.inventory_weight = inventory_weight

    def fit(self, encoder: Encoder) -> Self:
        """Embed the poles and learn the axes."""
        self.axes_: dict[Role, Vectors] = {}
        for role in ROLES:
            axes = np.stack([_unit(self._contrast(encoder, role, scale)) for scale in SCALES])
            self.axes_[role] = np.vstack([axes, axes.mean(axis=0)]).T.astype(np.float32)
        return self

    def raw(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Projections on the axes; see `Estimator.raw`."""
        scores = np.empty((len(vectors), len(COLUMNS)), dtype=np.float32)
        for wording, mask in form_masks(roles, form):
            scores[mask] = vectors[mask] @ self.axes_[wording]
        return scores

    def offset(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Zeros: what raises the cosines to both poles alike cancels; see `Estimator.offset`."""
        return np.zeros((len(vectors), len(COLUMNS)), dtype=np.float32)

    def _contrast(self, encoder: Encoder, role: Role, scale: Scale) -> NDArray[np.float64]:
        bank = self.bank or load_anchors()
        strong, weak = bank.poles(scale=scale, role=role)
        contrast = _unit(
            _mean(encoder, [anchor.text for anchor in strong])
            - _mean(encoder, [anchor.text for anchor in weak])
        )
        inventory = self.inventory or load_inventory()
        stated, opposite = inventory.poles(scale=scale, form=role)
        if stated and opposite and self.inventory_weight:
            difference = _unit(_mean(encoder, stated) - _mean(encoder, opposite))
            contrast = contrast + self.inventory_weight * difference
        return contrast


def _mean(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float64]:
    return np.asarray(encoder.encode(texts).mean(axis=0, dtype=np.float64))


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector))
