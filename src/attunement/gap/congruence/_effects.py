"""Congruence as rows of the effects table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from attunement.errors import DataError
from attunement.gap.congruence._both_sides import BothSides, first_and_last
from attunement.gap.congruence._figure import Figure, effects_table
from attunement.gap.congruence._questions import (
    BEYOND,
    BIAS,
    MEAN,
    QUANTITIES,
    QUESTIONS,
    Question,
    change,
    disagreement,
)
from attunement.gap.congruence._standard import Standard
from attunement.statistics import SMALL_GROUP, patient_means, sign_flip_p

FAMILY = "congruence"


def congruence_effects(
    pairs: pl.DataFrame,
    *,
    group: str,
    instrument: str,
    scale: str,
    draws: int,
    seed: int,
    reliability: float | None = None,
    standard: Standard | None = None,
) -> pl.DataFrame:
    """Answer every question of congruence for one group's ratings on one scale.

    Parameters
    ----------
    pairs : DataFrame
        `RATED_PAIRS` of the group's sessions; the instrument's other scales serve the reliability.
        With a column `number`, the session's in the treatment, each patient's first session is
        also compared with the last.
    group : str
        What the group is called.
    instrument, scale : str
        Which ratings.
    draws, seed : int
        Bootstrap and permutation draws, and where the random numbers start.
    reliability : float, optional
        Of the scale, for reliable change; see `Standard.of`.
    standard : Standard, optional
        What reliable change is measured by, if not by this group alone: one standard for all
        groups says the same of the same difference.

    Returns
    -------
    DataFrame
        `EFFECTS`, family "congruence", one row an effect; where a value cannot be given it is
        missing and `reason` says why. `p_holm`, `g` and `controls` are left empty.

    Raises
    ------
    DataError
        A session stands in the pairs twice.
    UsageError
        The reliability is not between 0 and 1.
    """
    key = {"family": FAMILY, "group": group, "instrument": instrument, "scale": scale}
    both = BothSides.of(pairs, instrument=instrument, scale=scale)
    unmeasured: list[Figure] = []
    try:
        standard = standard or Standard.of(
            pairs, instrument=instrument, scale=scale, reliability=reliability
        )
    except DataError as error:
        unmeasured = [Figure(effect=BEYOND, reason=both.missing or error.problem)]
    questions = QUESTIONS if standard is None else (*QUESTIONS, disagreement(standard))
    figures = _answers(both, questions, draws=draws, seed=seed) + unmeasured
    if len(both.truth) < SMALL_GROUP:
        figures = [
            _exact(one, both, draws=draws, seed=seed) if one.effect in (MEAN, BIAS) else one
            for one in figures
        ]
    table = effects_table(figures, both.design, **key, quantities=QUANTITIES)
    if standard is None or "number" not in pairs.columns:
        return table
    ends = first_and_last(pairs, instrument=instrument, scale=scale)
    changed = _answers(ends, [change(standard)], draws=draws, seed=seed)
    return pl.concat([table, effects_table(changed, ends.design, **key, quantities=QUANTITIES)])


def _answers(
    both: BothSides, questions: Sequence[Question], *, draws: int, seed: int
) -> list[Figure]:
    if both.missing is not None:
        effects = [effect for question in questions for effect in question.effects]
        return [Figure(effect=effect, reason=both.missing) for effect in effects]
    clusters = both.clusters(draws=draws, seed=seed)
    found = [figure for question in questions for figure in question.ask(both, clusters)]
    return [figure.warned(*both.warnings) for figure in found]


def _exact(figure: Figure, both: BothSides, *, draws: int, seed: int) -> Figure:
    """Replace the p of a few sessions' mean gap by that of flipping patients' signs."""
    if figure.p_val is None:
        return figure
    means = patient_means(both.judgement - both.truth, both.design.patients)
    p_val = sign_flip_p(means, draws=draws, rng=np.random.default_rng(seed))
    method = f"{figure.method}; p by exchanging patients"
    reason = "too few patients for a test" if p_val is None else figure.reason
    return replace(figure, p_val=p_val, method=method, reason=reason)
