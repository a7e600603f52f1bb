"""Overwriting what was deleted, as far as a database lets us."""

from __future__ import annotations

import mmap
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from attunement.web.storage._database import Database
from attunement.web.storage._unavailable import sqlstate, telling_when_unavailable

_PATIENCE_SECONDS = 10.0
_LOCK_NOT_AVAILABLE = "55P03"
_LARGE_TABLES = "turns, sessions, alarms, ratings, jobs, job_sessions"


def scrub(database: Database) -> bool:
    """Overwrite what was deleted.

    SQLite: deleted rows were overwritten with zeros when they went (`secure_delete`); here the
    write-ahead log, which has copies of them, is emptied. PostgreSQL: the table of keys is written
    anew without the deleted rows, and the others are vacuumed; its own write-ahead log is left to
    the server.

    Returns
    -------
    bool
        Whether it could be done now: readers may hold on to what they see. Do it again later.

    Raises
    ------
    StorageUnavailable
        The database cannot be used.
    """
    with telling_when_unavailable():
        return _scrub_postgresql(database) if database.file is None else _empty_log(database)


def compact(database: Database) -> None:
    """Write an SQLite database anew without what was deleted; needs as much free space again."""
    if database.file is None:
        return
    with telling_when_unavailable(), database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")
    scrub(database)


def files_with(database: Database, needle: bytes) -> tuple[Path, ...]:
    """Give an SQLite database's files, its logs among them, that hold some bytes."""
    if database.file is None:
        return ()
    files = (
        database.file.with_name(database.file.name + suffix)
        for suffix in ("", "-wal", "-shm", "-journal")
    )
    return tuple(file for file in files if _holds(file, needle))


def _holds(file: Path, needle: bytes) -> bool:
    if not file.exists() or not file.stat().st_size:
        return False
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as seen:
        return seen.find(needle) >= 0


def _empty_log(database: Database) -> bool:
    until = monotonic() + _PATIENCE_SECONDS
    while True:
        with database.engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if not busy or monotonic() > until:
            return not busy
        sleep(0.05)


def _scrub_postgresql(database: Database) -> bool:
    """Vacuum; rows of the table of keys are too few to mind its being locked for a moment."""
    # A connection of its own: the pool's begin a transaction to see whether they are alive, and
    # in one nothing can be vacuumed.
    engine = create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"VACUUM {_LARGE_TABLES}"))
        connection.execute(text(f"SET lock_timeout = '{int(_PATIENCE_SECONDS)}s'"))
        try:
            connection.execute(text("VACUUM FULL patients"))
        except DBAPIError as error:
            if sqlstate(error) == _LOCK_NOT_AVAILABLE:
                return False
            raise
    return True
