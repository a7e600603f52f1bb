"""The sessions that `attunement rate` shows to judges, and what people rated of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from attunement.cli._gap_ratings import RatingsIn
from attunement.cli._rated import joined_ratings
from attunement.tables import RATINGS, SESSIONS, TURNS
from attunement.transcripts import Session, ratings_table, sessions_table, turns_table


@dataclass(frozen=True, slots=True)
class SessionsRead:
    """Sessions that are read one at a time; of each, what is no text is kept.

    Attributes
    ----------
    source : iterable of Session
        Where they come from; it can be gone through again.
    chosen : frozenset of str, optional
        The ids of those that are wanted; all of them if None.
    sessions, ratings, turns : list of DataFrame
        What was read so far: SESSIONS, RATINGS, and session_id, turn, role and words of the turns.
    """

    source: Iterable[Session]
    chosen: frozenset[str] | None = None
    _sessions: list[pl.DataFrame] = field(default_factory=list)
    _ratings: list[pl.DataFrame] = field(default_factory=list)
    _turns: list[pl.DataFrame] = field(default_factory=list)

    def __iter__(self) -> Iterator[Session]:
        for session in self.source:
            if self.chosen is None or session.session_id in self.chosen:
                yield session

    def noted(self) -> Iterator[Session]:
        """Go through the sessions once, keeping what the tables need."""
        for session in self:
            self._sessions.append(sessions_table([session]))
            self._ratings.append(ratings_table([session]))
            words = pl.col("text").str.count_matches(r"\S+").cast(pl.Int32).alias("words")
            self._turns.append(turns_table([session]).select("session_id", "turn", "role", words))
            yield session

    @property
    def sessions(self) -> pl.DataFrame:
        """SESSIONS, with the user's own columns."""
        return _joined(self._sessions, SESSIONS.schema)

    @property
    def ratings(self) -> pl.DataFrame:
        """RATINGS that stand with the transcripts."""
        return _joined(self._ratings, RATINGS.schema)

    @property
    def turns(self) -> pl.DataFrame:
        """session_id, turn, role and words."""
        schema = {name: TURNS.columns[name] for name in ("session_id", "turn", "role")}
        return _joined(self._turns, pl.Schema({**schema, "words": pl.Int32()}))


def sampled(source: Iterable[Session], *, size: int, seed: int) -> frozenset[str]:
    """Draw session ids; the same ones whatever the order, and more of them as `size` grows."""
    ids = {session.session_id for session in source}
    drawn = sorted(ids, key=lambda one: hashlib.sha256(f"{seed} {one}".encode()).digest())
    return frozenset(drawn[:size])


@dataclass(frozen=True, slots=True)
class People:
    """What people rated of the sessions that were read.

    Attributes
    ----------
    ratings : DataFrame or None
        RATINGS of whole sessions; None if there are none.
    notes : list of str
        What found no session, and what looks wrong.
    """

    ratings: pl.DataFrame | None
    notes: list[str]


def people(read: SessionsRead, *, given: RatingsIn | None) -> People:
    """Take people's ratings from a file, or those that stand with the transcripts, if any.

    Raises
    ------
    DataError
        No rating of the file belongs to a session, or one is out of its questionnaire's range.
    """
    beside = read.ratings
    if given is None and beside["turn"].is_not_null().all():
        return People(ratings=None, notes=[])
    joined = joined_ratings(beside, given=given, sessions=read.sessions)
    return People(ratings=joined.ratings, notes=joined.notes)


def _joined(frames: list[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema), *frames], how="diagonal_relaxed")
