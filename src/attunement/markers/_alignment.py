"""How far two sides speak about the same, beyond the session's subject, and who comes to whom."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.markers._pairs import other_side_before
from attunement.markers._semantic import Vectors, row_cosines
from attunement.tables import MARKER_SESSIONS

OPENING_TURNS = 2
CLOSING_TURNS = 3
"""Turns of either side at a session's ends that are left out: greetings and farewells are alike on
both sides whoever answers whom."""

NEAR, FAR = (-1, 2), (-3, 4)
"""Which of the other side's turns tell what nearness alone gives, counted from their last turn
before this one: one exchange further off than it, and three, before this turn and after it."""

OF_NEAR, OF_FAR = 1.5, -0.5
"""The line through what is shared at three turns' distance and at seven, taken on to one."""

FEWEST_PAIRS = 12
"""Neighbouring turns that a session must have between its ends for its alignment to be told."""


def session_semantics(spoken: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
    """Give the alignment of the two sides of each session.

    The first `OPENING_TURNS` and the last `CLOSING_TURNS` turns of either side are left out, as if
    they had not been said: greetings and farewells come in pairs that are alike, and who says the
    last goodbye would decide who comes to whom.

    A pair is a turn and the other side's last turn before it. Two turns near each other are alike
    whoever says them, since a subject lasts; so what a pair shares is held against what turns
    further apart share. With c(n, j) the cosine of turn n and the other side's j-th turn, less the
    mean of that turn's cosines with all turns of the side of n, and j their last turn before n,

        near(n) = mean of c(n, j - 1) and c(n, j + 2), three turns before or after n,
        far(n)  = mean of c(n, j - 3) and c(n, j + 4), seven turns before or after n,
        net(n)  = c(n, j) - (3 near(n) - far(n)) / 2,

    (where the sides take turns), the mean being over those of the two that are there. The last
    term is the line through far and near taken on to the distance of one turn. The weights add up
    to 0, so that net has the expected value 0 if turns follow one another in random order,
    whatever the session is about; it is 0, too, as far as a drifting subject makes turns less
    alike in proportion to their distance. What is left is what the very next turn takes up.
    Nothing is drawn at random.

    Parameters
    ----------
    spoken : DataFrame
        Turns of patient and therapist in order, whole sessions: session_id, turn, role, time.
    vectors : ndarray of shape (n, d)
        Their embeddings, of unit norm.

    Returns
    -------
    DataFrame
        With the schema of `MARKER_SESSIONS`, role "dyad", in the order of the sessions:
        `alignment`, the mean net overlap of its pairs; `alignment_trend`, the slope of net overlap
        over the session (by least squares, time from 0 to 1); `lead_lag`, the mean net overlap of
        patient turns with the therapist's last turn minus that of therapist turns with the
        patient's last turn: above 0, the patient comes to what the therapist said more than the
        therapist to what the patient said. `n` is the number of pairs. Sessions with fewer than
        `FEWEST_PAIRS` pairs are left out; the trend also where all pairs have one time.

    References
    ----------
    Nasir et al. (2019), Interspeech, 1423-1427: coordination in couples' therapy as the distance
    of a turn to the other's turns just before it, against the distance to be expected.
    Boker, Xu, Rotondo and King (2002), Psychological Methods 7, 338-355: leading and following as
    the difference between lagged associations in either direction.
    """
    kept = _between_the_ends(spoken)
    if kept.is_empty():
        return pl.DataFrame(schema=MARKER_SESSIONS.schema)
    pairs = _pairs(kept, vectors[kept["row"].to_numpy()])
    by_session = pairs.group_by("session_id", maintain_order=True)
    of_patient = pl.col("role") == "patient"
    net, time = pl.col("net"), pl.col("time")
    spread = time.var(ddof=0)
    figures = by_session.agg(
        n=pl.len(),
        alignment=net.mean(),
        alignment_trend=pl.when(spread > 0).then(pl.cov(net, time, ddof=0) / spread),
        lead_lag=net.filter(of_patient).mean() - net.filter(~of_patient).mean(),
    ).filter(pl.col("n") >= FEWEST_PAIRS)
    names = ["alignment", "alignment_trend", "lead_lag"]
    order = figures.with_row_index("place")
    return (
        order.unpivot(names, index=["place", "session_id", "n"], variable_name="marker")
        .filter(pl.col("value").is_not_null())
        .sort("place", maintain_order=True)
        .with_columns(role=pl.lit("dyad"))
        .select(*MARKER_SESSIONS.columns)
        .cast(MARKER_SESSIONS.schema)
    )


def _pairs(kept: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
    """Give session_id, role and time of each turn that follows one of the other side, and `net`."""
    side = kept.select(pl.struct("session_id", "role").rank("dense") - 1).to_series().to_numpy()
    (row,) = kept["before"].is_not_null().to_numpy().nonzero()
    before = kept["before"].drop_nulls().to_numpy()
    own = vectors[row] - _means(side, vectors)[side[row]]
    net = row_cosines(own, _beyond_nearness(side, vectors)[before])
    return (
        kept[row].select("session_id", "role", "time", net=net).filter(pl.col("net").is_not_nan())
    )


def _beyond_nearness(side: NDArray[np.uint32], vectors: Vectors) -> Vectors:
    """Take from each turn what its side's turns around it let expect; NaN if none are there."""
    near, far = (_around(side, vectors, places) for places in (NEAR, FAR))
    beyond: Vectors = vectors - OF_NEAR * near - OF_FAR * far
    return beyond


def _around(side: NDArray[np.uint32], vectors: Vectors, places: tuple[int, ...]) -> Vectors:
    """Give the mean vector of the turns so many turns of the same side before or after each."""
    order = np.argsort(side, kind="stable")
    sums = np.zeros_like(vectors)
    found = np.zeros((len(side), 1), dtype=np.float32)
    for place in places:
        here, there = (
            (order[-place:], order[:place]) if place < 0 else (order[:-place], order[place:])
        )
        same = side[here] == side[there]
        sums[here[same]] += vectors[there[same]]
        found[here[same]] += 1
    sums[found[:, 0] == 0] = np.nan
    return (sums / np.maximum(found, 1)).astype(vectors.dtype)


def _between_the_ends(spoken: pl.DataFrame) -> pl.DataFrame:
    """Give the turns that count, their `row` of `spoken`, and `before`.

    `before` is the place, among the turns given, of the other side's last turn; null where that
    turn does not count.
    """
    number = pl.int_range(pl.len()).over("session_id", "role")
    counts = (number >= OPENING_TURNS) & (
        number < pl.len().over("session_id", "role") - CLOSING_TURNS
    )
    every = spoken.with_row_index("row").with_columns(
        counts=counts, before=other_side_before(spoken)
    )
    place = pl.when("counts").then(pl.col("counts").cum_sum() - 1)
    return every.with_columns(before=place.gather("before")).filter("counts")


def _means(side: NDArray[np.uint32], vectors: Vectors) -> Vectors:
    """Give the mean vector of every side of every session."""
    order = np.argsort(side, kind="stable")
    counts = np.bincount(side)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sums = np.add.reduceat(vectors[order], starts, axis=0, dtype=np.float64)
    return (sums / counts[:, None]).astype(vectors.dtype)
