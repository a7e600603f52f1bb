"""Sessions as tables with an embedding for every turn that is scored, a few thousand at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from attunement.alliance._contract import Vectors
from attunement.embedding import Encoder
from attunement.tables import ROLES
from attunement.transcripts import Session, ratings_table, sessions_table, turns_table

CHUNK_TURNS = 8_192
"""Turns held in memory at once: enough to batch by length, few enough for any corpus size."""

_LETTER = re.compile(r"\w")
_WORD = r"\S*\w\S*"
"""A run without spaces that holds a letter or a digit. Writing without spaces counts as one."""


@dataclass(frozen=True, slots=True)
class EmbeddedChunk:
    """Some consecutive sessions.

    Attributes
    ----------
    turns, sessions, ratings : DataFrame
        Their tables, with the schemas of `attunement.tables`.
    spoken : DataFrame
        The turns that are scored, in order, and their `words`: not those of third speakers, nor
        turns without words.
    vectors : ndarray of shape (n, d)
        The embeddings of `spoken`.
    """

    turns: pl.DataFrame
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    spoken: pl.DataFrame
    vectors: Vectors

    def of_sessions(self) -> Iterator[tuple[str, slice]]:
        """Give each session that has scored turns, and its rows in `spoken`."""
        runs = self.spoken["session_id"].rle().struct.unnest()
        start = 0
        for length, session in runs.iter_rows():
            yield session, slice(start, start + length)
            start += length


def embed(
    sessions: Sequence[Session],
    encoder: Encoder,
    *,
    on_turns: Callable[[int], None] | None = None,
) -> EmbeddedChunk:
    """Embed some sessions at once.

    Parameters
    ----------
    sessions : sequence of Session
        In order.
    encoder : Encoder
        Embeds the turns.
    on_turns : callable, optional
        Called with how many more turns are done, for progress.
    """
    turns = turns_table(sessions)
    spoken = those_spoken(turns)
    vectors = encoder.encode(spoken["text"].to_list(), progress=on_turns)
    if on_turns is not None:
        on_turns(turns.height - spoken.height)
    return EmbeddedChunk(
        turns=turns,
        sessions=sessions_table(sessions),
        ratings=ratings_table(sessions),
        spoken=spoken,
        vectors=vectors,
    )


def those_spoken(turns: pl.DataFrame) -> pl.DataFrame:
    """Keep the turns that are scored, and count their `words`.

    Parameters
    ----------
    turns : DataFrame
        role, text, and whatever else.
    """
    return turns.filter(
        pl.col("role").is_in(ROLES), pl.col("text").str.strip_chars().str.len_chars() > 0
    ).with_columns(words=pl.col("text").str.count_matches(_WORD).cast(pl.Int32))


def words_of(role: str, text: str) -> int | None:
    """Count the words of one turn as `those_spoken` does; None where it is not scored.

    Parameters
    ----------
    role : {"patient", "therapist", "other"}
        Who spoke.
    text : str
        What was said, without control characters.
    """
    if role not in ROLES:
        return None
    # A table costs more than all else that is done with a turn; letters beyond ASCII are left to
    # it all the same, since what counts as a letter is not the same in every library.
    if text.isascii():
        return (
            sum(_LETTER.search(run) is not None for run in text.split()) if text.strip() else None
        )
    spoken = those_spoken(pl.DataFrame({"role": [role], "text": [text]}))
    return int(spoken["words"][0]) if spoken.height else None


def chunks(sessions: Iterable[Session]) -> Iterator[list[Session]]:
    """Gather whole sessions until they have `CHUNK_TURNS` turns, or one session more."""
    chunk: list[Session] = []
    turns = 0
    for session in sessions:
        chunk.append(session)
        turns += len(session.turns)
        if turns >= CHUNK_TURNS:
            yield chunk
            chunk, turns = [], 0
    if chunk:
        yield chunk
