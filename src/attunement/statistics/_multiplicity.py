"""Many tests in one family: Holm's adjustment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def holm(p_values: Array) -> Array:
    """Adjust the p-values of one family so that any false positive at all keeps its level.

    Parameters
    ----------
    p_values : ndarray of shape (m,)
        The family's p-values, 0 to 1, in any order; NaN where a test could not be made.

    Returns
    -------
    ndarray of shape (m,)
        In the same order, at least as large as the p-values and at most 1. NaN stays NaN and does
        not count towards the family's size.

    Notes
    -----
    The k-th smallest of m is multiplied by m - k + 1, and is at least as large as the one before.
    Needs no assumption on how the tests depend on each other (Holm 1979, Scandinavian Journal of
    Statistics 6, 65-70). Checked against R's p.adjust.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    adjusted = np.full(p_values.shape, np.nan)
    made = np.flatnonzero(~np.isnan(p_values))
    order = made[np.argsort(p_values[made], kind="stable")]
    remaining = np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(remaining * p_values[order]), 1.0)
    return adjusted
