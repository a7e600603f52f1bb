"""When topics are spoken of: their shares of the turns in each tenth of session time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.errors import DataError
from attunement.statistics import BINS, Clusters, Codes, Course, Design, session_time, time_bin
from attunement.tables import ROLES, TOPIC_COURSES
from attunement.topics._checked import checked

BOTH = "both"
"""The role under which the turns of both sides are counted together."""


def topic_courses(
    turns: pl.DataFrame, sessions: pl.DataFrame, *, draws: int = 2000, seed: int = 0
) -> pl.DataFrame:
    """Give the share of turns that each topic has in each tenth of session time.

    Time is normalised within a session. A session enters a tenth with the shares of its turns
    there, each session counting once; one that has no turn of the role in a tenth does not enter
    it.

    Parameters
    ----------
    turns : DataFrame
        `TOPIC_TURNS`.
    sessions : DataFrame
        `SESSIONS`: condition, patient_id and therapist_id, where they are known.
    draws : int
        Draws of the cluster bootstrap.
    seed : int
        Of its random numbers.

    Returns
    -------
    DataFrame
        `TOPIC_COURSES`, with condition null for all sessions together. A topic that is no turn's
        likeliest has no row, and neither has a tenth that no session of the condition reaches; a
        tenth heard in fewer than two clusters has no band.

    Raises
    ------
    UsageError
        A column is missing.
    DataError
        A turn has no topic, or belongs to a session that is not in the sessions table.
    """
    # The draws, which go by rows, must not hang on the order of the sessions table.
    ordered = sessions.sort("session_id") if "session_id" in sessions.columns else sessions
    design = Design.of(ordered)
    spoken = _placed(checked(turns), design)
    if spoken.is_empty():
        return TOPIC_COURSES.schema.to_frame()
    clusters = Clusters.draw(design, draws=draws, rng=np.random.default_rng(seed))
    topics = spoken["topic"].unique().sort().to_list()
    tables = [
        _rows(label, role, topics, Course.of(values[where], where=where, clusters=clusters))
        for role, values in _shares(spoken, topics, n_sessions=len(design.session_ids))
        for label, where in _groups(design)
    ]
    return (
        pl.concat(tables)
        .select(pl.col(name).cast(dtype) for name, dtype in TOPIC_COURSES.columns.items())
        .with_columns(pl.col("share", "low", "high").fill_nan(None).clip(0, 1))
        .filter(pl.col("n_sessions") > 0)
        .sort(
            pl.col("condition").is_not_null(),
            "condition",
            pl.col("role").replace_strict({role: n for n, role in enumerate((*ROLES, BOTH))}),
            "topic",
            "bin",
        )
    )


def _placed(turns: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Add each turn's session, as a place in the design, and its tenth of session time."""
    order = pl.DataFrame(
        {"session_id": design.session_ids, "session": range(len(design.session_ids))},
        schema={"session_id": pl.String, "session": pl.Int64},
    )
    placed = turns.join(order, on="session_id", how="left", maintain_order="left")
    unknown = placed.filter(pl.col("session").is_null())["session_id"].unique().sort()
    if unknown.len():
        raise DataError(
            f"{unknown.len()} sessions with topics are not in the sessions table, "
            f"the first {unknown[0]!r}",
            mend="Give the sessions table that belongs to these topics",
            field="session_id",
        )
    timed = placed.with_columns(session_time(session="session").alias("time"))
    return timed.with_columns(time_bin().alias("bin"))


def _shares(
    spoken: pl.DataFrame, topics: list[int], *, n_sessions: int
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Give, for each role, the shares of topics a session, tenth and topic, side by side."""
    shape = (n_sessions, BINS, len(topics))
    for role in (*ROLES, BOTH):
        own = spoken if role == BOTH else spoken.filter(pl.col("role") == role)
        counts = np.zeros(shape)
        topic = np.searchsorted(topics, own["topic"].to_numpy())
        np.add.at(counts, (own["session"].to_numpy(), own["bin"].to_numpy(), topic), 1)
        with np.errstate(invalid="ignore"):
            shares = counts / counts.sum(axis=2, keepdims=True)
        yield role, shares.reshape(n_sessions, -1)


def _groups(design: Design) -> Iterator[tuple[str | None, Codes]]:
    yield None, np.arange(len(design.session_ids))
    for label in design.labels:
        yield label, design.code(label)


def _rows(label: str | None, role: str, topics: list[int], course: Course) -> pl.DataFrame:
    """Set a course of one group's sessions and one role's turns as rows."""
    n = BINS * len(topics)
    bins = np.repeat(np.arange(BINS), len(topics))
    return pl.DataFrame(
        {
            "condition": pl.Series([label] * n, dtype=pl.String),
            "role": [role] * n,
            "topic": np.tile(topics, BINS),
            "bin": bins,
            "time": (bins + 0.5) / BINS,
            "share": course.mean,
            "low": course.low,
            "high": course.high,
            "n_sessions": course.n_sessions,
        }
    )
