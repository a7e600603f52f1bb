"""How the gap changes over a session: a slope a session, and the null of a session without order.

|gap| is biased upward by noise, so its slope is corrected by what the same turns give when they
are shuffled over the session's time within each side: as many turns in every stretch, no order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.statistics import BINS, Codes, Means, Null, clustered
from attunement.tables import MEASURES

Array = NDArray[np.float64]

TIME_SHUFFLE = "time shuffle"

FEWEST_BINS = 3
"""A session in which fewer stretches hear both sides has no slope."""


@dataclass(frozen=True, slots=True)
class BinIndex:
    """Where turns sit: which rows fall in which session, side and bin.

    Attributes
    ----------
    starts : ndarray of int
        First row of every (session, role, bin) that has turns; rows are sorted so.
    patient, therapist : ndarray of int
        Which of these belong together: the two sides of one session's bin.
    leverage : ndarray
        What each such bin's gap adds to its session's slope.
    first : ndarray of int
        First bin of every session that has a slope.
    sessions : ndarray of int
        Those sessions.
    blocks : ndarray of int
        Each row's (session, role), for shuffling within.
    """

    starts: NDArray[np.intp]
    patient: NDArray[np.intp]
    therapist: NDArray[np.intp]
    leverage: Array
    first: NDArray[np.intp]
    sessions: Codes
    blocks: NDArray[np.intp]

    @classmethod
    def of(cls, turns: pl.DataFrame) -> BinIndex:
        """Index turns sorted by session, role and turn."""
        keys = turns.select("session", "role", "bin").with_row_index("row")
        segments = (
            keys.group_by("session", "role", "bin").agg(pl.col("row").min(), pl.len()).sort("row")
        )
        numbered = segments.with_row_index("segment")
        both = (
            numbered.filter(pl.col("role") == "patient")
            .join(
                numbered.filter(pl.col("role") == "therapist"),
                on=["session", "bin"],
                suffix="_therapist",
            )
            .filter(pl.len().over("session") >= FEWEST_BINS)
            .sort("session", "bin")
        )
        time = (pl.col("bin") + 0.5) / BINS
        centred = time - time.mean().over("session")
        leverage = both.select(centred / (centred**2).sum().over("session")).to_series()
        sessions = both["session"].to_numpy()
        begins = np.ones(len(sessions), dtype=bool)
        begins[1:] = sessions[1:] != sessions[:-1]
        first = np.flatnonzero(begins)
        return cls(
            starts=segments["row"].to_numpy().astype(np.intp),
            patient=both["segment"].to_numpy().astype(np.intp),
            therapist=both["segment_therapist"].to_numpy().astype(np.intp),
            leverage=leverage.to_numpy(),
            first=first,
            sessions=sessions[first].astype(np.intp),
            blocks=turns.select(pl.struct("session", "role").rle_id())
            .to_series()
            .to_numpy()
            .astype(np.intp),
        )

    def gaps(self, scores: Array) -> Array:
        """Give every bin's gap for (n_rows, m) scores."""
        counts = np.diff(np.r_[self.starts, len(scores)])
        means = np.add.reduceat(scores, self.starts, axis=0) / counts[:, None]
        return np.asarray(means[self.therapist] - means[self.patient])

    def slopes(self, gaps: Array) -> Array:
        """Give every session's least-squares slope of (n_bins, m) values over time 0 to 1."""
        return np.asarray(np.add.reduceat(gaps * self.leverage[:, None], self.first, axis=0))


@dataclass(frozen=True, slots=True)
class Shuffle:
    """Permutations within blocks of consecutive rows.

    Attributes
    ----------
    size : int
        How many rows there are.
    tables : tuple of ndarray of int, shape (blocks, width)
        The rows of blocks of about one length, a block a line, filled up with -1.
    """

    size: int
    tables: tuple[NDArray[np.intp], ...]

    @classmethod
    def within(cls, blocks: NDArray[np.intp]) -> Shuffle:
        """Prepare for blocks given as a code a row, equal codes beside each other."""
        starts = np.flatnonzero(np.r_[True, blocks[1:] != blocks[:-1]])
        lengths = np.diff(np.r_[starts, len(blocks)])
        # Short lines sort fast, and all lines of a table at once.
        width = 2 ** np.ceil(np.log2(lengths)).astype(int)
        tables = []
        for one in np.unique(width):
            inside = width == one
            places = np.arange(one)
            table = starts[inside][:, None] + places
            tables.append(np.where(places < lengths[inside][:, None], table, -1))
        return cls(size=len(blocks), tables=tuple(tables))

    def draw(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Draw one permutation: which row comes to stand at each place."""
        order = np.empty(self.size, dtype=np.intp)
        for table in self.tables:
            keys = rng.random(table.shape)
            keys[table < 0] = 2.0
            mixed = np.take_along_axis(table, np.argsort(keys, axis=1), axis=1)
            order[table[table >= 0]] = mixed[mixed >= 0]
        return order


@dataclass(frozen=True, slots=True)
class Slopes:
    """Slopes a session and measure, and their null.

    Attributes
    ----------
    signed, absolute : ndarray of shape (n_sessions, m)
        Slope of the gap, and of |gap| less its mean under shuffled time; NaN where a session has
        none.
    nulls : tuple of Null
        One a measure: the groups' mean slopes of |gap|, not corrected, against shuffled time.
    """

    signed: Array
    absolute: Array
    nulls: tuple[Null, ...]


def slopes(
    turns: pl.DataFrame,
    *,
    columns: tuple[str, ...] = MEASURES,
    n_sessions: int,
    groups: Mapping[str, Codes],
    units: Codes,
    draws: int,
    rng: np.random.Generator,
) -> Slopes:
    """Give each session's slopes, with the time-shuffle null.

    Parameters
    ----------
    turns : DataFrame
        `Turns.frame`, or a variant of it.
    columns : tuple of str
        The m columns of scores.
    n_sessions : int
        How many sessions there are.
    groups : mapping of str to ndarray of int
        The sessions of each group the null is averaged over.
    units : ndarray of int of shape (n_sessions,)
        The clusters that the null's standard errors are over.
    draws : int
        How often time is shuffled.
    rng : Generator
        For shuffling.

    Returns
    -------
    Slopes
    """
    complete = turns.drop_nulls(columns)
    index = BinIndex.of(complete)
    scores = complete.select(columns).to_numpy()
    members = {
        label: inside
        for label, where in groups.items()
        if (inside := np.flatnonzero(np.isin(index.sessions, where))).size
    }
    signed, absolute = (np.full((n_sessions, len(columns)), np.nan) for _ in range(2))
    drawn = {label: np.full((2, draws, len(columns)), np.nan) for label in members}
    observed = {}
    if len(index.sessions):
        gaps = index.gaps(scores)
        here = index.slopes(np.abs(gaps))
        of_session = units[index.sessions]
        total = np.zeros_like(here)
        shuffle = Shuffle.within(index.blocks)
        for draw in range(draws):
            shuffled = np.take(scores, shuffle.draw(rng), axis=0)
            found = index.slopes(np.abs(index.gaps(shuffled)))
            total += found
            for label, inside in members.items():
                mean, variance = clustered(found[None, inside], of_session[inside])
                drawn[label][:, draw] = mean[0], variance[0]
        for label, inside in members.items():
            observed[label] = clustered(here[None, inside], of_session[inside])
        signed[index.sessions] = index.slopes(gaps)
        absolute[index.sessions] = here - total / draws
    nulls = tuple(
        Null(
            control=TIME_SHUFFLE,
            drawn={label: Means(*found[:, :, m]) for label, found in drawn.items()},
            observed={
                label: Means(mean[:, m], variance[:, m])
                for label, (mean, variance) in observed.items()
            },
            sizes={label: len(inside) for label, inside in members.items()},
            detail="turns shuffled over time within each side: the null",
        )
        for m in range(len(columns))
    )
    return Slopes(signed, absolute, nulls)
