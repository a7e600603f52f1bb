"""The gap, therapist minus patient: per turn pair, tenth, session, dyad and condition."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from attunement.statistics import BINS, SMALL_GROUP, Design
from attunement.tables import (
    GAP_BINS,
    GAP_CONDITIONS,
    GAP_DYADS,
    GAP_PAIRS,
    GAP_SESSIONS,
    MEASURES,
    SESSIONS,
    Table,
)


def turn_pairs(turns: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Pair each patient turn with the therapist's turn that follows it before the patient's next.

    Parameters
    ----------
    turns : DataFrame
        `Turns.frame`.
    design : Design
        The sessions.

    Returns
    -------
    DataFrame
        `GAP_PAIRS`; `time` is the middle between the two turns.
    """
    following = turns.sort("session", "turn").with_columns(
        pl.col("role").shift(-1).over("session").alias("next_role"),
        pl.col("turn").shift(-1).over("session").alias("therapist_turn"),
        ((pl.col("time") + pl.col("time").shift(-1).over("session")) / 2).alias("middle"),
        *(pl.col(m).shift(-1).over("session").alias(f"inferred_therapist_{m}") for m in MEASURES),
    )
    pairs = following.filter(pl.col("role") == "patient", pl.col("next_role") == "therapist")
    return _with_gaps(
        pairs.select(
            "session",
            pl.col("turn").alias("patient_turn"),
            "therapist_turn",
            pl.col("middle").alias("time"),
            *(pl.col(m).alias(f"inferred_patient_{m}") for m in MEASURES),
            *(f"inferred_therapist_{m}" for m in MEASURES),
        ),
        GAP_PAIRS,
        design,
    )


def binned(turns: pl.DataFrame) -> pl.DataFrame:
    """Average each session's turns in ten equal stretches of its time.

    Returns
    -------
    DataFrame
        session, bin (0..9), patient_turns, therapist_turns, both sides' means and the gap.
    """
    return both_sides(turns, ["session", "bin"])


def bin_gaps(turns: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Give `binned` as a table for readers: `GAP_BINS`, bins counted from 1."""
    table = binned(turns).with_columns(
        (pl.col("bin") + 1).cast(pl.Int32),
        ((pl.col("bin") + 0.5) / BINS).alias("time"),
    )
    return _finished(table, GAP_BINS, design)


def session_gaps(turns: pl.DataFrame) -> pl.DataFrame:
    """Average each session's turns a side, and subtract.

    Returns
    -------
    DataFrame
        session, patient_turns, therapist_turns, both sides' means and the gap; only sessions with
        a scored turn.
    """
    return both_sides(turns, ["session"])


def session_table(gaps: pl.DataFrame, sessions: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Give `session_gaps` for every session: `GAP_SESSIONS`, with a reason where there is none."""
    every = pl.DataFrame({"session": range(len(design.session_ids))}, schema={"session": pl.Int64})
    table = every.join(gaps, on="session", how="left", maintain_order="left").with_columns(
        pl.col(f"{role}_turns").fill_null(0) for role in ("patient", "therapist")
    )
    missing = [pl.col(f"{role}_turns") == 0 for role in ("patient", "therapist")]
    reason = (
        pl.when(missing[0] & missing[1])
        .then(pl.lit("no scored turn"))
        .when(missing[0])
        .then(pl.lit("no scored patient turn"))
        .when(missing[1])
        .then(pl.lit("no scored therapist turn"))
    )
    known = [name for name in ("patient_id", "therapist_id") if name in sessions.columns]
    named = sessions.select(
        *(pl.col(name).cast(pl.String) for name in known),
        *(
            pl.lit(None, pl.String).alias(n)
            for n in ("patient_id", "therapist_id")
            if n not in known
        ),
        condition=pl.Series(design.groups, dtype=pl.String),
    )
    return _finished(
        pl.concat([table, named], how="horizontal").with_columns(reason=reason),
        GAP_SESSIONS,
        design,
    )


def dyads(sessions: pl.DataFrame) -> pl.DataFrame:
    """Average a dyad's sessions: `GAP_DYADS` from `GAP_SESSIONS`; only sessions that name both."""
    inside = sessions.filter(
        pl.col("patient_id").is_not_null()
        & pl.col("therapist_id").is_not_null()
        & pl.col("reason").is_null()
    )
    return (
        inside.group_by("patient_id", "therapist_id", "condition", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("n_sessions"),
            pl.col("^(inferred_|gap_).*$").mean(),
        )
        .sort("condition", "patient_id", "therapist_id", nulls_last=True)
        .select(GAP_DYADS.schema.names())
    )


def conditions(sessions: pl.DataFrame) -> pl.DataFrame:
    """Average a condition's sessions, each counting once: `GAP_CONDITIONS` from `GAP_SESSIONS`."""
    rows = pl.concat(_condition_rows(sessions, measure) for measure in MEASURES)
    order = {measure: place for place, measure in enumerate(MEASURES)}
    return rows.sort(
        "condition", pl.col("scale").replace_strict(order, return_dtype=pl.Int8), nulls_last=True
    ).select(GAP_CONDITIONS.schema.names())


def _condition_rows(sessions: pl.DataFrame, measure: str) -> pl.DataFrame:
    gap = pl.col(f"gap_{measure}")
    inside = sessions.filter(gap.is_not_null())

    def named(column: str) -> pl.Expr:
        distinct = pl.col(column).drop_nulls().n_unique().cast(pl.Int64)
        return pl.when(distinct > 0).then(distinct)

    return inside.group_by("condition").agg(
        pl.lit(measure).alias("scale"),
        pl.col(f"inferred_patient_{measure}").mean().alias("inferred_patient"),
        pl.col(f"inferred_therapist_{measure}").mean().alias("inferred_therapist"),
        gap.mean().alias("gap"),
        gap.std().alias("gap_sd"),
        gap.abs().mean().alias("absolute_gap"),
        pl.len().cast(pl.Int64).alias("n_sessions"),
        named("patient_id").alias("n_patients"),
        named("therapist_id").alias("n_therapists"),
        (pl.len() < SMALL_GROUP).alias("small"),
    )


def both_sides(turns: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Average both sides' turns over the same keys: counts, means, and the gap between them."""

    def of(role: str, value: pl.Expr) -> pl.Expr:
        return value.filter(pl.col("role") == role)

    means = turns.group_by(keys).agg(
        *(
            (pl.col("role") == role).sum().cast(pl.Int32).alias(f"{role}_turns")
            for role in ("patient", "therapist")
        ),
        *(
            of(role, pl.col(m)).mean().alias(f"inferred_{role}_{m}")
            for m in MEASURES
            for role in ("patient", "therapist")
        ),
    )
    return means.with_columns(_gap(m) for m in MEASURES).sort(keys)


def _gap(measure: str) -> pl.Expr:
    difference = pl.col(f"inferred_therapist_{measure}") - pl.col(f"inferred_patient_{measure}")
    return difference.alias(f"gap_{measure}")


def _with_gaps(table: pl.DataFrame, schema: Table, design: Design) -> pl.DataFrame:
    return _finished(table.with_columns(_gap(m) for m in MEASURES), schema, design)


def _finished(table: pl.DataFrame, schema: Table, design: Design) -> pl.DataFrame:
    ids = pl.Series(design.session_ids, dtype=SESSIONS.columns["session_id"])
    named = table.with_columns(session_id=ids.gather(table["session"].to_list()))
    return named.select(pl.col(name).cast(dtype) for name, dtype in schema.columns.items())
