"""From verdicts to scores of sessions: items turned round, windows and repeats averaged."""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

from attunement.errors import DataError, UsageError
from attunement.instruments import key_names
from attunement.instruments.questionnaires import BEARABLE
from attunement.raters._model import AS_IT_IS
from attunement.tables import ALLIANCE, ESTIMATES, RATER_SCORES, RATINGS, SCALES, VERDICTS

Scoring: TypeAlias = Literal["sum", "mean"]

_ASKED = ("session_id", "judge", "perspective", "framing", "variant", "instrument")
"""What makes one way of asking about one session."""

_OWN_RATING = (pl.col("framing") == "own") & (pl.col("perspective") == "therapist")


def rater_scores(verdicts: pl.DataFrame, *, least: float = 0.5) -> pl.DataFrame:
    """Give each session's scores by each judge and way of asking.

    Parameters
    ----------
    verdicts : pl.DataFrame
        With the schema of `VERDICTS`.
    least : float
        The share of a scale's items that must be scored, and of an item's windows, above 0 to 1.

    Returns
    -------
    pl.DataFrame
        With the schema of `RATER_SCORES`, on the instrument's own answer scale. A row a scale and
        seed; rows without a seed are over all of them. "alliance" is the mean over all items, for
        instruments whose scales are task, bond and goal or some of these.

    Raises
    ------
    UsageError
        `least` is not above 0 to 1.
    DataError
        An item was answered twice with one seed about one window, as happens when a prompt was
        changed between two runs into one store.

    Notes
    -----
    A reversed item counts as low + high - answer. An item's value is the mean over the windows in
    which it is scored, if these are at least `least` of its windows: what a judge says of the one
    window in which it found something is no score of the session. Without a seed, it is the mean
    over the seeds of that. A scale's value is the mean over its scored items, and null with a
    reason where they are fewer than `least` of them.
    """
    if not 0 < least <= 1:
        raise UsageError(
            f"found {least:g}, expected more than 0 and at most 1",
            mend="Give the share of a scale's items, and of an item's windows, that must be scored",
            field="least",
        )
    _check_once(verdicts)
    items = _items(verdicts, least=least)
    over_seeds = items.group_by(*_ASKED, "scale", "item").agg(
        pl.col("value").mean(),
        pl.col("verdicts", "verdicts_scored").sum(),
        pl.col("why").drop_nulls().mode().sort().first(),
        seed=pl.lit(None),
    )
    every = pl.concat([items, over_seeds.select(items.columns).cast(items.schema)])
    scales = pl.concat([every, every.pipe(_whole)])
    return (
        scales.group_by(*_ASKED, "scale", "seed")
        .agg(
            pl.col("value").mean(),
            pl.len().alias("items").cast(pl.Int32),
            pl.col("value").count().alias("items_scored").cast(pl.Int32),
            pl.col("verdicts", "verdicts_scored").sum().cast(pl.Int32),
            pl.col("why").drop_nulls().mode().sort().first(),
        )
        .with_columns(enough=pl.col("items_scored") >= pl.col("items") * least)
        .with_columns(
            pl.when("enough").then("value").alias("value"),
            pl.when(~pl.col("enough"))
            .then(
                pl.format(
                    "{} of {} items are scored, by {} of {} verdicts; most often: {}",
                    "items_scored",
                    "items",
                    "verdicts_scored",
                    "verdicts",
                    pl.col("why").fill_null("not said"),
                )
            )
            .alias("reason"),
        )
        .select(RATER_SCORES.schema.names())
        .sort(*_ASKED, "scale", "seed", nulls_last=True)
    )


def as_ratings(scores: pl.DataFrame, *, score: Scoring | None = None) -> pl.DataFrame:
    """Give the AIs' own ratings of their chats as ratings of the therapist.

    Parameters
    ----------
    scores : pl.DataFrame
        With the schema of `RATER_SCORES`.
    score : {"sum", "mean"}, optional
        Whether a scale is the sum of its items, as people's own forms of it are scored, or their
        mean. None: the sum for published instruments (their key ships), else the mean.

    Returns
    -------
    pl.DataFrame
        With the schema of `RATINGS`: the scores over all seeds of the framing "own" on chats as
        they are. What a reader of a transcript answers, as whomever, is no rating of a person and
        is left out. So is a sum of which more than a fifth of the items (`BEARABLE`) is unscored:
        the form of a person who left out as many would not be scored either.

    Raises
    ------
    DataError
        A chat has own ratings by two judges on one scale: only one of them was the AI of the chat.
    """
    left_out = pl.col("items") - pl.col("items_scored")
    filled_in = left_out <= (pl.col("items") * BEARABLE + 1e-9).floor()
    own = _over_seeds(scores, score=score).filter(_OWN_RATING, ~_summed(score) | filled_in)
    twice = own.filter(pl.struct("session_id", "instrument", "scale").is_duplicated())
    if not twice.is_empty():
        judges = ", ".join(sorted(twice["judge"].unique()))
        raise DataError(
            f"own ratings of one chat come from more than one judge ({judges})",
            mend="Keep the scores of the model that spoke in the chat",
            field="judge",
        )
    rater, turn = pl.lit("therapist").alias("rater"), pl.lit(None).alias("turn")
    return own.with_columns(rater, turn).select(RATINGS.schema.names()).cast(RATINGS.schema)


def as_estimates(scores: pl.DataFrame, *, score: Scoring | None = None) -> pl.DataFrame:
    """Give what readers judged as estimates, to stand beside other estimators in `validate`.

    Parameters
    ----------
    scores : pl.DataFrame
        With the schema of `RATER_SCORES`.
    score : {"sum", "mean"}, optional
        Whether a scale is the sum of its items, as people's own forms of it are scored, or their
        mean. None: the sum for published instruments (their key ships), else the mean.

    Returns
    -------
    pl.DataFrame
        With the schema of `ESTIMATES`: the scores over all seeds of the framing "reader" on
        transcripts as they are. `estimator` names judge and perspective; there is no interval.
    """
    read = _over_seeds(scores, score=score).filter(pl.col("framing") == "reader")
    return read.select(
        "session_id",
        pl.format("{} as {}", "judge", "perspective").alias("estimator"),
        "perspective",
        "scale",
        pl.col("value").alias("estimate"),
        pl.lit(None, pl.Float64).alias("low"),
        pl.lit(None, pl.Float64).alias("high"),
    ).cast(ESTIMATES.schema)


def _over_seeds(scores: pl.DataFrame, *, score: Scoring | None) -> pl.DataFrame:
    """Give the scores over all seeds as a form of their instrument would be scored."""
    return scores.filter(
        pl.col("seed").is_null() & pl.col("value").is_not_null() & (pl.col("variant") == AS_IT_IS)
    ).with_columns(
        pl.when(_summed(score))
        .then(pl.col("value") * pl.col("items"))
        .otherwise("value")
        .alias("value")
    )


def _summed(score: Scoring | None) -> pl.Expr:
    return pl.col("instrument").is_in(key_names()) if score is None else pl.lit(score == "sum")


def _items(verdicts: pl.DataFrame, *, least: float) -> pl.DataFrame:
    """Give each item's value in each session and seed, turned round by its key."""
    enough = pl.col("verdicts_scored") >= pl.col("verdicts") * least
    turned = pl.when(pl.col("key") == -1).then(pl.col("low") + pl.col("high") - pl.col("score"))
    return (
        verdicts.with_columns(value=turned.otherwise("score"))
        .group_by(*_ASKED, "scale", "item", "seed")
        .agg(
            pl.col("value").mean(),
            verdicts=pl.len().cast(pl.Int64),
            verdicts_scored=pl.col("value").count().cast(pl.Int64),
            why=pl.col("reason").drop_nulls().mode().sort().first(),
        )
        .with_columns(pl.when(enough).then("value").alias("value"))
        .select(*_ASKED, "scale", "item", "seed", "value", "verdicts", "verdicts_scored", "why")
    )


def _whole(items: pl.DataFrame) -> pl.DataFrame:
    """Give the same items once more under the whole, where an instrument measures the alliance."""
    theirs = pl.col("scale").is_in(SCALES).all().over("instrument")
    return items.filter(theirs).with_columns(scale=pl.lit(ALLIANCE))


def _check_once(verdicts: pl.DataFrame) -> None:
    asked = verdicts.select(*_ASKED, "window", "item", "seed")
    if asked.is_duplicated().any():
        twice = verdicts.filter(asked.is_duplicated())
        raise DataError(
            f"{twice.height} verdicts answer an item that another answers with the same seed about"
            f" the same window, the first of them item {twice['item'][0]}",
            mend="Rate into a new store when prompts, items or windows change, or keep the verdicts"
            " of one prompt",
            field=VERDICTS.name,
        )
