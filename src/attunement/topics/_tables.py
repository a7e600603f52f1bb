"""A fitted model's topics, and every turn's topic, as tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.errors import UsageError
from attunement.tables import ROLES, TOPIC_TURNS, TOPICS
from attunement.topics._contract import TopicModel, content_counts
from attunement.topics._distinctive import top_words
from attunement.topics._material import TopicMaterial
from attunement.topics._names import name_topics

NO_TOPIC_NAME = "answers and courtesies"
"""What turns without content words are called: the last row of `TOPICS`."""


def topic_turns(
    model: TopicModel, material: TopicMaterial, *, every_topic: bool = False
) -> pl.DataFrame:
    """Give each turn its likeliest topic.

    Turns without a content word ("I see", "Thank you very much") are of no topic: wherever their
    embeddings happen to lie, a model would spread them over topics they do not speak of. They
    get a number of their own, one above the model's topics (`NO_TOPIC_NAME`).

    Parameters
    ----------
    model : TopicModel
        Fitted.
    material : TopicMaterial
        The turns.
    every_topic : bool
        Also give each turn's similarity to, and probability of, every topic.

    Returns
    -------
    DataFrame
        `TOPIC_TURNS`; similarity and probability are null where a turn is of no topic.
    """
    similarities = model.similarities(material.vectors)
    probabilities = model.probabilities(material.vectors, material.counts)
    likeliest = probabilities.argmax(axis=1)
    turn = np.arange(len(likeliest))
    speaks = pl.Series(content_counts(material.counts) > 0)
    table = material.turns.with_columns(
        topic=pl.when(speaks).then(pl.Series(likeliest)).otherwise(model.n_topics),
        similarity=pl.when(speaks).then(pl.Series(similarities[turn, likeliest])),
        probability=pl.when(speaks).then(pl.Series(probabilities[turn, likeliest])),
    )
    if every_topic:
        table = table.with_columns(
            similarities=_lists(similarities), probabilities=_lists(probabilities)
        )
    return table.select(
        pl.col(name).cast(dtype)
        for name, dtype in TOPIC_TURNS.columns.items()
        if name in table.columns
    )


def topics_table(
    model: TopicModel,
    material: TopicMaterial,
    turns: pl.DataFrame,
    *,
    names: Sequence[str] | None = None,
    npmi: NDArray[np.float64] | None = None,
) -> pl.DataFrame:
    """Describe topics by their words and by who speaks of them how much.

    Parameters
    ----------
    model : TopicModel
        Fitted.
    material : TopicMaterial
        What it was fitted on.
    turns : DataFrame
        `TOPIC_TURNS`.
    names : sequence of str, optional
        A unique name a topic; made from the words by default.
    npmi : ndarray of shape (n_topics,), optional
        From `coherence`; null where not given or not a number.

    Returns
    -------
    DataFrame
        `TOPICS`, one row a topic, those without turns included, and one more for the turns that
        are of no topic.

    Raises
    ------
    UsageError
        The names are not one a topic, or not unique.
    """
    words = top_words(model.words_, material.words)
    given = list(names) if names is not None else name_topics(words)
    if len(given) != len(words) or len(set(given)) != len(given):
        raise UsageError(
            f"{len(given)} names, {len(set(given))} of them different, were given to "
            f"{len(words)} topics",
            mend="Give every topic a name of its own",
            field="names",
        )
    measured = np.full(len(words), np.nan) if npmi is None else npmi
    described = pl.DataFrame(
        {
            "topic": range(len(words) + 1),
            "name": [*given, NO_TOPIC_NAME],
            "words": [", ".join(some) for some in [*words, ()]],
            "npmi": [*measured.tolist(), np.nan],
        },
        schema_overrides={"topic": pl.Int32},
    ).with_columns(pl.col("npmi").fill_nan(None))
    counted = described.join(_counted(turns), on="topic", how="left", maintain_order="left")
    sides = {"share": "n_turns", **{f"{role}_share": role for role in ROLES}}
    return (
        counted.with_columns(pl.col("n_turns", "n_sessions", *ROLES).fill_null(0))
        # A side without turns has no shares: 0 / 0.
        .with_columns(
            (pl.col(n) / pl.col(n).sum()).fill_nan(None).alias(share) for share, n in sides.items()
        )
        .select(pl.col(name).cast(dtype) for name, dtype in TOPICS.columns.items())
    )


def _counted(turns: pl.DataFrame) -> pl.DataFrame:
    """Count each topic's turns, those of each side, and sessions."""
    return turns.group_by("topic").agg(
        pl.len().alias("n_turns"),
        pl.col("session_id").n_unique().alias("n_sessions"),
        *((pl.col("role") == role).sum().alias(role) for role in ROLES),
    )


def _lists(rows: NDArray[np.float32]) -> pl.Series:
    return pl.Series(rows.astype(np.float32)).arr.to_list()
