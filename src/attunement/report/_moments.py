"""The turns worth reading: where the patient's alliance stands lowest and highest."""

from __future__ import annotations

import polars as pl

from attunement.report._inputs import ReportTables
from attunement.tables import ALLIANCE, MEASURES, MOMENTS, NEAREST_ANCHORS

EACH_END = 3
"""How many lowest and how many highest turns a session shows."""

LEAST_WORDS = 4
"""Turns of fewer words ("No.") are passed over where a session has enough longer ones."""

_WORD = r"\S*\w\S*"


def moments(tables: ReportTables, k: int = EACH_END) -> pl.DataFrame:
    """Pick each session's lowest and highest patient turns, with their words and their evidence.

    Parameters
    ----------
    tables : ReportTables
        The tables.
    k : int
        How many lowest and how many highest turns a session; fewer where a session has under
        2 k patient turns to choose from, so that no turn is listed as both.

    Returns
    -------
    DataFrame
        With the schema of `attunement.tables.MOMENTS`: session_id, kind (lowest | highest), rank
        (1 = the most extreme; of equals the earlier turn first), turn, time, the four scores,
        start (seconds, where known), text; `before_turn` and `before_text`, the therapist's last
        turn before it (null where the patient opened the session); and for n = 1..3 the anchors
        of the bank that lie closest to the turn, however far that is, nearest first:
        `anchor_n_text` (the anchor's id where its words are not in the bank), `anchor_n_scale`,
        `anchor_n_pole`, `anchor_n_similarity`. A session in which every turn to choose from
        scores the same has no moments. Sessions come in the order of `tables.sessions`, lowest
        before highest.

    Notes
    -----
    Where a session has at least 2 k scored patient turns of at least four words, only these are
    chosen from; else all its scored patient turns are. Very short turns otherwise crowd
    both ends. Words are what spaces part: in a script without spaces all turns count as short,
    and all are chosen from.
    """
    picked = _extremes(_to_choose_from(tables, k), k)
    order = tables.sessions.select("session_id").with_row_index("place")
    return (
        order.join(picked, on="session_id", how="inner")
        .join(_spoken(tables.turns), on=["session_id", "turn"], how="left")
        .join(_nearest(tables, picked), on=["session_id", "turn"], how="left")
        .sort("place", pl.col("kind") == "highest", "rank")
        .select(MOMENTS.schema.names())
    )


def _to_choose_from(tables: ReportTables, k: int) -> pl.DataFrame:
    """Scored patient turns, without the very short ones where a session can do without."""
    long_enough = pl.col("text").str.count_matches(_WORD) >= LEAST_WORDS
    words = tables.turns.select("session_id", "turn", long_enough.fill_null(False).alias("long"))
    return (
        tables.finite_scores()
        .filter(pl.col("role") == "patient", pl.col(ALLIANCE).is_not_null())
        .join(words, on=["session_id", "turn"], how="left", maintain_order="left")
        .filter(pl.col("long") | (pl.col("long").sum().over("session_id") < 2 * k))
        .drop("long")
    )


def _extremes(scores: pl.DataFrame, k: int) -> pl.DataFrame:
    lowest_of_all, highest_of_all = pl.col(ALLIANCE).min(), pl.col(ALLIANCE).max()
    patient = scores.with_columns(
        pl.min_horizontal(pl.lit(k), pl.len().over("session_id") // 2).alias("room"),
        lowest_of_all.over("session_id").alias("floor"),
        highest_of_all.over("session_id").alias("ceiling"),
    ).filter(pl.col("floor") < pl.col("ceiling"))
    lowest = _first(patient, "lowest", descending=False)
    # The highest are picked from what is left: among equals no turn may stand at both ends.
    left = patient.join(lowest, on=["session_id", "turn"], how="anti")
    highest = _first(left, "highest", descending=True)
    return pl.concat(
        [
            lowest.filter(pl.col(ALLIANCE) < pl.col("ceiling")),
            highest.filter(pl.col(ALLIANCE) > pl.col("floor")),
        ]
    ).select("session_id", "kind", "rank", "turn", "time", *MEASURES)


def _first(patient: pl.DataFrame, kind: str, *, descending: bool) -> pl.DataFrame:
    """Rank turns from one end, the earlier of equals first, and keep those there is room for."""
    return (
        patient.sort("session_id", ALLIANCE, "turn", descending=[False, descending, False])
        .with_columns(
            pl.lit(kind).alias("kind"),
            pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("session_id").alias("rank"),
        )
        .filter(pl.col("rank") <= pl.col("room"))
    )


def _spoken(turns: pl.DataFrame) -> pl.DataFrame:
    """Each turn's words, and the therapist's turn before it."""
    of_therapist = pl.col("role") == "therapist"
    return turns.sort("session_id", "turn").select(
        "session_id",
        "turn",
        "start",
        "text",
        *(
            pl.when(of_therapist)
            .then(pl.col(name))
            .forward_fill()
            .shift(1)
            .over("session_id")
            .alias(f"before_{name}")
            for name in ("turn", "text")
        ),
    )


def _nearest(tables: ReportTables, picked: pl.DataFrame) -> pl.DataFrame:
    """Find the nearest anchors of the picked turns, one row a turn, all scales together."""
    words = tables.anchors.select("anchor", "text").unique("anchor", keep="first")
    ranked = (
        tables.evidence.join(
            picked.select("session_id", "turn").unique(), on=["session_id", "turn"], how="semi"
        )
        .filter(pl.col("similarity").is_finite())
        .join(words, on="anchor", how="left")
        .with_columns(pl.col("text").fill_null(pl.col("anchor")))
        .sort("session_id", "turn", "similarity", descending=[False, False, True])
        .group_by("session_id", "turn", maintain_order=True)
    )
    return ranked.agg(
        pl.col(field).get(place, null_on_oob=True).alias(f"anchor_{place + 1}_{field}")
        for place in range(NEAREST_ANCHORS)
        for field in ("text", "scale", "pole", "similarity")
    )
