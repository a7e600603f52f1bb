"""The whole analysis: from scores, or from questionnaires, to tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from attunement.errors import DataError
from attunement.gap._controls import controls_table
from attunement.gap._effects import Chance, Row, effects_table
from attunement.gap._gap_tables import (
    bin_gaps,
    binned,
    conditions,
    dyads,
    session_gaps,
    session_table,
    turn_pairs,
)
from attunement.gap._inferred import Inferred
from attunement.gap._language import wording_for
from attunement.gap._level import level_rows, split_halves
from attunement.gap._published import as_published
from attunement.gap._rated import rated_pairs, rated_rows
from attunement.gap._result import GapOptions, GapResult
from attunement.gap._trajectories import trajectories
from attunement.gap._turns import Turns
from attunement.statistics import Clusters, Design, verdict
from attunement.tables import (
    AS_PUBLISHED,
    GAP_BINS,
    GAP_CONDITIONS,
    GAP_DYADS,
    GAP_PAIRS,
    GAP_SESSIONS,
    ROLES,
    TRAJECTORIES,
    Table,
)

ALPHA = 0.05
"""An effect is beyond chance if its adjusted p is below."""


def analyze_scores(
    scores: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    on_common_scale: bool,
    ratings: pl.DataFrame | None = None,
    outcome: str | None = None,
    reliability: float | None = None,
    options: GapOptions | None = None,
) -> GapResult:
    """Measure the gap between the two sides' inferred alliance, and test it.

    Parameters
    ----------
    scores : DataFrame
        `SCORES` of one estimator. Without the columns `words`, `*_swapped` and `*_offset` the
        controls that need them are marked as not run.
    sessions : DataFrame
        One row a session: session_id, and where known patient_id, therapist_id and the groups.
    on_common_scale : bool
        Whether the estimator's scores of the two sides may be subtracted and read as over- or
        underestimation.
    ratings : DataFrame, optional
        `RATINGS`: where both sides rated a session, the gap of the ratings is analysed too.
    outcome : str, optional
        A numeric column of the sessions that agreement of ratings may predict.
    reliability : float, optional
        Of the questionnaire, for the reliable change index.
    options : GapOptions, optional
        How to run the statistics.

    Returns
    -------
    GapResult

    Raises
    ------
    UsageError, DataError
        The tables lack a column, hold several estimators, or do not belong together.
    """
    options = options or GapOptions()
    sessions = _named(sessions)
    # The matrices are small: threads would wait for each other longer than they work.
    with threadpool_limits(limits=1, user_api="blas"):
        design = Design.of(sessions, by=options.by)
        turns = Turns.of(scores, design.session_ids)
        chance = _chance(design, options)
        inferred = Inferred(turns, design, wording_for(on_common_scale=on_common_scale), chance)
        effects: list[Row] = []
        controls: list[Row] = []
        for asked in (inferred.differences(), inferred.convergence()):
            for found, under_control in asked:
                effects += found
                controls += under_control
        halves = split_halves(turns.frame, len(design.session_ids), zero=inferred.zero())
        effects += level_rows(halves, design, chance.clusters, quantity=inferred.wording.name)
        pairs = rated_pairs(ratings, sessions, design, reliability=reliability)
        rated, rated_controls = rated_rows(
            pairs, ratings, sessions, design, chance, outcome=outcome, reliability=reliability
        )
        table = session_table(session_gaps(turns.frame), sessions, design)
        bins = binned(turns.frame)
        return GapResult(
            pairs=turn_pairs(turns.frame, design),
            bins=bin_gaps(turns.frame, design),
            sessions=table,
            dyads=dyads(table),
            conditions=conditions(table),
            trajectories=trajectories(bins, design, chance.clusters),
            effects=_after_holm(
                effects_table(_with_verdicts([*effects, *rated], [*controls, *rated_controls]))
            ),
            controls=controls_table([*controls, *rated_controls]),
            rated_pairs=pairs,
            published=as_published(turns.frame, design)
            if options.as_published
            else _empty(AS_PUBLISHED),
            wording=inferred.wording,
            options=options,
            clusters=chance.clusters.name,
            notes=design.notes,
        )


def analyze_ratings(
    ratings: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    outcome: str | None = None,
    reliability: float | None = None,
    options: GapOptions | None = None,
) -> GapResult:
    """Measure the gap between what the two sides answered on questionnaires, and test it.

    Parameters
    ----------
    ratings : DataFrame
        `RATINGS`. A pair is one session rated by patient and therapist on one instrument's scale.
    sessions, outcome, reliability, options
        As in `analyze_scores`.

    Returns
    -------
    GapResult
        Without what only turns can give.

    Raises
    ------
    UsageError, DataError
        The tables lack a column or do not belong together.
    """
    options = options or GapOptions()
    sessions = _named(sessions)
    if "rater" in ratings.columns and not ratings["rater"].is_in(ROLES).any():
        raise DataError(
            "no rating is by a patient or a therapist",
            mend="Name the raters patient and therapist",
            field="rater",
        )
    with threadpool_limits(limits=1, user_api="blas"):
        design = Design.of(sessions, by=options.by)
        chance = _chance(design, options)
        pairs = rated_pairs(ratings, sessions, design, reliability=reliability)
        effects, controls = rated_rows(
            pairs, ratings, sessions, design, chance, outcome=outcome, reliability=reliability
        )
        return GapResult(
            pairs=_empty(GAP_PAIRS),
            bins=_empty(GAP_BINS),
            sessions=_empty(GAP_SESSIONS),
            dyads=_empty(GAP_DYADS),
            conditions=_empty(GAP_CONDITIONS),
            trajectories=_empty(TRAJECTORIES),
            effects=_after_holm(effects_table(_with_verdicts(effects, controls))),
            controls=controls_table(controls),
            rated_pairs=pairs,
            published=_empty(AS_PUBLISHED),
            wording=wording_for(on_common_scale=True),
            options=options,
            clusters=chance.clusters.name,
            notes=design.notes,
        )


def _named(sessions: pl.DataFrame) -> pl.DataFrame:
    """Take ids for names, also where they are numbers."""
    return sessions.with_columns(
        pl.col("session_id").cast(pl.String) if "session_id" in sessions.columns else []
    )


def _chance(design: Design, options: GapOptions) -> Chance:
    rng = np.random.default_rng(options.seed)
    clusters = Clusters.draw(design, draws=options.draws, rng=rng)
    return Chance(clusters=clusters, draws=options.draws, seed=options.seed)


def _with_verdicts(effects: Sequence[Row], controls: Sequence[Row]) -> list[Row]:
    key = ("family", "effect", "group", "reference", "instrument", "scale")
    by_effect: dict[tuple[object, ...], list[Row]] = {}
    for row in controls:
        by_effect.setdefault(tuple(row[name] for name in key), []).append(row)
    controlled = {"difference", "between", "convergence", "convergence between"}
    return [
        row | {"controls": verdict(row, by_effect.get(tuple(row.get(name) for name in key), []))}
        if row["family"] in controlled
        else row
        for row in effects
    ]


def _after_holm(effects: pl.DataFrame) -> pl.DataFrame:
    """Take back what does not hold once adjusted for how many effects were asked for."""
    beyond = pl.col("p_holm") < ALPHA
    shown = pl.col("finding").is_in(["converging", "diverging"])
    judged = pl.col("controls").str.contains("^(fails|survives)")
    return effects.with_columns(
        pl.when(shown & ~beyond.fill_null(False))
        .then(pl.lit("not converging"))
        .otherwise("finding")
        .alias("finding"),
        pl.when(judged & ~beyond.fill_null(False))
        .then(pl.lit("nothing to control"))
        .otherwise("controls")
        .alias("controls"),
    )


def _empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema=table.schema)
