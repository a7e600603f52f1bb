"""Intervals of shares that are counted: how often of how many times.

A share near 0 or 1 has an interval that reaches further towards the middle than to the end. So the
jackknife over clusters is taken on the logit, with half an event added on either side; and where it
never happened, or always did, clusters say how far that carries: as if each had one say (Clopper &
Pearson 1934, Biometrika 26, 404-413), which is wide, and right however alike a cluster's answers.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from attunement.audit._clusters import FEWEST_CLUSTERS
from attunement.audit._shares import FEW, NONE, SAME, Array, Share, estimate
from attunement.statistics import LEVEL, Estimate, t_quantile


def proportion(share: Share) -> tuple[Estimate | None, str | None]:
    """Estimate a share of counts between 0 and 1, or say why it has no interval."""
    figure = share.figure
    if figure is None:
        return None, NONE
    clusters = np.unique(share.codes[share.known])
    if len(clusters) < FEWEST_CLUSTERS:
        return None, FEW
    plain, _ = estimate(share)
    bounds = _of_all_or_none(figure, len(clusters)) or _bounds(share.by_cluster(clusters))
    if bounds is None:
        return None, SAME
    low, high = bounds
    return Estimate(
        estimate=figure,
        se=plain.se if plain is not None else 0.0,
        df=len(clusters) - 1,
        ci_low=min(low, figure),
        ci_high=max(high, figure),
        p_val=plain.p_val if plain is not None else float("nan"),
    ), None


def _of_all_or_none(figure: float, n: int) -> tuple[float, float] | None:
    if 0 < figure < 1:
        return None
    least = ((1 - LEVEL) / 2) ** (1 / n)
    return (0.0, 1 - least) if figure <= 0 else (least, 1.0)


def _bounds(sums: Array) -> tuple[float, float] | None:
    whole = sums.sum(axis=0)
    middle, left = _logit(whole), _logit(whole - sums)
    n = len(left)
    variance = (n - 1) / n * float(np.sum((left - middle) ** 2))
    if variance <= 0:
        return None
    half = t_quantile(n - 1) * np.sqrt(variance)
    return float(expit(middle - half)), float(expit(middle + half))


def _logit(sums: Array) -> Array:
    over, under = sums[..., 0], sums[..., 1]
    return np.asarray(np.log((over + 0.5) / (under - over + 0.5)))
