"""Correlations, plain, by ranks and partial, of many weighted draws at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from attunement.statistics._drawn import Array, Statistic

_NO_SPREAD = 1e-13
"""A variance, of values that span no more than 1, that is rounding and not spread."""

_EQUAL = 12
"""Decimals, of a column that spans 1, to which values are told apart: means of equal values differ
in the last bits, and must still tie."""

_COLLINEAR = 1e-9
"""A share of variance that is nothing left."""


def pearson(x: Array, y: Array, *given: Array) -> float:
    """Give Pearson's correlation of two columns, a straight line through others taken out.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        None missing.
    *given : ndarray of shape (n,)
        What is partialled out of both, together.

    Returns
    -------
    float
        NaN where either column, or what is left of it, does not vary.

    Examples
    --------
    >>> round(pearson(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])), 3)
    0.5
    """
    return float(pearsons(x, y, *given)(_once(x))[0, 0])


def spearman(x: Array, y: Array, *given: Array) -> float:
    """Give Spearman's correlation: Pearson's of the ranks, ties sharing their mean rank.

    Others are partialled out by their ranks. Parameters and value as in `pearson`.

    Examples
    --------
    >>> round(spearman(np.array([1.0, 5.0, 5.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])), 4)
    0.9487
    """
    return float(spearmans(x, y, *given)(_once(x))[0, 0])


def pearsons(*columns: Array) -> Statistic:
    """Make the statistic of `pearson`: the first two columns, the others partialled out."""
    centred = [unit(column) for column in columns]

    def statistic(weights: Array) -> Array:
        wide = [np.broadcast_to(one, weights.shape) for one in centred]
        return partial(correlations(wide, weights))[:, None]

    return statistic


def spearmans(*columns: Array) -> Statistic:
    """Make the statistic of `spearman`: ranked anew in every draw."""
    ranked = [ranks(column, span_one=True) for column in columns]

    def statistic(weights: Array) -> Array:
        return partial(correlations([one(weights) for one in ranked], weights))[:, None]

    return statistic


def together(*statistics: Statistic) -> Statistic:
    """Set several statistics of the same rows side by side."""
    return lambda weights: np.hstack([one(weights) for one in statistics])


def ranks(column: Array, *, span_one: bool = False) -> Callable[[Array], Array]:
    """Make the function that ranks a column in every draw, ties sharing their mean rank.

    A row drawn w times is w equal values. The order is found once; a draw only counts. With
    `span_one` the ranks are centred and divided by how many there are.
    """
    column = np.round(unit(column), _EQUAL)
    order = np.argsort(column, kind="stable")
    ordered = column[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    tie = np.empty(len(column), dtype=np.intp)
    tie[order] = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(column)]))

    tied = len(starts) < len(column)

    def ranked(weights: Array) -> Array:
        drawn = weights[:, order]
        if tied:
            drawn = np.add.reduceat(drawn, starts, axis=1)
        middles = np.cumsum(drawn, axis=1)
        drawn *= 0.5
        middles -= drawn
        if span_one:
            middles /= weights.sum(axis=1, keepdims=True)
        middles += -0.5 if span_one else 0.5
        return np.asarray(middles[:, tie])

    return ranked


def unit(column: Array) -> Array:
    """Centre a column and make it span 1; all 0 where it differs by no more than rounding."""
    if not len(column):
        return column
    span = float(np.ptp(column))
    if span <= 10.0**-_EQUAL * float(np.max(np.abs(column))):
        return np.zeros(len(column))
    return np.asarray((column - column.mean()) / span)


def correlations(columns: Sequence[Array], weights: Array) -> Array:
    """Correlate columns of shape (d, n) in each of d draws.

    Parameters
    ----------
    columns : sequence of ndarray
        Near zero and of span 1 at most, so that spread can be told from rounding.
    weights : ndarray of shape (d, n)
        How often each row counts.

    Returns
    -------
    ndarray of shape (d, m, m)
        0 where a column does not vary, on the diagonal too.
    """
    total = weights.sum(axis=1)
    weighted = [column * weights for column in columns]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [one.sum(axis=1) / total for one in weighted]
    products = np.empty((len(weights), len(columns), len(columns)))
    for i, one in enumerate(weighted):
        for j, other in enumerate(columns[: i + 1]):
            products[:, i, j] = products[:, j, i] = np.einsum("dn,dn->d", one, other)
    return from_moments(total, np.stack(means, axis=1), products)


def from_moments(total: Array, means: Array, products: Array) -> Array:
    """Correlate from counts (d), means (d, m), sums of products (d, m, m); see `correlations`."""
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = products / total[:, None, None]
        covariance = raw - means[:, :, None] * means[:, None, :]
        variance = np.diagonal(covariance, axis1=1, axis2=2)
        varies = variance > _NO_SPREAD
        scale = np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1)), 0)
    found = covariance * scale[:, :, None] * scale[:, None, :]
    return np.asarray(np.where(np.isfinite(found), found, 0))


def partial(matrices: Array) -> Array:
    """Correlate the first two variables with the others partialled out, draw by draw.

    The Schur complement of the others' block. A variable that does not vary takes nothing out;
    others that say the same are taken out once (pseudo-inverse).
    """
    left = matrices[:, :2, :2]
    if matrices.shape[1] > 2:
        across = matrices[:, :2, 2:]
        inverse = np.linalg.pinv(matrices[:, 2:, 2:], rcond=_COLLINEAR, hermitian=True)
        left = left - across @ inverse @ np.swapaxes(across, 1, 2)
    x, y = left[:, 0, 0], left[:, 1, 1]
    defined = (x > _COLLINEAR) & (y > _COLLINEAR)
    root = np.sqrt(np.where(defined, x * y, 1))
    return np.asarray(np.where(defined, np.clip(left[:, 0, 1] / root, -1, 1), np.nan))


def _once(column: Array) -> Array:
    return np.ones((1, len(column)))
