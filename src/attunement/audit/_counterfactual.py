"""A test of our own measure: the AI's turns are magnified, and all chats scored again.

What a user says cannot depend on how the AI would otherwise have put it, for the user's turns stay
as they are: the alliance inferred from them must move by nothing at all. What is inferred from the
AI's own turns may move, and by how much is reported: so much of it is surface.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from attunement.alliance import Contrast, Scorer, embed
from attunement.alliance.fitted import FittedModel, FittedScorer
from attunement.audit._clusters import ChatClusters, count_known
from attunement.audit._options import ALL_CHATS
from attunement.audit._sessions import QUARTER
from attunement.audit._shares import SAME, Share, estimate
from attunement.embedding import Encoder
from attunement.surface import features, magnified
from attunement.tables import ALLIANCE, AUDIT_COUNTERFACTUALS, SURFACE_FEATURES
from attunement.transcripts import Session, Turn

Scoring: TypeAlias = Callable[[Sequence[Session]], pl.DataFrame]
"""From chats to a table of what is inferred from them, SCORES or ESTIMATES."""

MOST_TURNS = 120
"""Turns of the AI that are magnified: each is embedded once a feature."""

PATIENT, TREND = "inferred_patient", "inferred_patient_trend"
THERAPIST, DIFFERENCE = "inferred_therapist", "role_difference"
ESTIMATED, ITSELF = "estimated_patient", "feature"
NONE_MAGNIFIED = "no turn could be magnified"

_KEY = ["session_id", "turn"]


def scoring_by(encoder: Encoder) -> Scoring:
    """Score chats as an audit does.

    Parameters
    ----------
    encoder : Encoder
        One that remembers: only then do equal turns have equal vectors to the last digit, and cost
        nothing the second time.
    """
    scorer = Scorer(estimators=[Contrast()], encoder=encoder).fit()
    return lambda sessions: scorer.score(sessions).scores


def estimating_by(model: FittedModel, encoder: Encoder) -> Scoring:
    """Estimate ratings with a fitted model, from the words of both sides.

    Raises
    ------
    ModelError
        The model was fitted with another encoder.
    """
    scorer = FittedScorer(model=model, encoder=encoder)
    return lambda sessions: scorer.estimate(embed(sessions, encoder)).estimates


def counterfactuals(
    texts: pl.DataFrame,
    turns: pl.DataFrame,
    about: pl.DataFrame,
    *,
    clusters: ChatClusters,
    score: Scoring,
    estimate_by: Scoring | None = None,
    most_turns: int = MOST_TURNS,
    seed: int = 0,
) -> pl.DataFrame:
    """Magnify each surface feature in the AI's turns, and say what moves.

    Parameters
    ----------
    texts : DataFrame
        TURNS of the chats.
    turns : DataFrame
        AUDIT_TURNS: the AI's turns that may be magnified; all in English.
    about : DataFrame
        session_id, patient_id, model, one row a chat.
    clusters : ChatClusters
        Of the chats in `about`.
    score : callable
        From chats to SCORES of one estimator.
    estimate_by : callable, optional
        From chats to ESTIMATES of a fitted model. What such a model estimates of the user's rating
        moves where the model listens to both sides.
    most_turns : int
        How many turns are magnified, spread over models and chats. The chats they are of are scored
        whole.
    seed : int
        Which turns are taken, and which of the sentences at hand are put in.

    Returns
    -------
    DataFrame
        AUDIT_COUNTERFACTUALS, for all chats together (model "all chats"), and for each model where
        there are several. Quantities are the alliance inferred from the user (`inferred_patient`),
        over all their turns in these chats, and its last quarter less its first
        (`inferred_patient_trend`); the alliance inferred from the AI (`inferred_therapist`), over
        the turns magnified; the role difference, of the turns magnified less the user's; the
        feature itself (`feature`); and what `estimate_by` gives (`estimated_patient`), over chats.
        `largest` is the largest change of one turn or chat, without its sign.
    """
    chosen = spread_over(turns, most=most_turns, seed=seed)
    if chosen.is_empty():
        return pl.DataFrame(schema=AUDIT_COUNTERFACTUALS.schema)
    touched = texts.join(chosen, on="session_id", how="semi", maintain_order="left")
    chosen = chosen.join(touched.select(*_KEY, "text"), on=_KEY, how="left", maintain_order="left")
    chats = about.with_columns(cluster=pl.Series(clusters.codes)).join(
        chosen, on="session_id", how="semi", maintain_order="left"
    )
    as_it_is = _Scored.of(touched, score, estimate_by)
    rows: list[dict[str, Any]] = []
    for feature in SURFACE_FEATURES:
        made = magnified(chosen["text"].to_list(), feature, seed=seed, english=[True] * len(chosen))
        changed = chosen.with_columns(
            magnified=pl.Series([one.text for one in made], dtype=pl.String),
            why_not=pl.Series([one.reason for one in made], dtype=pl.String),
        )
        rewritten = (
            touched.join(changed.select(*_KEY, "magnified"), on=_KEY, how="left")
            .sort(_KEY)
            .with_columns(text=pl.coalesce("magnified", "text"))
            .drop("magnified")
        )
        after = _Scored.of(rewritten, score, estimate_by)
        rows += _of_feature(feature, changed, as_it_is, after, chats)
    return pl.DataFrame(
        [{name: row.get(name) for name in AUDIT_COUNTERFACTUALS.schema} for row in rows],
        schema=AUDIT_COUNTERFACTUALS.schema,
    )


def spread_over(turns: pl.DataFrame, *, most: int, seed: int) -> pl.DataFrame:
    """Choose turns: as many of each model, and within a model as many of each chat, as there are.

    Returns
    -------
    DataFrame
        session_id, turn, model; in the order of the table.
    """
    drawn = np.random.default_rng(seed).permutation(turns.height)
    return (
        turns.select(*_KEY, "model", words=pl.col("words"))
        .with_row_index("row")
        .with_columns(drawn=pl.Series(drawn))
        .filter(pl.col("words") > 0)
        .with_columns(of_chat=pl.col("drawn").rank("ordinal").over("session_id"))
        .sort("of_chat", "drawn")
        .with_columns(of_model=pl.int_range(pl.len()).over("model"))
        .sort("of_model", "drawn")
        .head(most)
        .sort("row")
        .select(*_KEY, "model")
    )


@dataclass(frozen=True, slots=True)
class _Scored:
    """What is inferred from some chats: session_id, turn, time, value of each side; of chats."""

    user: pl.DataFrame
    ai: pl.DataFrame
    estimated: pl.DataFrame | None

    @classmethod
    def of(cls, texts: pl.DataFrame, score: Scoring, estimate_by: Scoring | None) -> _Scored:
        sessions = list(_sessions(texts))
        scores = score(sessions).select(*_KEY, "role", "time", value=ALLIANCE)
        user, ai = (scores.filter(pl.col("role") == side) for side in ("patient", "therapist"))
        estimated = None
        if estimate_by is not None:
            estimated = estimate_by(sessions).filter(pl.col("perspective") == "patient")
        return cls(user, ai, estimated)


def _sessions(texts: pl.DataFrame) -> Iterator[Session]:
    for (session_id,), own in texts.group_by("session_id", maintain_order=True):
        spoken = own.sort("turn").select("turn", "role", "text").iter_rows()
        yield Session(str(session_id), tuple(Turn(*turn) for turn in spoken))


def _of_feature(
    feature: str, changed: pl.DataFrame, before: _Scored, after: _Scored, chats: pl.DataFrame
) -> Iterator[dict[str, Any]]:
    """Give the rows of one feature: all chats, and each model where there are several."""
    done = changed.filter(pl.col("why_not").is_null())
    user = _pairs(before.user, after.user).join(done, on="session_id", how="semi")
    ai = _pairs(before.ai, after.ai).join(done, on=_KEY, how="semi")
    moved = {
        PATIENT: user,
        TREND: _trends(user),
        THERAPIST: ai,
        DIFFERENCE: _less(_means(ai), _means(user)),
        ITSELF: _surface(feature, done),
    }
    if before.estimated is not None and after.estimated is not None:
        moved |= _estimated(before.estimated, after.estimated, done)
    models = chats["model"].unique(maintain_order=True).to_list()
    for model in [ALL_CHATS, *(models if len(models) > 1 else [])]:
        own = chats if model == ALL_CHATS else chats.filter(pl.col("model") == model)
        left = changed.filter(pl.col("why_not").is_not_null()).join(
            own, on="session_id", how="semi"
        )
        for quantity, values in moved.items():
            row = _row(values, own) | {"feature": feature, "model": model, "quantity": quantity}
            row["n_turns"] = done.join(own, on="session_id", how="semi").height
            if quantity == ITSELF and left.height:
                row["reason"] = _left(left["why_not"].to_list())
            yield row


def _row(values: pl.DataFrame, chats: pl.DataFrame) -> dict[str, Any]:
    """Average before, after and change over the rows of `values`, clustered by users."""
    own = values.join(chats.select("session_id", "patient_id", "cluster"), on="session_id")
    own = own.drop_nulls(["before", "after"]).with_columns(
        change=pl.col("after") - pl.col("before")
    )
    if own.is_empty():
        return {"n_sessions": 0, "n_patients": None, "reason": NONE_MAGNIFIED}
    of_chats = own.group_by("session_id", "cluster", "patient_id").agg(
        pl.col("change").sum(), n=pl.len()
    )
    row: dict[str, Any] = {
        "before": own["before"].mean(),
        "after": own["after"].mean(),
        "change": own["change"].mean(),
        "largest": own["change"].abs().max(),
        "n_sessions": of_chats.height,
        "n_patients": count_known(of_chats["patient_id"]),
    }
    found, reason = estimate(
        Share(
            of_chats["change"].to_numpy(),
            of_chats["n"].cast(pl.Float64).to_numpy(),
            of_chats["cluster"].to_numpy().astype(np.intp),
        )
    )
    if found is not None:
        return row | {"ci_low": found.ci_low, "ci_high": found.ci_high}
    if reason == SAME:
        return row | {"ci_low": row["change"], "ci_high": row["change"]}
    return row | {"reason": reason}


def _surface(feature: str, done: pl.DataFrame) -> pl.DataFrame:
    english = [True] * done.height
    values = [
        features(done[column].to_list(), english=english)[feature]
        for column in ("text", "magnified")
    ]
    return done.select(*_KEY).with_columns(before=values[0], after=values[1])


def _pairs(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    return before.select(*_KEY, "time", before="value").join(
        after.select(*_KEY, after="value"), on=_KEY, how="left", maintain_order="left"
    )


def _means(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.group_by("session_id", maintain_order=True).agg(pl.col("before", "after").mean())


def _less(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return one.join(other, on="session_id", suffix="_other").select(
        "session_id",
        before=pl.col("before") - pl.col("before_other"),
        after=pl.col("after") - pl.col("after_other"),
    )


def _trends(user: pl.DataFrame) -> pl.DataFrame:
    last = _means(user.filter(pl.col("time") >= 1 - QUARTER))
    return _less(last, _means(user.filter(pl.col("time") <= QUARTER)))


def _estimated(
    before: pl.DataFrame, after: pl.DataFrame, done: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Give the chats' estimates, a quantity for each scale where a model has several."""
    of_chats = before.rename({"estimate": "before"}).join(
        after.rename({"estimate": "after"}), on=["session_id", "scale"], how="left"
    )
    of_chats = of_chats.join(done, on="session_id", how="semi", maintain_order="left")
    scales = before["scale"].unique(maintain_order=True).to_list()
    return {
        ESTIMATED if len(scales) == 1 else f"{ESTIMATED}: {scale}": of_chats.filter(
            pl.col("scale") == scale
        ).select("session_id", "before", "after")
        for scale in scales
    }


def _left(reasons: Sequence[str]) -> str:
    said = ", ".join(f"{count} {reason}" for reason, count in Counter(reasons).most_common())
    return f"not magnified: {said}"
