"""When the database cannot be used just now: full, gone, busy, or read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from attunement.errors import AttunementError


class StorageUnavailable(AttunementError):  # noqa: N818
    """The database cannot be used just now; nothing of the transaction was written.

    Where the connection was lost while committing, the transaction may have been written: ask
    again, or send the same turn again, which is one turn.

    Parameters
    ----------
    problem, mend : str
        As everywhere.
    retry_after : int
        Seconds after which trying again makes sense.
    """

    def __init__(self, problem: str, *, mend: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(problem, mend=mend)


class _Cause(NamedTuple):
    problem: str
    mend: str
    retry_after: int


_FULL = _Cause("the disk of the database is full", "Free some space on it, then try again", 60)
_GONE = _Cause(
    "the database does not answer", "Start it, or wait until it is back, then try again", 5
)
_BUSY = _Cause("the database is busy", "Try again", 1)
_READ_ONLY = _Cause(
    "the database cannot be written to", "Mend the permissions of its file or its role", 60
)
_DAMAGED = _Cause("the database is damaged, or is none", "Restore a backup", 3600)

_SQLITE = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_PROTOCOL: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: _GONE,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
"""By primary result code; https://www.sqlite.org/rescode.html."""

_POSTGRESQL = (
    ("53100", _FULL),
    ("53", _BUSY),
    ("58", _FULL),
    ("25006", _READ_ONLY),
    ("08", _GONE),
    ("57P", _GONE),
    ("40001", _BUSY),
    ("40P01", _BUSY),
    ("55P03", _BUSY),
    ("XX001", _DAMAGED),
    ("XX002", _DAMAGED),
)
"""By the beginning of SQLSTATE, the longer first; PostgreSQL documentation, appendix A."""


@contextmanager
def telling_when_unavailable() -> Iterator[None]:
    """Raise `StorageUnavailable` where the block fails because the database cannot be used."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = _cause(error)
        if cause is None:
            raise
        raise StorageUnavailable(
            cause.problem, mend=cause.mend, retry_after=cause.retry_after
        ) from error


def _cause(error: SQLAlchemyError) -> _Cause | None:
    if isinstance(error, NoFreeConnection):
        return _BUSY
    if not isinstance(error, DBAPIError):
        return None
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF)
    state = sqlstate(error)
    if state is not None:
        return next((cause for start, cause in _POSTGRESQL if state.startswith(start)), None)
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return _GONE
    return None


def sqlstate(error: DBAPIError) -> str | None:
    """Give PostgreSQL's own code of an error, which pg8000 keeps in a mapping of fields."""
    fields = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return fields.get("C") if isinstance(fields, dict) else None
