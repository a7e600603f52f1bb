"""Ridge regression on blocks of features, its penalty chosen by leaving patients out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

Numbers = NDArray[np.float64]
Groups = NDArray[np.int64]

PENALTIES = tuple(float(one) for one in np.logspace(-0.5, 2.5, 7))
"""On the scale of a session's own kernel value, which is the sum of the blocks' weights."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How raw features become comparable columns.

    Attributes
    ----------
    mean, factor : ndarray of shape (width,)
        z = (x - mean) * factor, where factor is the root of the column's weight over its standard
        deviation. Columns that do not vary have a factor of 0; NaN becomes the mean.
    """

    mean: Numbers
    factor: Numbers

    @classmethod
    def of(cls, features: Numbers, column_weights: Numbers) -> Scaling:
        """Learn it from sessions."""
        known = np.isfinite(features)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, features, 0.0).sum(axis=0) / count
        spread = np.where(known, features - mean, 0.0)
        sd = np.sqrt((spread**2).sum(axis=0) / count)
        varies = sd > 1e-9 * np.maximum(1.0, np.abs(mean))
        factor = np.where(varies, np.sqrt(column_weights) / np.where(varies, sd, 1.0), 0.0)
        return cls(mean=mean, factor=factor)

    def apply(self, features: Numbers) -> Numbers:
        """Scale sessions; what is not known counts as average."""
        return np.where(np.isfinite(features), (features - self.mean) * self.factor, 0.0)


@dataclass(frozen=True, slots=True)
class Head:
    """A linear head: value = intercept + slopes . x, on raw features.

    Attributes
    ----------
    scaling : Scaling
        Of the features.
    slopes : ndarray of shape (width,)
        On scaled features.
    intercept : float
        The mean rating of the sessions it was fitted on.
    penalty : float
        The one that was chosen.
    """

    scaling: Scaling
    slopes: Numbers
    intercept: float
    penalty: float

    def predict(self, features: Numbers) -> Numbers:
        """Give the value for each row of features."""
        return np.asarray(self.intercept + self.scaling.apply(features) @ self.slopes)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A head, and what heads fitted without each patient say of that patient's sessions.

    Attributes
    ----------
    head : Head
        Fitted on all sessions.
    predictions : ndarray of shape (n,)
        For each session, by the head fitted without its patient at the same penalty.
    """

    head: Head
    predictions: Numbers


def fit_heads(
    features: Numbers, ratings: Numbers, patients: Groups, *, column_weights: Numbers
) -> list[LeftOut]:
    """Fit one head a scale, each with the penalty that predicts left-out patients best.

    Parameters
    ----------
    features : ndarray of shape (n, width)
        Sessions; NaN where unknown.
    ratings : ndarray of shape (n, scales)
        What was rated; no NaN.
    patients : ndarray of int, shape (n,)
        Whose session it is; a patient's sessions are left out together.
    column_weights : ndarray of shape (width,)
        How freely a column may be used, before any rating is seen.

    Returns
    -------
    list of LeftOut
        In the order of the columns of `ratings`.

    Notes
    -----
    With kernel K of the scaled and centred features and H = K (K + penalty I)^-1 + 11'/n, the
    residuals of a patient g when g is left out are (I - H_gg)^-1 (y - H y)_g, exactly, up to the
    scaling of the features, which is learned with g. One eigendecomposition serves all penalties
    and scales.
    """
    scaling = Scaling.of(features, column_weights)
    scaled = scaling.apply(features)
    values, vectors = eigh(scaled @ scaled.T)
    values = np.maximum(values, 0.0)
    members = [np.flatnonzero(patients == patient) for patient in np.unique(patients)]
    means = ratings.mean(axis=0)
    centred = ratings - means
    projected = vectors.T @ centred
    residuals = np.stack(
        [_left_out(values, vectors, centred, projected, members, one) for one in PENALTIES]
    )
    best = (residuals**2).sum(axis=1).argmin(axis=0)
    heads = []
    for scale, choice in enumerate(best):
        penalty = PENALTIES[choice]
        dual = vectors @ (projected[:, scale] / (values + penalty))
        head = Head(scaling, scaled.T @ dual, float(means[scale]), penalty)
        heads.append(LeftOut(head, ratings[:, scale] - residuals[choice, :, scale]))
    return heads


def _left_out(
    values: Numbers,
    vectors: Numbers,
    centred: Numbers,
    projected: Numbers,
    members: Sequence[NDArray[np.intp]],
    penalty: float,
) -> Numbers:
    """Residuals of every session when its patient is left out, shape (n, scales)."""
    shrink = values / (values + penalty)
    residual = centred - vectors @ (shrink[:, None] * projected)
    left_out = np.empty_like(residual)
    for rows in members:
        mine = vectors[rows]
        hat = (mine * shrink) @ mine.T + 1.0 / len(vectors)
        left_out[rows] = np.linalg.solve(np.eye(len(rows)) - hat, residual[rows])
    return left_out
