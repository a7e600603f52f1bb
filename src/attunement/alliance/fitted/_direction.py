"""Whether ratings rise where the zero-shot scores do: a head learns a reversed scale as gladly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from attunement.alliance.fitted._features import Layout
from attunement.alliance.fitted._material import Material
from attunement.alliance.fitted._rated import Rated, patients_of
from attunement.statistics import Interval, Resampling, spearmans
from attunement.tables import ALLIANCE, MEASURES


def zero_shot_agreement(
    material: Material, rated: Sequence[Rated], *, draws: int = 999, seed: int = 0
) -> list[Interval]:
    """Hold each rated scale against the zero-shot scores of the words of the side that rated.

    Parameters
    ----------
    material : Material
        Sessions as features.
    rated : sequence of Rated
        What was rated; see `rated_sessions`.
    draws, seed : int
        Of the bootstrap over patients.

    Returns
    -------
    list of Interval
        For each scale, Spearman's correlation with the scores of the same name, or those of the
        whole, late turns counting most, and its 95% interval.
    """
    layout = Layout(material.hearing.dimension)
    patients = pl.Series(patients_of(material))
    found = []
    for one in rated:
        named = one.scale.casefold()
        measure = named if named in MEASURES else ALLIANCE
        column = layout.contrast_column(one.perspective, measure)
        scores = material.features[one.rows, column].astype(np.float64)
        heard = np.isfinite(scores)
        resampling = Resampling.of(patients[one.rows[heard]], draws=draws, seed=seed)
        found += resampling.intervals(spearmans(scores[heard], one.ratings[heard]))
    return found
