"""Rated sessions as features: what the fitted estimator learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance._embedded import EmbeddedChunk, chunks, embed
from attunement.alliance.fitted._calibration import KNOTS
from attunement.alliance.fitted._features import Layout, session_features
from attunement.alliance.fitted._signals import Hearing, SpokenTurns, spoken_turns
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.tables import SCORES
from attunement.transcripts import Session

Numbers = NDArray[np.float64]

CLOSING_TURNS = 3
"""How many of the patient's turns count as the closing of a session, thanks and goodbyes."""


@dataclass(frozen=True, slots=True)
class Material:
    """Sessions as features.

    Attributes
    ----------
    encoder_name, encoder_fingerprint : str
        What embedded them.
    hearing : Hearing
        The zero-shot axes.
    sessions : DataFrame
        The sessions table, those without scored turns left out: a row each, in order.
    ratings : DataFrame
        Ratings that stand with the transcripts, of sessions as wholes.
    features : ndarray of shape (n, width)
        Of each whole session, in the order of `sessions`.
    so_far : dict of int to (ndarray of shape (m,), ndarray of shape (m, width))
        After each knot's number of turns: which sessions go on beyond it, and their features.
    before_closing : (ndarray of shape (m,), ndarray of shape (m, width))
        The same for sessions ended before the patient's last `CLOSING_TURNS` turns.
    closing_turns : DataFrame
        For these sessions, the turn they are ended with: row, turns, session_id, turn, time, words;
        turns is how many scored turns of both sides there are up to it.
    patients_known : bool
        Whether every session names its patient.
    marks : tuple of str
        What tells each session from others; see `mark`.
    without_turns : int
        Sessions left out because neither side said anything.
    """

    encoder_name: str
    encoder_fingerprint: str
    hearing: Hearing
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    features: NDArray[np.float32]
    so_far: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]]
    before_closing: tuple[NDArray[np.int64], NDArray[np.float32]]
    closing_turns: pl.DataFrame
    patients_known: bool
    marks: tuple[str, ...]
    without_turns: int


class Gathering:
    """Reduces sessions to features as they come.

    Parameters
    ----------
    encoder : Encoder
        What embeds the turns; it embeds the anchors too.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.hearing = Hearing.of(encoder)
        self._rows: list[NDArray[np.float32]] = []
        self._early: dict[int, tuple[list[int], list[NDArray[np.float32]]]] = {
            knot: ([], []) for knot in KNOTS
        }
        self._ended: tuple[list[int], list[NDArray[np.float32]]] = ([], [])
        self._ended_after: list[int] = []
        self._ended_with: list[pl.DataFrame] = []
        self._ids: list[str] = []
        self._marks: list[str] = []
        self._sessions: list[pl.DataFrame] = []
        self._ratings: list[pl.DataFrame] = []

    def add(self, chunk: EmbeddedChunk) -> None:
        """Take in some sessions; their turns and vectors are not kept."""
        self._sessions.append(chunk.sessions)
        self._ratings.append(chunk.ratings)
        spoken_rows = dict(chunk.of_sessions())
        for session_id, turns in session_turns(chunk, self.hearing):
            closing = _closing(turns)
            at = sorted({*(knot for knot in KNOTS if knot < len(turns)), closing, len(turns)} - {0})
            found = dict(zip(at, session_features(turns, at=at).astype(np.float32), strict=True))
            for knot in KNOTS:
                if knot < len(turns):
                    _keep(self._early[knot], len(self._ids), found[knot])
            if closing:
                _keep(self._ended, len(self._ids), found[closing])
                self._ended_after.append(closing)
                spoken = chunk.spoken[spoken_rows[session_id]]
                self._ended_with.append(spoken[closing - 1].select(_OF_TURN))
            self._rows.append(found[len(turns)])
            self._ids.append(session_id)
            self._marks.append(mark(turns))

    def material(self) -> Material:
        """Give what was gathered.

        Raises
        ------
        DataError
            No session was read.
        """
        if not self._sessions:
            raise DataError(
                "no session was read from these paths",
                mend="Run `attunement check` on the same paths to see what was found",
            )
        width = Layout(self.hearing.dimension).width
        sessions = pl.concat(self._sessions, how="diagonal_relaxed")
        order = pl.DataFrame({"session_id": self._ids}, schema={"session_id": pl.String})
        ratings = pl.concat(self._ratings).filter(pl.col("turn").is_null())
        return Material(
            encoder_name=self.encoder.name,
            encoder_fingerprint=self.encoder.fingerprint,
            hearing=self.hearing,
            sessions=order.join(sessions, on="session_id", maintain_order="left"),
            ratings=ratings,
            features=_stacked(self._rows, width),
            so_far={
                knot: (np.asarray(which, dtype=np.int64), _stacked(rows, width))
                for knot, (which, rows) in self._early.items()
            },
            before_closing=(
                np.asarray(self._ended[0], dtype=np.int64),
                _stacked(self._ended[1], width),
            ),
            closing_turns=self._closing_turns(),
            patients_known=sessions["patient_id"].null_count() == 0,
            marks=tuple(self._marks),
            without_turns=sessions.height - len(self._ids),
        )

    def _closing_turns(self) -> pl.DataFrame:
        rows = pl.Series("row", self._ended[0], dtype=pl.Int64)
        turns = pl.Series("turns", self._ended_after, dtype=pl.Int64)
        if not self._ended_with:
            kinds = {name: SCORES.columns[name] for name in _OF_TURN}
            return pl.DataFrame(schema={"row": pl.Int64(), "turns": pl.Int64(), **kinds})
        return pl.concat(self._ended_with).select(rows, turns, *_OF_TURN)


def gather(sessions: Iterable[Session], encoder: Encoder) -> Material:
    """Embed sessions, a few thousand turns at a time, and reduce each to its features."""
    gathering = Gathering(encoder)
    for some in chunks(sessions):
        gathering.add(embed(some, encoder))
    return gathering.material()


def session_turns(chunk: EmbeddedChunk, hearing: Hearing) -> Iterable[tuple[str, SpokenTurns]]:
    """Give each session of a chunk as signals."""
    roles, words = chunk.spoken["role"].to_list(), chunk.spoken["words"].to_list()
    for session_id, rows in chunk.of_sessions():
        yield (
            session_id,
            spoken_turns(
                hearing, vectors=chunk.vectors[rows], roles=roles[rows], words=words[rows]
            ),
        )


_OF_TURN = ("session_id", "turn", "time", "words")


def mark(turns: SpokenTurns) -> str:
    """Make a mark of who spoke how many words in what order.

    It tells a session from others without telling who or what it was about, so that a model can
    know again what it was fitted on.
    """
    spoken = np.where(turns.of_patient, turns.words, -1 - turns.words).astype("<i4")
    return hashlib.blake2b(spoken.tobytes(), digest_size=8).hexdigest()


def patient_marks(patient_ids: Iterable[str], *, salt: Iterable[str]) -> list[str]:
    """Make a mark of each patient's id, so that a model knows a patient again without naming one.

    Parameters
    ----------
    patient_ids : iterable of str
        The ids.
    salt : iterable of str
        The marks of the sessions that a model was fitted on: other models mark the same patient
        otherwise, and the same model fitted again marks them alike. Who holds a model and a list
        of ids can still find which of them it was fitted on.
    """
    key = hashlib.blake2b("".join(sorted(salt)).encode(), digest_size=32).digest()
    return [
        hashlib.blake2b(one.encode(), key=key, digest_size=8).hexdigest() for one in patient_ids
    ]


def _closing(turns: SpokenTurns) -> int:
    """Count the turns before the patient's last ones; 0 where there are none."""
    mine = np.flatnonzero(turns.of_patient)
    return int(mine[-CLOSING_TURNS]) if len(mine) >= CLOSING_TURNS else 0


def _keep(
    kept: tuple[list[int], list[NDArray[np.float32]]], row: int, features: NDArray[np.float32]
) -> None:
    which, rows = kept
    which.append(row)
    rows.append(features)


def _stacked(rows: list[NDArray[np.float32]], width: int) -> NDArray[np.float32]:
    return np.stack(rows) if rows else np.empty((0, width), dtype=np.float32)
