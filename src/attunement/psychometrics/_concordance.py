"""Two raters on one range: Lin's concordance, and how far one stands above the other."""

from __future__ import annotations

import numpy as np

from attunement.statistics import Array, Statistic


def concordance(x: Array, y: Array) -> float:
    """Give Lin's concordance: how close pairs lie to the line of equality.

    CCC = 2 s_xy / (s_x^2 + s_y^2 + (mean x - mean y)^2), variances divided by n.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        None missing, on one range.

    Returns
    -------
    float
        NaN where neither varies and both are equal.

    References
    ----------
    Lin L.I.-K. (1989). Biometrics 45, 255-268.

    Examples
    --------
    The same order, one point higher:

    >>> round(concordance(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])), 3)
    0.571
    """
    return float(concordances(x, y)(np.ones((1, len(x))))[0, 0])


def concordances(x: Array, y: Array) -> Statistic:
    """Make the statistic of `concordance` in every draw, and with it the mean of x - y."""
    centre = y.mean()
    columns = np.column_stack([x - centre, y - centre])
    squares = np.column_stack([columns**2, columns.prod(axis=1)])

    def statistic(weights: Array) -> Array:
        n = weights.sum(axis=1)
        mx, my = (weights @ columns / n[:, None]).T
        xx, yy, xy = (weights @ squares / n[:, None]).T
        below = xx - mx**2 + yy - my**2 + (mx - my) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            ccc = np.where(below > 1e-12, 2 * (xy - mx * my) / below, np.nan)
        return np.stack([ccc, mx - my], axis=1)

    return statistic
