"""How large a difference is against the spread of sessions: Hedges' g."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def hedges_g(estimate: float, *groups: Array) -> float | None:
    """Standardise a mean, or the difference of two, by the spread of sessions within groups.

    Parameters
    ----------
    estimate : float
        As modelled; with the groups' plain means this is Hedges' own g (of one group, d_z).
    *groups : ndarray
        The values of the one group, or of both, one a session; none missing.

    Returns
    -------
    float or None
        J estimate / pooled standard deviation; it has the estimate's sign. None where that is
        undefined: a group without sessions, fewer than two degrees of freedom, or no spread.

    Notes
    -----
    J = Gamma(df / 2) / (sqrt(df / 2) Gamma((df - 1) / 2)), df = n - number of groups, makes g
    unbiased (Hedges 1981, Journal of Educational Statistics 6, 107-128, equation 6e); it needs
    df > 1. Checked against R.

    Examples
    --------
    >>> round(hedges_g(1.0, np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])), 4)
    0.7979
    """
    df = sum(group.size for group in groups) - len(groups)
    if df < 2 or any(group.size == 0 for group in groups):
        return None
    squares = sum(_squares(group) for group in groups)
    if squares == 0:
        return None
    correction = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2) - 0.5 * math.log(df / 2))
    return correction * estimate / math.sqrt(squares / df)


def _squares(values: Array) -> float:
    """Sum the squared deviations; taken from the first value, so that constants give exactly 0."""
    shifted = values - values[0]
    return float(np.sum((shifted - shifted.mean()) ** 2))
