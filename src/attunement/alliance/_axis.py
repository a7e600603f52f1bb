"""The direction in which strong utterances part from weak ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attunement.alliance._contract import Vectors

PENALTY = 0.0125
"""Ridge penalty, in units of the mean squared length of the centred utterances (about 1)."""

_TARGETS = (1.0, -1.0, 0.0)


def axis_between(
    strong: Vectors, weak: Vectors, neutral: Vectors, *, penalty: float = PENALTY
) -> NDArray[np.float64]:
    """Find the unit axis on which strong lies at +1, weak at -1 and neutral at 0, as far as can be.

    With x an utterance's embedding, t its target, and each group counting one share,

        w = argmin  E[(t - E t - (x - E x) . w)^2] + penalty |w|^2,    a = w / |w|

    which is the difference of the poles' means, turned away from the directions in which
    utterances of one pole, and neutral ones, differ among themselves. With a large penalty it is
    the difference of means itself, pulled towards nothing but scale.

    Parameters
    ----------
    strong, weak : ndarray of shape (n, d)
        Unit-norm embeddings of the poles.
    neutral : ndarray of shape (n, d)
        Of utterances that say nothing of the alliance; may have no rows.
    penalty : float
        How far directions that hardly vary among the utterances are held back.

    Returns
    -------
    ndarray of shape (d,)
        Of length 1. What raises the cosine to every utterance alike does not move a score on it,
        because the utterances are centred.

    References
    ----------
    Friedman J. H. (1989). Regularized discriminant analysis. JASA 84, 165-175.
    """
    groups = [group for group in (strong, weak, neutral) if len(group)]
    targets = np.repeat(_TARGETS[: len(groups)], [len(group) for group in groups])
    shares = np.concatenate([np.full(len(one), 1.0 / len(one) / len(groups)) for one in groups])
    utterances = np.vstack(groups).astype(np.float64)
    centred = utterances - shares @ utterances
    weighted = centred * shares[:, None]
    covariance = weighted.T @ centred
    slopes = np.linalg.solve(
        covariance + penalty * np.eye(len(covariance)), weighted.T @ (targets - shares @ targets)
    )
    return unit(slopes)


def project(vectors: Vectors, directions: Vectors) -> Vectors:
    """Give the dot product of each vector with each direction, whatever stands beside it.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        One a turn.
    directions : ndarray of shape (d, k)
        Axes, or anchors.

    Returns
    -------
    ndarray of shape (n, k)
        Summed in double precision: in single precision a turn's last digits would depend on how
        many turns are projected with it, and a turn heard alone would score otherwise than in its
        session.
    """
    return (vectors.astype(np.float64) @ directions.astype(np.float64)).astype(np.float32)


def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the vector of the same direction and length 1."""
    return np.asarray(vector / np.linalg.norm(vector))
