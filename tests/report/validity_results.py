"""Validations of invented corpora, as the page's tests draw them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from tests.validity.corpora import FEW_DRAWS, corpus, rating_rows, sessions_table, turn_scores

from attunement.report.validity import ValidityAbout
from attunement.tables import ESTIMATES, RATINGS
from attunement.validity import (
    GroupQuestion,
    PoolingName,
    ValidityOptions,
    ValidityResult,
    validate,
)

OPTIONS = ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter")


def about(**changed: str) -> ValidityAbout:
    told = ValidityAbout(
        title="Scores against ratings",
        version="0.0",
        command="attunement validate transcripts",
        created="today",
        encoder="an encoder",
    )
    return replace(told, **changed)  # type: ignore[arg-type]


def zero_shot(
    n: int = 60,
    *,
    agreement: float = 1.0,
    per_patient: int = 2,
    pooling: PoolingName = "last_quarter",
) -> ValidityResult:
    """Two estimators, four scales, patients' ratings only."""
    made = corpus(n, agreement=agreement, per_patient=per_patient)
    return validate(**made.given(), options=replace(OPTIONS, pooling=pooling))


def everything(name: str = "fitted") -> ValidityResult:
    """Estimates with intervals, both raters, rated turns, a group, a learning curve.

    `name` stands wherever a user's own word can stand.
    """
    generator = np.random.default_rng(5)
    level = generator.standard_normal(80)
    sessions = sessions_table(80, mark=[name if one < -0.6 else "other" for one in level])
    estimate = 40 + 5 * level + generator.normal(0, 2, 80)
    scores = pl.concat(
        [
            turn_scores(sessions, level, estimator=one, turns=12, noise=0.5, words=30)
            for one in (name, "contrast", "compass")
        ]
    )
    turns = scores.filter((pl.col("estimator") == name) & (pl.col("role") == "patient"))
    of_turns = turns.select(
        "session_id",
        "turn",
        rater=pl.lit("patient"),
        instrument=pl.lit(name),
        scale=pl.lit(f"{name} now"),
        value=pl.col("alliance") + generator.standard_normal(turns.height),
    ).select(pl.col(one).cast(kind) for one, kind in RATINGS.columns.items())
    ratings = [
        rating_rows(sessions, 40 + 5 * level + generator.normal(0, 3, 80), rater=rater, scale=scale)
        for rater in ("patient", "therapist")
        for scale in ("alliance", "task", "bond", f"{name} scale")
    ]
    estimates = [
        pl.DataFrame(
            {
                "session_id": sessions["session_id"],
                "estimator": name,
                "perspective": "patient",
                "scale": scale,
                "estimate": estimate,
                "low": estimate - 4,
                "high": estimate + 4,
            },
            schema=ESTIMATES.schema,
        )
        for scale in ("alliance", "task", "bond")
    ]
    return validate(
        scores=scores,
        sessions=sessions,
        ratings=pl.concat([*ratings, of_turns]),
        estimates=pl.concat(estimates),
        estimator=name,
        learning_curve=pl.DataFrame(
            {"n_sessions": [50, 100], "spearman": [0.31, 0.42], "note": [name, None]}
        ),
        options=replace(OPTIONS, groups=(GroupQuestion("mark", name),)),
    )


def turns_only() -> ValidityResult:
    """Rated turns and no rated session; no patient is known."""
    sessions = sessions_table(20).with_columns(pl.lit(None, pl.String).alias("patient_id"))
    generator = np.random.default_rng(6)
    scores = turn_scores(sessions, np.zeros(20), turns=12, noise=1)
    turns = scores.filter(pl.col("role") == "patient")
    ratings = turns.select(
        "session_id",
        "turn",
        rater=pl.lit("patient"),
        instrument=pl.lit("form"),
        scale=pl.lit("feedback"),
        value=pl.col("alliance") + generator.standard_normal(turns.height),
    )
    return validate(scores=scores, sessions=sessions, ratings=ratings, options=OPTIONS)
