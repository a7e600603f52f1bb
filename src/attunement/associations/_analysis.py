"""From tables to tables: associations within sessions, and over them."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
from threadpoolctl import threadpool_limits

from attunement.associations._next_turn import turn_rows
from attunement.associations._options import AssociationOptions
from attunement.associations._result import Associations
from attunement.associations._rows import Row, over_sessions_verdict
from attunement.associations._sessions import session_rows
from attunement.tables import ROLES


def associate_turns(
    scores: pl.DataFrame,
    features: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    answers: pl.DataFrame | None = None,
    options: AssociationOptions | None = None,
) -> Associations:
    """Ask how features of each side's turns go with the patient's next turn's alliance.

    Parameters
    ----------
    scores : DataFrame
        `SCORES` of one estimator, with `words`. The controls form swap and key offset need the
        `_swapped` and `_offset` columns and are marked as not run without them.
    features : DataFrame
        session_id, turn, role, and a column a feature: numbers, or 0 and 1. Null where a feature
        is not known; one that a side never has is not asked about for that side.
    sessions : DataFrame
        One row a session: session_id, and where known patient_id, therapist_id and the groups.
    answers : DataFrame, optional
        session_id, turn, and columns of 0 and 1: how the patient's turns open (yes, no, thanks),
        for the control kind of answer, which is not run without it.
    options : AssociationOptions, optional
        How to run the statistics.

    Returns
    -------
    Associations

    Raises
    ------
    UsageError, DataError
        The tables lack a column or do not belong together.

    Notes
    -----
    A step leads from one patient turn to their next. The later turn's inferred alliance is
    regressed, within sessions, on a feature of the therapist's turn between the two (or of the
    earlier turn itself), on the earlier turn's alliance, on the lengths of the turns before it, and
    on its place in the session (a curve, tenths, and whether the session is closing). Its own
    length may be a consequence of the feature and is left to a control. Slopes are corrected for
    the number of turns by the half-panel jackknife (Dhaene & Jochmans 2015); intervals are by
    leaving out each patient and each therapist, with t quantiles for the clusters that hold the
    feature (Carter, Schnepel & Steigerwald 2017).
    """
    options = options or AssociationOptions()
    effects: list[Row] = []
    controls: list[Row] = []
    with threadpool_limits(limits=1, user_api="blas"):
        for side in ROLES:
            own = features.filter(pl.col("role") == side).drop("role")
            own = own.select(
                column.name
                for column in own.iter_columns()
                if column.name in ("session_id", "turn") or column.is_not_null().any()
            )
            found, under_control = turn_rows(
                scores, own, sessions, side=side, answers=answers, options=options
            )
            effects += found
            controls += under_control
    return Associations.of(effects, controls)


def associate_sessions(
    values: pl.DataFrame,
    targets: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    covariates: pl.DataFrame | None = None,
    logged: Collection[str] = (),
    of_pairs: Collection[str] = (),
    options: AssociationOptions | None = None,
) -> Associations:
    """Ask how markers of whole sessions go with what was rated, or inferred, of them.

    Parameters
    ----------
    values : DataFrame
        session_id, role, marker, value: `MARKER_SESSIONS`.
    targets : DataFrame
        session_id, target, instrument, scale, value: what the markers may go with.
    sessions : DataFrame
        One row a session: session_id, and where known patient_id, therapist_id and the groups.
    covariates : DataFrame, optional
        session_id and numeric columns that are held constant, such as the logarithm of the words
        spoken. Sessions without all of them are left out.
    logged : collection of str
        Markers that enter as log(1 + value): rates, which are skewed.
    of_pairs : collection of str
        Markers of one side that the other side's words enter too.
    options : AssociationOptions, optional
        How to run the statistics.

    Returns
    -------
    Associations
        Without controls: what is of the same words as the target carries a warning, and what the
        bootstrap does not bear out fails by it.

    Notes
    -----
    A linear mixed model with random intercepts of patients and therapists, where they come more
    than once; the estimate is per standard deviation of the marker over sessions. `r` is the
    correlation of what the covariates leave of both.
    """
    options = options or AssociationOptions()
    with threadpool_limits(limits=1, user_api="blas"):
        rows = session_rows(
            values,
            targets,
            sessions,
            covariates=covariates,
            logged=logged,
            of_pairs=of_pairs,
            options=options,
        )
    return Associations.of([row | {"controls": over_sessions_verdict(row)} for row in rows], [])
