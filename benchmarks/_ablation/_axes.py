"""Estimators beside the default: its axes with something done to them, and nearest anchors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from attunement.alliance import COLUMNS, Contrast, Form, Vectors, load_reference
from attunement.embedding import Encoder
from attunement.instruments import AnchorBank, load_anchors
from attunement.tables import ROLES, SCALES, Role, Scale

Matrix: TypeAlias = NDArray[np.float64]
Reshape: TypeAlias = Callable[[Encoder, Role, Matrix], Matrix]
"""From an encoder, a role and its axes, of shape (d, 4), to other axes of any length."""

SHRINKAGE = 0.7
"""How far the reference turns' covariance is drawn to a round one before it whitens."""


class Reshaped(Contrast):
    """A contrast with something done to its axes."""

    def __init__(self, contrast: Contrast, reshape: Reshape) -> None:
        super().__init__(
            bank=contrast.bank,
            inventory=contrast.inventory,
            inventory_weight=contrast.inventory_weight,
            penalty=contrast.penalty,
            neutral=contrast.neutral,
            shared=contrast.shared,
        )
        self.reshape = reshape

    def fit(self, encoder: Encoder) -> Self:
        super().fit(encoder)
        for role, axes in self.axes_.items():
            reshaped = self.reshape(encoder, role, axes.astype(np.float64))
            lengths = np.linalg.norm(reshaped, axis=0)
            self.axes_[role] = (reshaped / lengths).astype(np.float32)
        return self


def mean_of_scales(encoder: Encoder, role: Role, axes: Matrix) -> Matrix:
    """Let the mean of the three scales' axes stand for the whole's own."""
    return np.column_stack([axes[:, : len(SCALES)], axes[:, : len(SCALES)].mean(axis=1)])


def half_whitened(encoder: Encoder, role: Role, axes: Matrix) -> Matrix:
    """Turn axes by C^(-1/2), C the reference turns' covariance within roles, shrunk."""
    groups = [reference_turns(encoder, one)[0] for one in ROLES]
    centred = np.vstack([group - group.mean(axis=0) for group in groups])
    covariance = centred.T @ centred / len(centred)
    round_one = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * round_one
    values, directions = np.linalg.eigh(shrunk)
    return np.asarray((directions / np.sqrt(values)) @ directions.T @ axes)


def without_length(encoder: Encoder, role: Role, axes: Matrix) -> Matrix:
    """Make scores of the role's reference turns uncorrelated with the logarithm of their words.

    Each dimension is regressed on log words; the direction of those slopes is taken out.
    """
    vectors, texts = reference_turns(encoder, role)
    log_words = np.log([max(1, len(text.split())) for text in texts])
    return without(axes, (vectors - vectors.mean(axis=0)).T @ (log_words - log_words.mean()))


def without_life(encoder: Encoder, role: Role, axes: Matrix) -> Matrix:
    """Take out the direction in which the role's neutral lines differ most: life, good and bad."""
    lines = encoder.encode([line.text for line in load_anchors().neutral_of(role)])
    centred = lines.astype(np.float64) - lines.mean(axis=0, dtype=np.float64)
    return without(axes, np.linalg.svd(centred, full_matrices=False)[2][0])


def without(axes: Matrix, direction: Matrix) -> Matrix:
    """Take a direction, of any length, out of axes."""
    return axes - np.outer(direction, direction @ axes) / (direction @ direction)


def reference_turns(encoder: Encoder, role: Role) -> tuple[Matrix, list[str]]:
    reference = load_reference()
    texts = [
        text for one, text in zip(reference.roles, reference.texts, strict=True) if one == role
    ]
    return encoder.encode(texts).astype(np.float64), texts


class NearestAnchors:
    """Held against the anchors that a turn comes close to, in place of their mean.

    With t the temperature, S and W the strong and weak anchors of a scale,

        score = t log mean exp(e . S / t) - t log mean exp(e . W / t)

    which is the difference between the nearest strong and the nearest weak anchor as t goes to 0,
    and between the means of all as t grows. No neutral lines, no inventory, no offset.
    """

    name = "nearest anchors"
    on_common_scale = False

    def __init__(self, bank: AnchorBank, *, temperature: float) -> None:
        self.bank = bank
        self.temperature = temperature

    def fit(self, encoder: Encoder) -> Self:
        cells = [(role, scale) for role in ROLES for scale in SCALES]
        self.poles_ = {cell: self._poles(encoder, *cell) for cell in cells}
        return self

    def raw(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        scores = np.empty((len(vectors), len(COLUMNS)), dtype=np.float32)
        wordings = np.asarray(roles if form == "own" else [form] * len(vectors), dtype=object)
        for role in ROLES:
            rows = wordings == role
            each = [self.poles_[role, scale] for scale in SCALES]
            whole = tuple(np.vstack(poles) for poles in zip(*each, strict=True))
            for column, (strong, weak) in enumerate([*each, whole]):
                scores[rows, column] = self._near(vectors[rows], strong) - self._near(
                    vectors[rows], weak
                )
        return scores

    def offset(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        return np.zeros((len(vectors), len(COLUMNS)), dtype=np.float32)

    def _near(self, vectors: Vectors, anchors: Matrix) -> Matrix:
        cosines = vectors.astype(np.float64) @ anchors.T
        t = self.temperature
        return np.asarray(t * (logsumexp(cosines / t, axis=1) - np.log(len(anchors))))

    def _poles(self, encoder: Encoder, role: Role, scale: Scale) -> tuple[Matrix, Matrix]:
        strong, weak = (
            encoder.encode([anchor.text for anchor in pole]).astype(np.float64)
            for pole in self.bank.poles(scale=scale, role=role)
        )
        return strong, weak
