"""The default estimator: where a turn lies between what is said in strong and weak alliances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attunement.alliance._contract import COLUMNS, Form, Vectors, form_masks
from attunement.alliance._reference import load_reference
from attunement.embedding import Encoder
from attunement.instruments import AnchorBank, Inventory, load_anchors, load_inventory
from attunement.tables import ROLES, SCALES, Role, Scale

Matrix = NDArray[np.float64]


class Contrast:
    """Zero-shot and free of offsets: the projection of a turn on strong-minus-weak axes.

    For each role and scale, c = mean of strong poles - mean of weak poles, from the anchors and,
    with a small weight, from the inventory. The direction that all reference turns share is taken
    out of c, and the rest is whitened by the reference turns' covariance:

        a = unit(C^(-whitening) (I - m m') (unit(c_anchors) + inventory_weight unit(c_inventory)))

    A turn's score on the scale is e . a; alliance is the mean of the three.

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
    whitening : float
        The power of the covariance: 0 leaves the axis as it is, 1 divides by the covariance.
    shrinkage : float
        How far the covariance is drawn to a multiple of the identity before its power is taken,
        from 0 to 1. The reference has about twice as many turns as an embedding of the default
        model has dimensions (384), so the covariance needs some; a model with more dimensions
        than turns cannot do without.

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
        whitening: float = 0.5,
        shrinkage: float = 0.7,
    ) -> None:
        self.bank = bank
        self.inventory = inventory
        self.inventory_weight = inventory_weight
        self.whitening = whitening
        self.shrinkage = shrinkage

    def fit(self, encoder: Encoder) -> Self:
        """Embed the poles and the reference turns, and learn the axes."""
        reference = encoder.encode(load_reference().texts).astype(np.float64)
        common = _unit(reference.mean(axis=0))
        whitener = _power_of_covariance(reference, power=-self.whitening, shrinkage=self.shrinkage)
        self.axes_: dict[Role, Vectors] = {}
        for role in ROLES:
            contrasts = np.stack([self._contrast(encoder, role, scale) for scale in SCALES])
            centred = contrasts - np.outer(contrasts @ common, common)
            axes = np.stack([_unit(axis) for axis in centred @ whitener])
            whole = axes.mean(axis=0)
            self.axes_[role] = np.vstack([axes, whole]).T.astype(np.float32)
        return self

    def raw(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Projections on the axes; see `Estimator.raw`."""
        scores = np.empty((len(vectors), len(COLUMNS)), dtype=np.float32)
        for wording, mask in form_masks(roles, form):
            scores[mask] = vectors[mask] @ self.axes_[wording]
        return scores

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


def _power_of_covariance(vectors: Matrix, *, power: float, shrinkage: float) -> Matrix:
    """Raise the shrunk covariance of the rows to a power; symmetric, of shape (d, d)."""
    centred = vectors - vectors.mean(axis=0)
    covariance = centred.T @ centred / len(centred)
    size = len(covariance)
    target = np.trace(covariance) / size * np.eye(size)
    values, directions = np.linalg.eigh((1 - shrinkage) * covariance + shrinkage * target)
    return np.asarray((directions * values**power) @ directions.T)
