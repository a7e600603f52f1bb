"""How large a difference is against the spread of sessions: Hedges' g."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def hedges_g(a: Array, b: Array) -> float | None:
    """Standardise the difference of two groups' means.

    Parameters
    ----------
    a, b : ndarray of shape (n_a,), (n_b,)
        One value a session, none missing.

    Returns
    -------
    float or None
        J (mean a - mean b) / pooled standard deviation. None where that is undefined: a group
        without sessions, fewer than two degrees of freedom, or no spread in either group.

    Notes
    -----
    J = Gamma(df / 2) / (sqrt(df / 2) Gamma((df - 1) / 2)), df = n_a + n_b - 2, makes g unbiased
    (Hedges 1981, Journal of Educational Statistics 6, 107-128, equation 6e); it needs df > 1.
    Checked against R.

    Examples
    --------
    >>> round(hedges_g(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])), 4)
    0.7979
    """
    if a.size == 0 or b.size == 0:
        return None
    return _unbiased(
        difference=float(a.mean() - b.mean()),
        squares=_squares(a) + _squares(b),
        df=a.size + b.size - 2,
    )


def hedges_g_one(a: Array) -> float | None:
    """Standardise one group's mean against zero.

    Parameters
    ----------
    a : ndarray of shape (n,)
        One value a session, none missing; for a gap, the difference of the two sides (d_z).

    Returns
    -------
    float or None
        J mean / standard deviation, with J as in `hedges_g` and df = n - 1. None where that is
        undefined: fewer than three sessions, or no spread.

    Examples
    --------
    >>> round(hedges_g_one(np.array([1.0, 2.0, 3.0])), 4)
    1.1284
    """
    if a.size == 0:
        return None
    return _unbiased(difference=float(a.mean()), squares=_squares(a), df=a.size - 1)


def standardised(estimate: float, *groups: Array) -> float | None:
    """Standardise a modelled estimate: what `hedges_g` does to the groups' plain means.

    Parameters
    ----------
    estimate : float
        A mean, or the difference of two.
    *groups : ndarray
        The values of the one group, or of both; none missing.

    Returns
    -------
    float or None
        J estimate / pooled standard deviation; it has the estimate's sign. None where undefined.
    """
    if any(group.size == 0 for group in groups):
        return None
    return _unbiased(
        difference=estimate,
        squares=sum(_squares(group) for group in groups),
        df=sum(group.size for group in groups) - len(groups),
    )


def _unbiased(*, difference: float, squares: float, df: int) -> float | None:
    if df < 2 or squares == 0:
        return None
    correction = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2) - 0.5 * math.log(df / 2))
    return correction * difference / math.sqrt(squares / df)


def _squares(values: Array) -> float:
    """Sum the squared deviations; taken from the first value, so that constants give exactly 0."""
    shifted = values - values[0]
    return float(np.sum((shifted - shifted.mean()) ** 2))
