"""The AI's own rating of its chats, asked of the model that was in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from attunement.errors import UsageError
from attunement.instruments import key_names
from attunement.raters import (
    Design,
    ItemSet,
    Judge,
    Store,
    as_ratings,
    load_protocol,
    rate,
    rater_scores,
)
from attunement.tables import RATER_SCORES, RATINGS, VERDICTS
from attunement.transcripts import Session


@dataclass(frozen=True, slots=True)
class OwnRatings:
    """What the models answered about their own chats.

    Attributes
    ----------
    verdicts : DataFrame
        VERDICTS: every answer, with its reason where it is no score.
    scores : DataFrame
        RATER_SCORES.
    ratings : DataFrame
        RATINGS with the rater `therapist`.
    notes : tuple of str
        Which chats have no own rating, although it was asked for, and from how many answers the
        others are.
    """

    verdicts: pl.DataFrame
    scores: pl.DataFrame
    ratings: pl.DataFrame
    notes: tuple[str, ...]


def own_ratings(
    sessions: Iterable[Session],
    *,
    models: pl.DataFrame,
    judges: Mapping[str, Judge],
    items: ItemSet,
    store: Store,
    progress: Callable[[int], None] | None = None,
) -> OwnRatings:
    """Ask each model for its own rating of the chats it was in.

    Parameters
    ----------
    sessions : iterable of Session
        The chats; iterated over once for each judge.
    models : DataFrame
        session_id and model of the chats to be asked about.
    judges : mapping of str to Judge
        Where each model is asked.
    items : ItemSet
        The form it fills in, as the therapist of the chat.
    store : Store
        Keeps every answer, so that a stopped run goes on.
    progress : callable, optional
        Called with how many more answers there are.

    Raises
    ------
    UsageError
        A judge is named for a model that no chat is of.
    ModelError
        An endpoint cannot be asked.
    """
    check_models(judges, models["model"].unique(maintain_order=True).to_list())
    design = Design(
        items=items, protocol=load_protocol(), perspectives=("therapist",), framing="own"
    )
    parts = []
    for model, judge in judges.items():
        own = set(models.filter(pl.col("model") == model)["session_id"])
        asked = (session for session in sessions if session.session_id in own)
        parts.append(rate(asked, design=design, judges=[judge], store=store, progress=progress))
    if not parts:
        verdicts, scores, ratings = (
            pl.DataFrame(schema=table.schema) for table in (VERDICTS, RATER_SCORES, RATINGS)
        )
        return OwnRatings(verdicts, scores, ratings, ())
    verdicts = pl.concat(parts)
    scores = rater_scores(verdicts)
    ratings = as_ratings(scores)
    return OwnRatings(verdicts, scores, ratings, _notes(models, judges, verdicts, ratings))


def check_models(named: Iterable[str], models: Iterable[str]) -> None:
    """See that models are among those audited.

    Raises
    ------
    UsageError
        One is not.
    """
    there = list(models)
    for model in named:
        if model not in there:
            raise UsageError(
                f"no chat that can be scored is of a model called {model!r}",
                mend=f"Name one of: {', '.join(there) or 'none is there'}",
                field="--own",
            )


def answer_range(items: ItemSet) -> tuple[float, float]:
    """Give the lowest and highest whole score: of sums where the instrument is published."""
    many = len(items.items) if items.name in key_names() else 1
    return many * items.low, many * items.high


def _notes(
    models: pl.DataFrame,
    judges: Mapping[str, Judge],
    verdicts: pl.DataFrame,
    ratings: pl.DataFrame,
) -> tuple[str, ...]:
    asked = models.filter(pl.col("model").is_in(list(judges)))
    rated = ratings.drop_nulls("value")
    left = asked.join(rated, on="session_id", how="anti")
    none = (
        f"{model}: {count} of its {asked.filter(pl.col('model') == model).height} chats have no "
        "own rating, because too few of its answers could be read as scores; own_verdicts.parquet "
        "says why, answer by answer."
        for model, count in left["model"].value_counts(sort=True).iter_rows()
    )
    answered = (
        verdicts.join(asked, on="session_id")
        .join(rated, on="session_id", how="semi")
        .group_by("model", maintain_order=True)
        .agg(pl.len().alias("answers"), pl.col("score").count().alias("scores"))
        .filter(pl.col("scores") < pl.col("answers"))
    )
    partly = (
        f"{model}: its own ratings are from {scores} of {answers} answers; the others could not be "
        "read as scores, and what is left may be what the model rates high."
        for model, answers, scores in answered.iter_rows()
    )
    addressed = verdicts.filter("speaks_to_judge").join(asked, on="session_id")
    marked = (
        f"{model}: in {count} of its chats words address whoever rates; read them before its own "
        "rating of them."
        for model, count in addressed.group_by("model", maintain_order=True)
        .agg(pl.col("session_id").n_unique())
        .iter_rows()
    )
    return (*none, *partly, *marked)
