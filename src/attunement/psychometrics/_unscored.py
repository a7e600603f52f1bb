"""What a judge did not score, why, and how the scored part differs from the rest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from attunement.psychometrics._material import AS_IT_IS, Material
from attunement.psychometrics._rows import Asked, Found, Row, row
from attunement.psychometrics._sample import Sample
from attunement.statistics import Array, Statistic
from attunement.tables import ALLIANCE

UNSCORED = "unscored"

SHARE = "share unscored"
WORDS_APART = "words of the window, scored less unscored"
RATING_APART = "rating of the session, scored less unscored"


def unscored_rows(material: Material, asked: Asked) -> Iterator[Row]:
    """Say which share of a judge's verdicts has no score, by reason, and what that selects.

    Parameters
    ----------
    material : Material
        Verdicts, ratings and words.
    asked : Asked
        One judge.

    Yields
    ------
    Row
        The share, of all and for each reason; the difference in mean words between windows whose
        verdict is scored and those whose is not; and the difference in people's ratings between
        sessions with a score of the whole and those without.
    """
    own = material.verdicts_of(asked).sort("session_id", "window", "item", "seed")
    reasons = own.filter(pl.col("score").is_null())["reason"].value_counts(sort=True)
    sample = material.sample(own["session_id"])
    count = material.sample(own["session_id"].unique()).count
    yield row(UNSCORED, asked, SHARE, _share(own["score"].is_null(), sample), count=count)
    for reason in reasons["reason"].drop_nulls():
        found = _share(own["score"].is_null() & own["reason"].eq_missing(reason), sample)
        yield row(UNSCORED, asked, SHARE, found, count=count, other=reason)
    yield from _words_apart(material, asked, own)
    yield from _ratings_apart(material, asked)


def _share(flags: pl.Series, sample: Sample) -> Found:
    """Give a share its interval; of however few verdicts, a share is what was found."""
    values = flags.cast(pl.Float64).to_numpy()
    if sample.too_few:
        return Found(float(values.mean()), reason=f"no interval: {len(values)} verdicts")
    return sample.bootstrapped(_mean(values))[0]


def _words_apart(material: Material, asked: Asked, own: pl.DataFrame) -> Iterator[Row]:
    """Compare windows by the words in them; each verdict counts once."""
    windows = own.select("session_id", "first_turn", "last_turn").unique()
    words = (
        windows.join(material.turn_words, on="session_id")
        .filter(pl.col("turn").is_between("first_turn", "last_turn"))
        .group_by("session_id", "first_turn", "last_turn")
        .agg(pl.col("words").sum())
    )
    known = own.join(
        words, on=["session_id", "first_turn", "last_turn"], how="inner", maintain_order="left"
    )
    yield _apart(material, asked, WORDS_APART, known["session_id"], known["words"], known["score"])


def _ratings_apart(material: Material, asked: Asked) -> Iterator[Row]:
    whole = material.scores.filter(
        pl.col("variant") == AS_IT_IS,
        pl.col("seed").is_null(),
        judge=asked.judge,
        perspective=asked.perspective,
        framing=asked.framing,
        instrument=asked.instrument,
        scale=ALLIANCE,
    )
    for human in material.humans_beside(asked, ALLIANCE, rater=asked.perspective):
        known = whole.join(human.table, on="session_id").sort("session_id")
        yield _apart(
            material,
            asked,
            RATING_APART,
            known["session_id"],
            known["rating"],
            known["value"],
            other=human.name,
        )


def _apart(
    material: Material,
    asked: Asked,
    statistic: str,
    session_ids: pl.Series,
    values: pl.Series,
    scores: pl.Series,
    *,
    other: str | None = None,
) -> Row:
    scored = scores.is_not_null().to_numpy()
    sample = material.sample(session_ids)
    count = material.sample(session_ids.unique()).count
    if scored.all() or not scored.any():
        said = "nothing is unscored" if len(scored) and scored.all() else "nothing is scored"
        found = Found(reason=said)
    else:
        numbers = values.cast(pl.Float64).to_numpy()
        (found,) = sample.bootstrapped(_means_apart(numbers, scored))
    return row(UNSCORED, asked, statistic, found, count=count, other=other)


def _mean(values: Array) -> Statistic:
    return lambda weights: np.asarray(weights @ values / weights.sum(axis=1))[:, None]


def _means_apart(values: Array, one: np.ndarray) -> Statistic:
    sides = np.column_stack([one, ~one]).astype(float)

    def statistic(weights: Array) -> Array:
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (weights @ (sides * values[:, None])) / (weights @ sides)
        return np.asarray(means[:, :1] - means[:, 1:])

    return statistic
