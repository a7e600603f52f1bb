"""Whether agreement predicts an outcome, as rows of the effects table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from attunement.errors import DataError
from attunement.gap.congruence._both_sides import OUTCOME, BothSides, averaged
from attunement.gap.congruence._figure import Figure, Redrawn, effects_table
from attunement.gap.congruence._response_surface import (
    MEANING,
    WEIGHTS,
    response_surface,
    surface_redrawn,
)

FAMILY = "outcome"

QUANTITIES: Mapping[str, str] = dict.fromkeys(WEIGHTS, OUTCOME)


def outcome_effects(
    pairs: pl.DataFrame,
    *,
    group: str,
    instrument: str,
    scale: str,
    draws: int,
    seed: int,
) -> pl.DataFrame:
    """Draw the response surface of an outcome over one group's ratings on one scale.

    Parameters
    ----------
    pairs : DataFrame
        `RATED_PAIRS` of the group's sessions with a numeric column `outcome`. Where no patient's
        outcome changes from session to session it is the patient's, not the session's, and the
        ratings are averaged within patients.
    group : str
        What the group is called.
    instrument, scale : str
        Which ratings.
    draws, seed : int
        Bootstrap draws, and where the random numbers start.

    Returns
    -------
    DataFrame
        `EFFECTS`, family "outcome", rows b0 to b5 and a1 to a4 (see `response_surface`), `finding`
        the reading of a4; where a value cannot be given it is missing and `reason` says why.

    Raises
    ------
    DataError
        A session stands in the pairs twice.
    """
    both = BothSides.of(pairs, instrument=instrument, scale=scale, outcome=True)
    return effects_table(
        _figures(both, draws=draws, seed=seed),
        both.design,
        family=FAMILY,
        group=group,
        instrument=instrument,
        scale=scale,
        quantities=QUANTITIES,
    )


def _figures(both: BothSides, *, draws: int, seed: int) -> list[Figure]:
    if both.missing is not None or both.outcome is None:
        return [Figure(effect=name, reason=both.missing) for name in WEIGHTS]
    units = averaged(both, both.outcome)
    used, outcome = units or (both, both.outcome)
    try:
        surface = response_surface(used.truth, used.judgement, outcome, factors=used.factors)
    except DataError as error:
        return [Figure(effect=name, reason=error.problem) for name in WEIGHTS]
    redrawn = Redrawn(
        used.clusters(draws=draws, seed=seed),
        lambda multiplicities: surface_redrawn(surface, multiplicities=multiplicities),
    )
    of_patients = "" if units is None else "; ratings averaged within patients"
    figures = []
    for name, estimate in surface.estimates.items():
        method = f"{MEANING[name]}; {surface.regression.method}{of_patients}"
        figure = Figure.of(estimate, effect=name, method=method)
        warned = figure.warned(*surface.regression.warnings, *both.warnings)
        figures.append(redrawn.check(warned, instead=not surface.regression.modelled))
    return [replace(one, finding=surface.reading) if one.effect == "a4" else one for one in figures]
