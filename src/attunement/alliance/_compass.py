"""The published estimator: cosine to each questionnaire statement, summed under the key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from attunement.alliance._contract import Form, Vectors, form_masks
from attunement.embedding import Encoder
from attunement.instruments import Inventory, load_inventory
from attunement.tables import ROLES, SCALES, Role


class Compass:
    """The estimator of COMPASS (Lin et al. 2025), kept for comparison.

    With s_k the cosine of a turn and statement k of the speaker's form,
    scale_S = sum over k in S of key_k s_k, and alliance = the sum over all k.

    Parameters
    ----------
    inventory : Inventory, optional
        The statements and their key; Attunement's own, whose reversed items follow the WAI-36,
        if none is given.

    Attributes
    ----------
    statements_ : dict of str to ndarray of shape (K, d)
        The embedded statements, per form.

    Notes
    -----
    The keys of the WAI-36 sum to +2 on task, +6 on bond and 0 on goal, so whatever raises every
    cosine alike raises bond and task and leaves goal: the published pattern can arise with no
    alliance in it (METHOD.md section 3). `Contrast` has no such offset.

    References
    ----------
    Lin B. et al. (2025). Translational Psychiatry 15. doi:10.1038/s41398-025-03379-3
    """

    name = "compass"
    on_common_scale = False

    def __init__(self, *, inventory: Inventory | None = None) -> None:
        self.inventory = inventory

    def fit(self, encoder: Encoder) -> Self:
        """Embed the statements of both forms."""
        inventory = self.inventory or load_inventory()
        self.statements_ = {role: encoder.encode(inventory.statements(role)) for role in ROLES}
        keys = np.asarray(inventory.keys, dtype=np.float32)
        scales = np.asarray(inventory.scales)
        on_scale = np.stack([scales == scale for scale in SCALES], axis=1)
        self.weights_ = np.column_stack([keys[:, None] * on_scale, keys]).astype(np.float32)
        return self

    def raw(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Keyed sums of cosines; see `Estimator.raw`."""
        scores = np.empty((len(vectors), self.weights_.shape[1]), dtype=np.float32)
        for wording, mask in form_masks(roles, form):
            scores[mask] = vectors[mask] @ (self.statements_[wording].T @ self.weights_)
        return scores

    def offset(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        """Mean cosine times the sum of a scale's keys; see `Estimator.offset`."""
        mean_cosine = np.empty(len(vectors), dtype=np.float32)
        for wording, mask in form_masks(roles, form):
            mean_cosine[mask] = vectors[mask] @ self.statements_[wording].mean(axis=0)
        return np.outer(mean_cosine, self.weights_.sum(axis=0))
