"""How well each variant agrees with patients, beside the default on the same sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from benchmarks._ablation._readings import UNWILLING
from benchmarks.validity import DRAWS, Scored, in_half, numbers, rated_sessions
from scipy.stats import mannwhitneyu

from attunement.tables import ALLIANCE
from attunement.validity import (
    POOLINGS,
    SESSION_POOLING,
    Interval,
    Pooling,
    Resampling,
    cut_before_closing,
    ends_before_closing,
    pearson,
    session_means,
    spearman,
    spearmans,
)

Figure: TypeAlias = dict[str, object]

CLOSING_TURNS = 3
HALVES = {"development": "dev", "held out": "held"}
"""A half, and what its figures' keys begin with."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of the table.

    Attributes
    ----------
    name, group : str
        What it is, and what it stands under.
    reading : str
        The column of scores.
    pooling : Pooling
        From turns to the session's score.
    fewest_words : int
        Turns of fewer words count for nothing.
    pooling_only : bool
        Whether only the pooling is changed: figures with a pooling of their own are the default's.
    turns_rated : bool
        Whether its turns are the rated ones of ESConv.
    """

    name: str
    group: str
    reading: str
    pooling: Pooling = POOLINGS[SESSION_POOLING]
    fewest_words: int = 0
    pooling_only: bool = False
    turns_rated: bool = True


def ablation(kokoro: Scored, esconv: Scored, variants: Sequence[Variant]) -> list[Figure]:
    """Give each variant's figures, the first being what the others are compared with."""
    truths = truths_of(kokoro)
    ends = ends_before_closing(kokoro.turns, closing=CLOSING_TURNS)
    default = pooled(kokoro, variants[0])
    return [
        {"variant": one.name, "group": one.group}
        | session_figures(kokoro, one, truths, ends)
        | ({} if one.pooling_only or not one.turns_rated else turn_figures(esconv, one))
        | ({} if one is variants[0] else compared(truths["held out"], default, pooled(kokoro, one)))
        for one in variants
    ]


def intervals_of(kokoro: Scored, variant: Variant) -> dict[str, Interval]:
    """The variant's main figure on either half, with its interval from drawing patients."""
    found = {}
    for half, truth in truths_of(kokoro).items():
        rows = truth.join(pooled(kokoro, variant), on="session_id", maintain_order="left")
        resampling = Resampling.of(rows["patient_id"], draws=DRAWS, seed=0)
        statistic = spearmans(numbers(rows, "score"), numbers(rows, "rating"))
        (found[half],) = resampling.intervals(statistic)
    return found


def truths_of(kokoro: Scored) -> dict[str, pl.DataFrame]:
    """Each half's rated sessions."""
    rated = rated_sessions(kokoro, scale=ALLIANCE)
    return {half: rated.filter(in_half(half)) for half in HALVES}


# --- sessions --------------------------------------------------------------------------------


def session_figures(
    kokoro: Scored, variant: Variant, truths: Mapping[str, pl.DataFrame], ends: pl.DataFrame
) -> Figure:
    turns = turns_of(kokoro, variant)
    scores = {
        "main": means(turns, variant.pooling),
        "cut": means(cut_before_closing(turns, ends), variant.pooling),
    }
    if not variant.pooling_only:
        scores |= {name: means(turns, POOLINGS[name]) for name in ("all_turns", "last_quarter")}
    figures: Figure = {}
    for half, short in HALVES.items():
        rows = {
            name: truths[half].join(one, on="session_id", maintain_order="left")
            for name, one in scores.items()
        }
        figures |= {f"{short} {name}": rho(table) for name, table in rows.items()}
        figures |= {
            f"{short} length out": rho(rows["main"], "patient_words", "patient_turns"),
            f"{short} n": rows["main"].height,
        }
        figures |= auc(rows["main"], short)
    return figures


def turns_of(corpus: Scored, variant: Variant) -> pl.DataFrame:
    """The variant's turns, their score under the name of the whole."""
    long_enough = pl.col("words") >= variant.fewest_words
    return corpus.scores.filter(pl.col(variant.reading).is_not_null(), long_enough).select(
        "session_id", "turn", "time", "words", pl.col(variant.reading).alias(ALLIANCE)
    )


def pooled(corpus: Scored, variant: Variant) -> pl.DataFrame:
    return means(turns_of(corpus, variant), variant.pooling)


def means(turns: pl.DataFrame, pooling: Pooling) -> pl.DataFrame:
    return session_means(turns, [ALLIANCE], pooling).rename({ALLIANCE: "score"})


def rho(rows: pl.DataFrame, *given: str) -> float:
    return spearman(*(numbers(rows, one) for one in ("score", "rating", *given)))


def auc(rows: pl.DataFrame, short: str) -> Figure:
    """How often an unwilling patient's session scores below another: ties count half."""
    unwilling = rows.filter(pl.col(UNWILLING))["score"].to_numpy()
    willing = rows.filter(~pl.col(UNWILLING))["score"].to_numpy()
    found: Figure = {f"{short} unwilling": len(unwilling)}
    if not len(unwilling) or not len(willing):
        return found
    above = mannwhitneyu(willing, unwilling, method="asymptotic").statistic
    return found | {f"{short} AUC": float(above / len(unwilling) / len(willing))}


def compared(truth: pl.DataFrame, default: pl.DataFrame, other: pl.DataFrame) -> Figure:
    """The default's agreement less the other's, patients drawn again for both at once."""
    rows = truth.join(default, on="session_id").join(other, on="session_id", suffix=" of other")
    rows = rows.sort("session_id")
    rating = numbers(rows, "rating")
    ours = spearmans(numbers(rows, "score"), rating)
    theirs = spearmans(numbers(rows, "score of other"), rating)
    resampling = Resampling.of(rows["patient_id"], draws=DRAWS, seed=0)
    (found,) = resampling.intervals(lambda weights: ours(weights) - theirs(weights))
    return {
        "difference": found.value,
        "difference low": found.low,
        "difference high": found.high,
    }


# --- turns -----------------------------------------------------------------------------------


def turn_figures(esconv: Scored, variant: Variant) -> Figure:
    """Pearson within sessions with the rating at the turn, and with position partialled out."""
    rated = esconv.ratings.filter(pl.col("rater") == "patient", pl.col("turn").is_not_null())
    rows = (
        turns_of(esconv, variant)
        .join(rated.select("session_id", "turn", rating="value"), on=["session_id", "turn"])
        .filter(pl.len().over("session_id") > 1)
        .sort("session_id", "turn")
    )
    score, rating, time = (
        np.asarray(rows.select(pl.col(one) - pl.col(one).mean().over("session_id")).to_series())
        for one in (ALLIANCE, "rating", "time")
    )
    return {
        "turns": pearson(score, rating),
        "turns position out": pearson(score, rating, time),
        "turns n": rows.height,
    }
