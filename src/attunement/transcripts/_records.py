"""What a reader hands over: a session as its file tells it, before roles are told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeAlias

from attunement.errors import DataError
from attunement.tables import OTHER, ROLES
from attunement.transcripts._model import Rating, ReadOptions, Value

MAX_TURNS = 100_000
"""No conversation has more: beyond it, a session column is missing or wrong."""

MAX_FILE_BYTES = 256 * 2**20
"""The most a file that holds one session, and is read whole, may hold."""

Moment: TypeAlias = float | datetime
OnProblem: TypeAlias = Callable[[DataError], None]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech as the file has it.

    Attributes
    ----------
    labels : tuple of str
        What the file calls the speaker, what says most about the role first; empty when it
        does not say.
    text : str
        The words, not yet cleaned.
    speaker : str, optional
        The name to show.
    start, end : float or datetime, optional
        Seconds, or a date and time.
    line : int, optional
        Where the utterance stands in the file.
    """

    labels: tuple[str, ...]
    text: str
    speaker: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd that does not keep a session from being read; shown by check."""

    issue: str
    detail: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A session as its file tells it.

    Attributes
    ----------
    session_id : str
        As in the file, or made from the file's name.
    named : bool
        False when the id was made from the file's name.
    line : int, optional
        The line the session begins on; None in a file that holds one session.
    ratings : tuple of Rating
        A rating's turn is the place of the utterance here, before any merging.
    notes : tuple of Note
        What is odd about it.
    """

    session_id: str
    utterances: Sequence[Utterance]
    path: Path
    named: bool = True
    line: int | None = None
    patient_id: str | None = None
    therapist_id: str | None = None
    condition: str | None = None
    number: int | None = None
    columns: Mapping[str, Value] = field(default_factory=dict)
    ratings: tuple[Rating, ...] = ()
    notes: tuple[Note, ...] = ()


class Reader(Protocol):
    """Read one file of one format.

    Yields the sessions of `path` in the file's order. A session that cannot be read is handed
    to `problem` (which raises it when the caller wants no more), and the reader goes on with
    the next. What spoils the whole file is raised as a DataError.
    """

    def __call__(self, path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
        """Yield the file's sessions."""
        ...


class DuplicateSessionError(DataError):
    """A session id that another session has already."""


class UnknownRolesError(DataError):
    """Speakers of whom it cannot be told who is the patient and who the therapist."""


def shown_name(*, role: str, speaker: str | None) -> str | None:
    """Give the name to show for a speaker: the role's, unless it is one of our own words."""
    return speaker or (role if role and role not in (*ROLES, OTHER) else None)


def too_many_turns(path: Path, line: int | None) -> DataError:
    """Give the error for a session that is too long to be one."""
    return DataError(
        f"one session has more than {MAX_TURNS:,} turns",
        mend="Is the session column right? Name it with --columns session_id=NAME",
        path=path,
        line=line,
    )


def stem(path: Path) -> str:
    """Give the file's name without its suffix: the id of a session that has no other."""
    name = path.name
    for suffix in (".gz", ".xz", ".zst"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return Path(name).stem
