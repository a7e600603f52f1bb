"""How good a model's topics are for a number of topics, and which number to take."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl

from attunement.errors import DataError, UsageError
from attunement.tables import TOPIC_QUALITY
from attunement.topics._contract import TopicModel
from attunement.topics._distinctive import top_words
from attunement.topics._material import TopicMaterial
from attunement.topics._quality import (
    Topics,
    agreement,
    coherence,
    diversity,
    halves,
    silhouette,
)
from attunement.topics._spherical import SphericalTopics

MakeModel: TypeAlias = Callable[[int, int], TopicModel]
"""A model, not fitted, from a number of topics and a random state."""

CANDIDATES = (5, 8, 10, 12, 15, 20)
LEAST_DIVERSITY = 0.8
LEAST_STABILITY = 0.8
TIE = 0.005

RULE = (
    f"the highest NPMI among numbers of topics with a diversity of {LEAST_DIVERSITY} or more and "
    f"a stability over seeds of {LEAST_STABILITY} or more; within {TIE} of it, the fewest topics"
)

NPMI, C_V, DIVERSITY, SILHOUETTE = "npmi", "c_v", "diversity", "silhouette"
STABILITY, HALVES = "stability", "stability_halves"


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """How many topics to take.

    Attributes
    ----------
    n_topics : int
        The number chosen.
    reason : str
        By what rule, and whether it could be kept.
    quality : DataFrame
        `TOPIC_QUALITY` of every number tried.
    """

    n_topics: int
    reason: str
    quality: pl.DataFrame


def spherical(n_topics: int, random_state: int) -> TopicModel:
    """Make the default model."""
    return SphericalTopics(n_topics, random_state=random_state)


def topic_quality(
    material: TopicMaterial,
    n_topics: int,
    *,
    make: MakeModel = spherical,
    seeds: int = 5,
    splits: int = 3,
    with_c_v: bool = True,
) -> pl.DataFrame:
    """Fit a model several times and measure its topics.

    Parameters
    ----------
    material : TopicMaterial
        The turns.
    n_topics : int
        How many topics.
    make : callable
        Makes the model from a number of topics and a random state.
    seeds : int
        How many random states, from 0, `stability` is over. All but it and `stability_halves`
        are of random state 0.
    splits : int
        How many times the sessions are split in halves for `stability_halves`.
    with_c_v : bool
        Whether to measure C_v too, which takes longest.

    Returns
    -------
    DataFrame
        `TOPIC_QUALITY`: npmi and c_v (means over topics), diversity, silhouette, stability (mean
        adjusted Rand index of all turns' topics over pairs of seeds) and stability_halves (the
        same between models learned from either half of the sessions). What cannot be measured is
        null, with the reason in `detail`.
    """
    first = make(n_topics, 0).fit(*material.whole)
    topics = [_topics(first, material)]
    for seed in range(1, seeds):
        again = make(n_topics, seed).fit(*material.whole)
        topics.append(_topics(again, material))
    words = top_words(first.words_, material.words)
    near, wide = "windows of 10 words", "windows of 110 words"
    found = [
        (NPMI, _mean(coherence(words, material.documents)), near),
        *(
            [(C_V, _mean(coherence(words, material.documents, measure="c_v")), wide)]
            if with_c_v
            else []
        ),
        (DIVERSITY, diversity(words), "top 10 words"),
        (SILHOUETTE, silhouette(material.vectors, topics[0]), "cosine, at most 5,000 turns"),
        (STABILITY, agreement(topics), f"{seeds} seeds"),
        (HALVES, *_over_halves(material, n_topics, make=make, splits=splits)),
    ]
    return _rows(first, found)


def choose_topics(
    material: TopicMaterial,
    *,
    candidates: Sequence[int] = CANDIDATES,
    make: MakeModel = spherical,
    seeds: int = 3,
    splits: int = 1,
) -> TopicChoice:
    """Try several numbers of topics and say which to take, by `RULE`.

    Parameters
    ----------
    material : TopicMaterial
        The turns.
    candidates : sequence of int
        Numbers of topics to try; those that the material is too small for are passed over.
    make, seeds, splits
        As in `topic_quality`.

    Raises
    ------
    DataError
        The material is too small for every candidate.
    UsageError
        No candidate is given, or gensim is not installed.
    """
    if not candidates:
        raise UsageError(
            "no number of topics is given to choose from",
            mend="Give some, such as 5, 10 and 15",
            field="candidates",
        )
    tables: list[pl.DataFrame] = []
    too_small: DataError | None = None
    for n_topics in sorted(set(candidates)):
        try:
            tables.append(
                topic_quality(
                    material, n_topics, make=make, seeds=seeds, splits=splits, with_c_v=False
                )
            )
        except DataError as error:
            too_small = too_small or error
    if not tables:
        assert too_small is not None
        raise too_small
    quality = pl.concat(tables)
    n_topics, kept = _chosen(quality)
    reason = RULE if kept else f"no number of topics met the rule ({RULE}): the highest NPMI"
    return TopicChoice(n_topics=n_topics, reason=reason, quality=quality)


def _chosen(quality: pl.DataFrame) -> tuple[int, bool]:
    """Give the number of topics that the rule chooses, and whether any met it."""
    wide = quality.pivot("measure", index="n_topics", values="value").sort("n_topics")
    met = wide.filter(
        (pl.col(DIVERSITY) >= LEAST_DIVERSITY) & (pl.col(STABILITY) >= LEAST_STABILITY)
    )
    among = met if met.height else wide
    npmi = np.array(among[NPMI].fill_null(-1.0).to_list())
    near = np.flatnonzero(npmi >= npmi.max() - TIE)
    return int(among["n_topics"][int(near[0])]), bool(met.height)


def _topics(model: TopicModel, material: TopicMaterial) -> Topics:
    found: Topics = model.probabilities(material.vectors, material.counts).argmax(axis=1)
    return found


def _over_halves(
    material: TopicMaterial, n_topics: int, *, make: MakeModel, splits: int
) -> tuple[float, str]:
    """Learn from either half of the sessions, and compare all turns' topics."""
    if material.sessions.max(initial=0) < 1:
        return math.nan, "one session has no halves"
    values = []
    try:
        for split, sides in enumerate(halves(material.sessions, splits=splits, random_state=0)):
            models = (make(n_topics, split).fit(*material.rows(side)) for side in sides)
            values.append(agreement([_topics(model, material) for model in models]))
    except DataError:
        return math.nan, "half the sessions are too few for so many topics"
    return _mean(values), f"{splits} splits of the sessions"


def _mean(values: Sequence[float] | np.ndarray) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return float(np.mean(finite)) if finite else math.nan


def _rows(model: TopicModel, found: Sequence[tuple[str, float, str]]) -> pl.DataFrame:
    seeded = {STABILITY, HALVES}
    return pl.DataFrame(
        [
            {
                "model": model.name,
                "n_topics": model.n_topics,
                "seed": None if measure in seeded else model.random_state,
                "measure": measure,
                "value": value,
                "detail": detail,
            }
            for measure, value, detail in found
        ],
        schema=TOPIC_QUALITY.schema,
    ).with_columns(pl.col("value").fill_nan(None))
