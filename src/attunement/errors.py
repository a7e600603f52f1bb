"""The one exception family: every message says where, what was found, and how to mend it."""

from __future__ import annotations

from pathlib import Path


class AttunementError(Exception):
    """Something the user can mend.

    Parameters
    ----------
    problem : str
        What is wrong, in one sentence without a full stop: what was found and what was expected.
    mend : str
        What to do about it, in one sentence without a full stop.
    path : Path, optional
        The file concerned.
    line : int, optional
        The line in that file, counted from 1.
    field : str, optional
        The column, key or option concerned.

    Notes
    -----
    Messages never quote the text of a turn: transcripts are health data, and messages end in logs.
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        mend: str,
        path: Path | str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.problem = problem
        self.mend = mend
        self.path = Path(path) if path is not None else None
        self.line = line
        self.field = field
        super().__init__(str(self))

    def __str__(self) -> str:
        where = str(self.path) if self.path is not None else ""
        if self.line is not None:
            where = f"{where}, line {self.line}" if where else f"line {self.line}"
        if self.field is not None:
            where = f"{where}, {self.field}" if where else self.field
        prefix = f"{where}: " if where else ""
        return f"{prefix}{self.problem}. {self.mend}."


class DataError(AttunementError):
    """What a file holds is not what it should hold (exit code 1)."""

    exit_code = 1


class UsageError(AttunementError):
    """The command or call was given something it cannot work with (exit code 2)."""


class ModelError(AttunementError):
    """The embedding model is missing, changed or cannot be fetched (exit code 2)."""


class StorageError(AttunementError):
    """A file could not be written: no space, no permission (exit code 2)."""
