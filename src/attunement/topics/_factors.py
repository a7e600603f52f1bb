"""What words go together: a non-negative factorisation of documents by words."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import svds
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer

from attunement.topics._words import Counts

Array = NDArray[np.float64]

_SMALL = 100


def word_factors(counts: Counts, n_factors: int, *, random_state: int) -> Array:
    """Factorise documents by words, tf-idf weighted, into factors of words.

    Parameters
    ----------
    counts : sparse array of shape (documents, words)
        Word counts.
    n_factors : int
        How many factors.
    random_state : int
        Seed of the vector that the singular value decomposition is started from; the
        decomposition converges to the last digits, so that the seed should not matter.

    Returns
    -------
    ndarray of shape (n_factors, words)
        Each factor's words as shares: rows sum to 1, or to 0 where there are fewer factors.

    Notes
    -----
    Lee and Seung (1999), started from the singular vectors (Boutsidis and Gallopoulos 2008),
    which leaves nothing to chance.
    """
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counts).astype(np.float64)
    documents, words = _double_svd(weighted, n_factors, random_state=random_state)
    model = NMF(n_factors, init="custom", max_iter=300, tol=1e-3)
    with warnings.catch_warnings():
        # What follows needs a good factorisation, not the best.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit_transform(weighted, W=documents, H=words)
    factors = np.asarray(model.components_, dtype=np.float64)
    return np.asarray(factors / np.maximum(factors.sum(axis=1, keepdims=True), 1e-12))


def _double_svd(weighted: Counts, n_factors: int, *, random_state: int) -> tuple[Array, Array]:
    """Give the heavier signed half of each pair of singular vectors (NNDSVD)."""
    left, values, right = _svd(weighted, n_factors, random_state=random_state)
    documents = np.zeros((weighted.shape[0], n_factors))
    words = np.zeros((n_factors, weighted.shape[1]))
    for factor, (u, value, v) in enumerate(zip(left.T, values, right, strict=True)):
        halves = [(np.maximum(sign * u, 0), np.maximum(sign * v, 0)) for sign in (1, -1)]
        weights = [np.linalg.norm(a) * np.linalg.norm(b) for a, b in halves]
        (a, b), weight = halves[int(np.argmax(weights))], max(weights)
        if weight > 0:
            documents[:, factor] = np.sqrt(value * weight) * a / np.linalg.norm(a)
            words[factor] = np.sqrt(value * weight) * b / np.linalg.norm(b)
    return documents, words


def _svd(weighted: Counts, n: int, *, random_state: int) -> tuple[Array, Array, Array]:
    """Give the n largest singular values, largest first, and their vectors."""
    if min(weighted.shape) <= max(n, _SMALL):
        left, values, right = np.linalg.svd(weighted.toarray(), full_matrices=False)
        return left[:, :n], values[:n], right[:n]
    start = np.random.default_rng(random_state).normal(size=min(weighted.shape))
    left, values, right = svds(weighted, k=n, v0=start)
    order = np.argsort(-values)
    return left[:, order], values[order], right[order]
