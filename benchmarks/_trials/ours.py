"""One replication: a corpus is drawn and every question is asked of it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import polars as pl
from benchmarks._simulated import Simulated, simulate
from benchmarks._trials.designs import TRIALS, Trial
from benchmarks._trials.peers import mixed_lm, published
from benchmarks._trials.truth import KEY, LIMITING, RELIABILITY, Key, absolute_slopes, of_the_sample

from attunement.gap import GapOptions, GapResult, analyze_ratings, analyze_scores

Seed: TypeAlias = tuple[int, ...]

DRAWS = 199
"""Of the bootstrap and of permutations in a replication; users run 2,000."""

OURS, PERMUTATION, POPULATION = "ours", "ours, {} p", "ours, of the population"

SCHEMA = pl.Schema(
    {
        "method": pl.String,
        "family": pl.String,
        "effect": pl.String,
        "group": pl.String,
        "reference": pl.String,
        "scale": pl.String,
        "estimate": pl.Float64,
        "ci_low": pl.Float64,
        "ci_high": pl.Float64,
        "boot_low": pl.Float64,
        "boot_high": pl.Float64,
        "p_val": pl.Float64,
        "small": pl.Boolean,
        "controls": pl.String,
        "finding": pl.String,
        "sample_truth": pl.Float64,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Which replication of which trial; `peers` whether statsmodels is asked too."""

    trial: str
    replication: int
    peers: bool = False


def trial_named(name: str) -> Trial:
    return next(one for one in TRIALS if one.name == name)


def run(task: Task) -> pl.DataFrame:
    """Run one replication; a function of its argument alone."""
    trial = trial_named(task.trial)
    seed = (zlib.crc32(trial.name.encode()), task.replication)
    return replication(trial, seed, peers=task.peers).with_columns(
        trial=pl.lit(task.trial), replication=pl.lit(task.replication)
    )


def replication(trial: Trial, seed: Seed, *, peers: bool) -> pl.DataFrame:
    """Draw one corpus and give every answer to every question, `SCHEMA`."""
    corpus = simulate(trial.design, trial.estimator, seed)
    found = answers(trial, corpus, seed)
    tables = [effects(found), permutations(found)]
    if trial.kind == "ratings":
        tables[0] = beside_the_sample(tables[0], of_the_sample(trial, corpus))
    else:
        tables.append(with_schema(published(corpus, "published")))
        if peers and not trial.design.crossed and trial.design.sessions_per_patient > 1:
            tables.append(with_schema(mixed_lm(corpus, "MixedLM")))
    return pl.concat(tables)


def answers(trial: Trial, corpus: Simulated, seed: Seed) -> GapResult:
    """Ask our statistics."""
    options = GapOptions(draws=DRAWS, seed=seed[-1])
    if trial.kind == "ratings":
        sessions = corpus.sessions.with_columns(outcome=unrelated(corpus, seed))
        return analyze_ratings(
            corpus.ratings,
            sessions,
            outcome="outcome",
            reliability=RELIABILITY,
            options=options,
        )
    if trial.kind == "wording":
        return analyze_scores(
            corpus.scores,
            corpus.sessions,
            on_common_scale=False,
            options=options,
        )
    # Without the columns the controls need, and on a common scale, only chance is asked: the
    # effects are the same, in half the time.
    bare = corpus.scores.drop("words", "^.*_(swapped|offset)$")
    return analyze_scores(bare, corpus.sessions, on_common_scale=True, options=options)


def unrelated(corpus: Simulated, seed: Seed) -> pl.Series:
    """Draw an outcome that has nothing to do with either rating, but with who the patient is."""
    rng = np.random.default_rng((*seed, 1))
    patient = corpus.layout.patient
    return pl.Series(
        0.5 * rng.standard_normal(patient.max() + 1)[patient] + rng.standard_normal(len(patient))
    )


def effects(found: GapResult) -> pl.DataFrame:
    table = found.effects.filter(pl.col("estimate").is_not_null())
    return with_schema(table.with_columns(method=pl.lit(OURS)))


def beside_the_sample(table: pl.DataFrame, known: Mapping[Key, float]) -> pl.DataFrame:
    """Judge figures that speak of the sample by the sample, and once more by the population."""
    truths = pl.DataFrame(
        [(*key, value) for key, value in known.items()],
        schema={**dict.fromkeys(KEY, pl.String), "sample_truth": pl.Float64},
        orient="row",
    )
    joined = table.drop("sample_truth").join(truths, on=KEY, how="left", nulls_equal=True)
    again = joined.filter(pl.col("sample_truth").is_not_null()).with_columns(
        method=pl.lit(POPULATION), sample_truth=pl.lit(None, pl.Float64)
    )
    return pl.concat([joined, again])


def permutations(found: GapResult) -> pl.DataFrame:
    """Give the p values that come from chance among the controls, as methods of their own."""
    table = found.controls.filter(
        pl.col("control").is_in(["role permutation", "time shuffle"]), pl.col("p_val").is_not_null()
    )
    small = found.effects.select(
        "family", "effect", "group", "reference", "instrument", "scale", "small"
    )
    joined = table.join(
        small,
        on=["family", "effect", "group", "reference", "instrument", "scale"],
        nulls_equal=True,
    )
    named = pl.format(PERMUTATION, "control").alias("method")
    return with_schema(
        joined.select("family", "effect", "group", "reference", "scale", "p_val", "small", named)
    )


def with_schema(table: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in SCHEMA if name not in table.columns]
    return table.with_columns(pl.lit(None).alias(name) for name in missing).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )


# --- values in the limit ---------------------------------------------------------------------


LIMIT_SESSIONS, SLOPE_SESSIONS = 2_000, 10_000


def limit(task: Task) -> pl.DataFrame:
    """Give what one large corpus says of the figures without a closed form."""
    trial = trial_named(task.trial)
    seed = (zlib.crc32(trial.name.encode()), 1_000_000 + task.replication)
    smaller = sum(group.sessions for group in trial.design.groups)
    larger = replace(trial, design=trial.design.with_sessions(max(1, LIMIT_SESSIONS // smaller)))
    corpus = simulate(larger.design, trial.estimator, seed)
    found = effects(answers(larger, corpus, seed)).filter(pl.col("effect").is_in(LIMITING))
    tables = [found.select(*KEY, "estimate")]
    if trial.kind == "scores":
        slopes = absolute_slopes(trial, sessions=SLOPE_SESSIONS, seed=seed)
        rows = [(*key, value) for key, value in slopes.items()]
        tables.append(pl.DataFrame(rows, schema=tables[0].schema, orient="row"))
    return pl.concat(tables).with_columns(trial=pl.lit(task.trial))
