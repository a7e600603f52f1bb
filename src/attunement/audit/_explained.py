"""How far the surface of the AI's turns goes with the scores, within chats.

Two questions: how far the alliance inferred from a turn of the AI is its surface (so far it would
be raised by writing otherwise), and whether the surface goes before a rise or fall in what is
inferred from the user's next turn. Only differences between turns of one chat count, so neither
models nor users that differ altogether can make a figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from attunement.associations import AssociationOptions, associate_turns
from attunement.audit._clusters import FEWEST_CLUSTERS, ChatClusters
from attunement.audit._options import ALL_CHATS
from attunement.audit._within_chats import SCORE, WithinChats
from attunement.statistics import ALL_SESSIONS, Estimate
from attunement.tables import ALLIANCE, AUDIT_EXPLAINED, SURFACE_FEATURES

SAME_TURN, TOGETHER = SCORE, "inferred_therapist_together"
NEXT_TURN = "inferred_patient_next"
ALL_FIVE = "all five"

NO_SPREAD = "it hardly varies within chats"
FEW_CLUSTERS = f"it varies within the chats of fewer than {FEWEST_CLUSTERS} clusters"
FEW_TURNS = "too few turns with a score"

_ALONE = "within chats, the feature alone; cluster jackknife over {clusters}, t"
_HELD = "within chats, the other four held constant; cluster jackknife over {clusters}, t"
_JOINTLY = "within chats, the five in one regression"

_STEP = ("session_id", "turn", "role")


def explained(
    turns: pl.DataFrame,
    scores: pl.DataFrame,
    about: pl.DataFrame,
    *,
    clusters: ChatClusters,
    draws: int = 500,
    seed: int = 0,
) -> pl.DataFrame:
    """Ask how far each surface feature goes with the scores.

    Parameters
    ----------
    turns : DataFrame
        AUDIT_TURNS.
    scores : DataFrame
        SCORES of both sides of these chats, by one estimator.
    about : DataFrame
        session_id, patient_id, model, one row a chat.
    clusters : ChatClusters
        Of the chats in `about`.
    draws, seed : int
        Of the bootstrap that checks what is asked of the user's next turn.

    Returns
    -------
    DataFrame
        AUDIT_EXPLAINED, for all chats together (model "all chats"), and for each model where there
        are several. Targets are `inferred_therapist` (the score of the same turn, each feature by
        itself), `inferred_therapist_together` (the five in one regression; `r_squared` is then what
        a feature adds to the other four, and "all five" what they explain together), and
        `inferred_patient_next` (from `attunement.associations.associate_turns`, with its controls).
        Estimates are standard deviations of the target for one of the feature, both within chats;
        for the next turn they are in units of the score. Length is taken as its logarithm; on the
        next turn the AI's length is held constant for all features but itself.
        `p_fdr` is adjusted over features, for all chats together and for all models.
    """
    if turns.is_empty():
        return pl.DataFrame(schema=AUDIT_EXPLAINED.schema)
    chats = about.with_columns(cluster=pl.Series(clusters.codes))
    rows: list[dict[str, Any]] = []
    models = turns["model"].unique(maintain_order=True).to_list()
    for model in [ALL_CHATS, *(models if len(models) > 1 else [])]:
        own = turns if model == ALL_CHATS else turns.filter(pl.col("model") == model)
        found = WithinChats.of(own, chats)
        rows += [
            {"model": model, "n_sessions": found.chats.height} | found.counts | row
            for row in _same_turn(found, clusters.name)
        ]
    rows += _next_turn(turns, scores, chats, models, draws=draws, seed=seed)
    return _adjusted(rows)


def _same_turn(found: WithinChats, clusters: str) -> Iterator[dict[str, Any]]:
    every = np.ones(len(SURFACE_FEATURES), dtype=np.bool_)
    if found.too_few:
        for target in (SAME_TURN, TOGETHER):
            for feature in SURFACE_FEATURES:
                yield {"feature": feature, "target": target, "reason": FEW_TURNS}
        return
    whole = found.slopes()
    names = np.unique(found.codes)
    left = [found.slopes(found.without(cluster)) for cluster in names]
    methods = ((SAME_TURN, _ALONE), (TOGETHER, _HELD))
    for kind, (target, method) in enumerate(methods):
        for at, feature in enumerate(SURFACE_FEATURES):
            row: dict[str, Any] = {"feature": feature, "target": target}
            row["method"] = method.format(clusters=clusters)
            if not found.varies[at]:
                yield row | {"reason": NO_SPREAD}
                continue
            this = np.arange(len(SURFACE_FEATURES)) == at
            squared = found.explained(this) if kind == 0 else _added(found, this)
            row |= {"estimate": float(whole[kind][at]), "r_squared": squared}
            holding = len(np.unique(found.codes[np.abs(found.features[:, at]) > 1e-9]))
            if holding < FEWEST_CLUSTERS:
                yield row | {"reason": FEW_CLUSTERS}
                continue
            moves = np.array([one[kind][at] for one in left]) - whole[kind][at]
            variance = float((len(names) - 1) / len(names) * np.square(moves).sum())
            yield row | _interval(float(whole[kind][at]), variance, df=holding - 1)
    yield {
        "feature": ALL_FIVE,
        "target": TOGETHER,
        "method": _JOINTLY,
        "r_squared": found.explained(every),
    }


def _added(found: WithinChats, this: NDArray[np.bool_]) -> float:
    """Give what a feature adds to what the other four explain."""
    every = np.ones(len(this), dtype=np.bool_)
    return max(0.0, found.explained(every) - found.explained(~this))


def _interval(estimate: float, variance: float, *, df: int) -> dict[str, Any]:
    if not variance > 0:
        return {}
    found = Estimate.from_t(estimate=estimate, se=float(np.sqrt(variance)), df=df)
    return {"ci_low": found.ci_low, "ci_high": found.ci_high, "p_val": found.p_val}


def _next_turn(
    turns: pl.DataFrame,
    scores: pl.DataFrame,
    chats: pl.DataFrame,
    models: list[str],
    *,
    draws: int,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Ask of the user's next turn, as of any marker of a therapist's turn."""
    # Models may be called anything, groups may not.
    codes = {model: f"model {at}" for at, model in enumerate(models)}
    features = turns.select(
        *_STEP[:2],
        pl.lit("therapist").alias("role"),
        pl.col("length").log1p(),
        *SURFACE_FEATURES[1:],
    )
    sessions = chats.join(turns, on="session_id", how="semi").select(
        "session_id",
        "patient_id",
        pl.col("model").replace_strict(codes, return_dtype=pl.String).alias("group"),
    )
    by = {ALL_SESSIONS: ALL_CHATS}
    if len(models) > 1:
        by |= {code: model for model, code in codes.items()}
    options = AssociationOptions(by="group", draws=draws, seed=seed)
    # The lengths of the turns before are held constant. To ask about the AI's own length, its
    # turns are given one length.
    own, *others = SURFACE_FEATURES
    one_length = pl.when(pl.col("role") == "therapist").then(1).otherwise("words")
    effects = pl.concat(
        associate_turns(
            given, features.select(*_STEP, *asked_of), sessions, options=options
        ).effects
        for given, asked_of in (
            (scores.with_columns(words=one_length.cast(pl.Int32)), [own]),
            (scores, others),
        )
    )
    asked = effects.filter(
        pl.col("scale") == ALLIANCE,
        pl.col("reference").is_null(),
        pl.col("group").is_in(list(by)),
        pl.col("role") == "therapist",
    )
    for row in asked.iter_rows(named=True):
        squared = None if row["r"] is None else row["r"] ** 2
        yield {
            **{name: row[name] for name in row if name in AUDIT_EXPLAINED.schema},
            "model": by[row["group"]],
            "target": NEXT_TURN,
            "r_squared": squared,
        }


def _adjusted(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Make the table, adjusting for the false discovery rate as associations do."""
    order = {name: at for at, name in enumerate((*SURFACE_FEATURES, ALL_FIVE))}
    table = pl.DataFrame(
        [{name: row.get(name) for name in AUDIT_EXPLAINED.schema} for row in rows],
        schema=AUDIT_EXPLAINED.schema,
    )
    whole = (pl.col("model") == ALL_CHATS).alias("whole")
    return (
        table.with_columns(
            p_fdr=pl.col("p_val")
            .map_batches(_false_discovery, return_dtype=pl.Float64)
            .over("target", whole)
        )
        .with_columns(order=pl.col("feature").replace_strict(order, return_dtype=pl.Int64))
        .sort(
            pl.col("target").replace_strict({SAME_TURN: 0, TOGETHER: 1, NEXT_TURN: 2}),
            ~whole,
            pl.col("model").replace_strict(
                {name: at for at, name in enumerate(table["model"].unique(maintain_order=True))}
            ),
            "order",
            maintain_order=True,
        )
        .drop("order")
    )


def _false_discovery(p_values: pl.Series) -> pl.Series:
    known = p_values.drop_nulls()
    adjusted = iter(stats.false_discovery_control(known.to_numpy()) if len(known) else ())
    return pl.Series(
        [None if p is None else float(next(adjusted)) for p in p_values], dtype=pl.Float64
    )
