"""Agreement within sessions: the score going up and down with the rating, turn by turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from attunement.statistics import (
    Array,
    Interval,
    Resampling,
    Statistic,
    from_moments,
    partial,
    unit,
)
from attunement.tables import ALLIANCE, Role
from attunement.validity._agreement import numbers
from attunement.validity._material import CLUSTER, SENTIMENT, Material, measure_of
from attunement.validity._options import FEWEST_SESSIONS, ValidityOptions
from attunement.validity._wording import counted

_COLUMNS = ("score", "rating", "words", "time", "sentiment")


@dataclass(frozen=True, slots=True)
class TurnAgreement:
    """Pearson's correlation of score and rating within sessions, pooled over sessions.

    Attributes
    ----------
    pearson : Interval
        Of values centred within their session; whole patients drawn again, sessions where the
        patients are unknown.
    n : int
        Rated turns.
    sessions : int
        Sessions with two rated turns or more.
    patients : int or None
        None where no patient is known.
    reason : str or None
        Why there is no figure.
    """

    pearson: Interval
    n: int
    sessions: int
    patients: int | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TurnLevel:
    """The figures within sessions, by rated scale; all empty where no turn is rated.

    Attributes
    ----------
    raw, length_out, position_out, both_out : Mapping of str to TurnAgreement
        As they are; the turn's words, its time in the session, or both partialled out.
    sentiment_out : Mapping of str to TurnAgreement
        The turn's sentiment partialled out; empty where it is not given.
    words_alone, position_alone : Mapping of str to TurnAgreement
        The turn's words, and its time, in the score's place.
    """

    raw: Mapping[str, TurnAgreement] = field(default_factory=dict)
    length_out: Mapping[str, TurnAgreement] = field(default_factory=dict)
    position_out: Mapping[str, TurnAgreement] = field(default_factory=dict)
    both_out: Mapping[str, TurnAgreement] = field(default_factory=dict)
    sentiment_out: Mapping[str, TurnAgreement] = field(default_factory=dict)
    words_alone: Mapping[str, TurnAgreement] = field(default_factory=dict)
    position_alone: Mapping[str, TurnAgreement] = field(default_factory=dict)


_ASKED: Mapping[str, tuple[str, ...]] = {
    "raw": ("score", "rating"),
    "length_out": ("score", "rating", "words"),
    "position_out": ("score", "rating", "time"),
    "both_out": ("score", "rating", "words", "time"),
    "sentiment_out": ("score", "rating", "sentiment"),
    "words_alone": ("words", "rating"),
    "position_alone": ("time", "rating"),
}


def turn_level(
    material: Material, *, estimator: str, rater: str, side: Role, options: ValidityOptions
) -> TurnLevel:
    """Hold one side's turn scores against that rater's ratings of the same turns."""
    rated = material.of_turns.filter(pl.col("rater") == rater)
    spoken = material.of_role(estimator, side)
    sentiment = material.of_role(SENTIMENT, side).select("session_id", "turn", sentiment=ALLIANCE)
    asked = [
        name
        for name in _ASKED
        if name != "sentiment_out" or (sentiment.height and estimator != SENTIMENT)
    ]
    found: dict[str, dict[str, TurnAgreement]] = {name: {} for name in asked}
    for (instrument, scale), own in rated.group_by("instrument", "scale", maintain_order=True):
        several = rated.filter(pl.col("scale") == scale)["instrument"].n_unique() > 1
        key = f"{scale} ({instrument})" if several else str(scale)
        rows = _centred(material, spoken, own, sentiment, measure=measure_of(str(scale)))
        figures = _figures(rows, options)
        for name in asked:
            found[name][key] = figures[name]
    return TurnLevel(**found)


def _centred(
    material: Material,
    spoken: pl.DataFrame,
    rated: pl.DataFrame,
    sentiment: pl.DataFrame,
    *,
    measure: str,
) -> pl.DataFrame:
    """Give the rated turns of that side, every number less its session's mean."""
    rows = (
        spoken.select("session_id", "turn", "time", score=measure)
        .join(material.turns.select("session_id", "turn", "words"), on=["session_id", "turn"])
        .join(rated.select("session_id", "turn", rating="value"), on=["session_id", "turn"])
        .join(material.sessions.select("session_id", "patient_id", CLUSTER), on="session_id")
        .join(sentiment, on=["session_id", "turn"], how="left")
        .filter(pl.len().over("session_id") > 1)
        .sort("session_id", "turn")
    )
    numbers_ = [pl.col(name).cast(pl.Float64) for name in _COLUMNS]
    return rows.with_columns(one - one.mean().over("session_id") for one in numbers_)


def _figures(rows: pl.DataFrame, options: ValidityOptions) -> dict[str, TurnAgreement]:
    sessions = rows["session_id"].n_unique()
    patients = rows["patient_id"].drop_nulls().n_unique() or None
    if sessions < FEWEST_SESSIONS:
        said = (
            f"{counted(sessions, 'session')} with two rated turns or more; at least "
            f"{FEWEST_SESSIONS} are needed"
        )
        nothing = TurnAgreement(
            pearson=Interval(None), n=rows.height, sessions=sessions, patients=patients, reason=said
        )
        return dict.fromkeys(_ASKED, nothing)
    units, statistic = _moments(rows)
    resampling = Resampling.of(
        units, draws=options.draws, seed=options.seed, confidence=options.confidence
    )
    return {
        name: TurnAgreement(
            pearson=one,
            n=rows.height,
            sessions=sessions,
            patients=patients,
            reason="nothing varies within sessions" if one.value is None else None,
        )
        for name, one in zip(_ASKED, resampling.intervals(statistic), strict=True)
    }


def _moments(rows: pl.DataFrame) -> tuple[pl.Series, Statistic]:
    """Sum squares and products over each cluster: what is drawn need not be looked into again."""
    values = np.column_stack([unit(numbers(rows[name].fill_null(0))) for name in _COLUMNS])
    names, codes = np.unique(rows[CLUSTER].to_numpy(), return_inverse=True)
    width = len(_COLUMNS)
    products = (values[:, :, None] * values[:, None, :]).reshape(-1, width * width)
    sums = np.zeros((len(names), 1 + width + width * width))
    np.add.at(sums, codes.ravel(), np.column_stack([np.ones(len(values)), values, products]))

    def statistic(weights: Array) -> Array:
        drawn = weights @ sums
        total = drawn[:, 0]
        means = drawn[:, 1 : 1 + width] / total[:, None]
        matrices = from_moments(total, means, drawn[:, 1 + width :].reshape(-1, width, width))
        found = []
        for columns in _ASKED.values():
            places = [_COLUMNS.index(one) for one in columns]
            found.append(partial(matrices[:, places][:, :, places]))
        return np.stack(found, axis=1)

    return pl.Series(names, dtype=pl.String), statistic
