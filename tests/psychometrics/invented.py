"""Invented judges whose faults are known, and the people they are held against."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from attunement.psychometrics import PsychometricsOptions, PsychometricsResult, psychometrics
from attunement.tables import ALLIANCE, RATER_SCORES, RATINGS, SESSIONS, VERDICTS

FEW_DRAWS = PsychometricsOptions(draws=299)
SCALES = ("task", "bond", "goal")
LOW, HIGH = 1.0, 7.0


@dataclass(frozen=True, slots=True)
class World:
    """What `psychometrics` takes, and the truth behind it."""

    verdicts: pl.DataFrame
    sessions: pl.DataFrame
    turns: pl.DataFrame
    ratings: pl.DataFrame | None
    truth: np.ndarray

    @property
    def scores(self) -> pl.DataFrame:
        return scores_of(self.verdicts)

    def but(self, **changed: object) -> World:
        return replace(self, **changed)  # type: ignore[arg-type]

    def beside(self, other: World) -> World:
        """Put another world's verdicts on the same sessions beside these."""
        return self.but(verdicts=pl.concat([self.verdicts, other.verdicts]))

    def asked(self, options: PsychometricsOptions = FEW_DRAWS) -> PsychometricsResult:
        return psychometrics(
            self.verdicts,
            self.scores,
            ratings=self.ratings,
            sessions=self.sessions,
            turns=self.turns,
            options=options,
        )


def world(
    *,
    n: int = 120,
    per_patient: int = 2,
    seed: int = 0,
    judge: str = "judge-a",
    perspective: str = "patient",
    noise: float = 0.5,
    item_noise: float = 0.5,
    repeats: int = 1,
    repeat_noise: float = 0.0,
    length_weight: float = 0.0,
    words_with_truth: float = 0.0,
    truth_weight: float = 1.0,
    rating_noise: float = 0.5,
    items_per_scale: int = 4,
    probes: dict[str, float] | None = None,
    instrument: str = "own",
    rated_instrument: str = "questionnaire",
    judge_seed: int = 1,
) -> World:
    """Make sessions whose alliance is known, and a judge that sees it through noise.

    A judge's item is 4 + truth + its noise on the session + its liking of words + the item's noise,
    neither rounded nor cut, so that what is simulated is exactly linear.
    """
    people = np.random.default_rng(seed)
    truth = people.standard_normal(n)
    spoken = people.standard_normal(n) * np.sqrt(1 - words_with_truth**2) + words_with_truth * truth
    words = np.exp(6.0 + 0.6 * spoken).astype(int) + 20
    long = (np.log(words) - 6.0) / 0.6
    rated = truth + rating_noise * people.standard_normal(n)
    ids = [f"s{at:04d}" for at in range(n)]
    sessions = pl.DataFrame(
        {
            "session_id": ids,
            "patient_id": [f"p{at // per_patient:04d}" for at in range(n)],
            "therapist_id": None,
            "condition": None,
            "number": [at % per_patient + 1 for at in range(n)],
        },
        schema=SESSIONS.schema,
    )
    turns = pl.DataFrame(
        [
            {"session_id": name, "turn": turn, "role": role, "words": int(count) // 2}
            for name, count in zip(ids, words, strict=True)
            for turn, role in enumerate(("patient", "therapist"))
        ],
        schema_overrides={"turn": pl.Int32, "words": pl.Int32},
    )
    ratings = pl.DataFrame(
        {
            "session_id": ids,
            "turn": None,
            "rater": "patient",
            "instrument": rated_instrument,
            "scale": ALLIANCE,
            "value": 4 + rated,
        },
        schema=RATINGS.schema,
    )
    own = np.random.default_rng(judge_seed)
    heard = truth_weight * truth + length_weight * long + noise * own.standard_normal(n)
    rows = []
    items = [(f"{scale}-{at}", scale) for scale in SCALES for at in range(items_per_scale)]
    for variant, shift in {"as it is": 0.0, **(probes or {})}.items():
        for repeat in range(repeats):
            again = heard + repeat_noise * own.standard_normal(n) + shift
            for place, (item, scale) in enumerate(items):
                key = -1 if place % 2 else 1
                answer = 4 + key * (again + item_noise * own.standard_normal(n))
                rows += [
                    verdict(
                        session_id=name,
                        item=item,
                        scale=scale,
                        key=key,
                        perspective=perspective,
                        instrument=instrument,
                        judge=judge,
                        variant=variant,
                        seed=repeat,
                        score=float(one),
                    )
                    for name, one in zip(ids, answer, strict=True)
                ]
    return World(
        pl.DataFrame(rows, schema=VERDICTS.schema, orient="row"), sessions, turns, ratings, truth
    )


def verdict(**given: object) -> dict[str, object]:
    """Make one row of VERDICTS."""
    return {
        **dict.fromkeys(VERDICTS.columns, None),
        "window": 0,
        "first_turn": 0,
        "last_turn": 1,
        "low": LOW,
        "high": HIGH,
        "framing": "reader",
        "status": "scored",
        **given,
    }


def unscored(reason: str, where: pl.Expr) -> list[pl.Expr]:
    """Take the score of some verdicts away, with a reason."""
    return [
        pl.when(where).then(None).otherwise("score").alias("score"),
        pl.when(where).then(pl.lit(reason)).otherwise("reason").alias("reason"),
        pl.when(where).then(pl.lit("unscored")).otherwise("status").alias("status"),
    ]


def scores_of(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Average items to scales and the whole, of each seed and over all."""
    turned = (
        pl.when(pl.col("key") < 0)
        .then(pl.col("low") + pl.col("high") - pl.col("score"))
        .otherwise("score")
    )
    whole = verdicts.with_columns(turned.alias("score"))
    both = pl.concat([whole, whole.with_columns(scale=pl.lit(ALLIANCE))])
    every = pl.concat([both, both.with_columns(seed=pl.lit(None, pl.Int64))])
    keys = ["session_id", "judge", "perspective", "framing", "variant", "instrument"]
    by_item = every.group_by(*keys, "scale", "seed", "item").agg(
        pl.col("score").mean(),
        verdicts=pl.len().cast(pl.Int32),
        verdicts_scored=pl.col("score").count().cast(pl.Int32),
    )
    return (
        by_item.group_by(*keys, "scale", "seed")
        .agg(
            pl.col("verdicts", "verdicts_scored").sum().cast(pl.Int32),
            value=pl.col("score").mean(),
            items=pl.len().cast(pl.Int32),
            items_scored=pl.col("score").count().cast(pl.Int32),
            reason=pl.lit(None, pl.String),
        )
        .with_columns(
            pl.when(pl.col("items_scored") * 2 >= pl.col("items")).then("value").alias("value")
        )
        .select(list(RATER_SCORES.columns))
        .sort(*keys, "scale", "seed")
    )


def figure(found: PsychometricsResult, **which: object) -> dict[str, object]:
    """Give the one row of the statistics that is asked for."""
    rows = found.statistics.filter(
        pl.all_horizontal(pl.col(name).eq_missing(pl.lit(value)) for name, value in which.items())
    )
    assert rows.height == 1, rows.select("question", "judge", "other", "scale", "statistic")
    return rows.row(0, named=True)
