"""Corpora whose gap is known: tables of scores, sessions and ratings drawn from a stated model.

A session has a truth (the level of its patient's turns) and a gap (how much higher its therapist's
turns lie), one number a scale:

    truth = level of the condition + patient + session
    gap   = gap of the condition + (truth force - 1)(truth - level) + therapist + patient + session
    turn  = truth + [gap + slope of the session (time - 1/2)] if the therapist speaks
            + length effect (log words - its mean) + AR(1) noise, partly common to both roles

All in units of a turn's noise. What an estimator makes of a turn's `signal` is in `ContrastLike`
(the signal, plus a constant a role and form) and `CompassLike` (keyed sums of the cosines of 36
statements a form, each with the signal, an offset a role and form, and noise of its own).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from benchmarks._simulated._estimators import (
    COLUMNS,
    CompassLike,
    ContrastLike,
    EstimatorLike,
    Measured,
    owned_by,
    wai_key,
)
from benchmarks._simulated._population import Design, Group, Latent, Layout, draw_latent, lay_out
from benchmarks._simulated._speech import PATIENT, THERAPIST, Turns, draw_turns
from benchmarks._simulated._tables import (
    INSTRUMENT,
    ratings_table,
    scores_table,
    sessions_table,
)

__all__ = [
    "COLUMNS",
    "INSTRUMENT",
    "PATIENT",
    "THERAPIST",
    "CompassLike",
    "ContrastLike",
    "Design",
    "EstimatorLike",
    "Group",
    "Simulated",
    "owned_by",
    "simulate",
    "wai_key",
]


@dataclass(frozen=True, slots=True)
class Simulated:
    """One corpus: its tables, and what they were drawn from."""

    scores: pl.DataFrame
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    layout: Layout
    latent: Latent
    turns: Turns
    measured: Measured


def simulate(design: Design, estimator: EstimatorLike, seed: int | tuple[int, ...]) -> Simulated:
    """Draw a corpus."""
    population, speech, scoring = np.random.default_rng(seed).spawn(3)
    layout = lay_out(design, population)
    latent = draw_latent(design, layout, population)
    turns = draw_turns(design, layout, latent, speech)
    measured = estimator.measure(turns, scoring)
    return Simulated(
        scores=scores_table(turns, measured, estimator.name),
        sessions=sessions_table(design, layout),
        ratings=ratings_table(latent),
        layout=layout,
        latent=latent,
        turns=turns,
        measured=measured,
    )
