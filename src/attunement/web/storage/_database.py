"""One database, and sessions on it that see one organisation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, update
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from attunement.errors import UsageError
from attunement.files import storage_errors
from attunement.web.storage._guard import ORGANISATION, UNSCOPED, GuardedSession
from attunement.web.storage._models import Job, Keyring, Patient
from attunement.web.storage._one_writer import OneWriter
from attunement.web.storage._unavailable import sqlstate, telling_when_unavailable

_DATABASE = "database"
_BUSY_SECONDS = 30
_SILENT_SECONDS = 60
"""A server that says nothing for so long is gone."""

_AT_ONCE = 50
"""Connections to PostgreSQL: one for each of the threads that answer (40), and for workers."""


class Database:
    """A database, SQLite or PostgreSQL.

    Parameters
    ----------
    url : str
        `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`.
    ledger : Path, optional
        A file outside the database that remembers what was erased, so that no backup brings it
        back. Beside an SQLite database if left out.

    Attributes
    ----------
    key_id : str or None
        The master key that this process wraps new keys with, once `open_vault` has told; rows
        with keys are refused after another process has changed the master key.
    """

    def __init__(self, url: str, *, ledger: Path | None = None) -> None:
        self.url = _with_driver(url)
        self.engine = _engine(self.url)
        beside = self.file.with_name("erasures.jsonl") if self.file is not None else None
        self.ledger = ledger if ledger is not None else beside
        self.key_id: str | None = None
        self._sessions = sessionmaker(self.engine, class_=GuardedSession, expire_on_commit=False)

    @property
    def file(self) -> Path | None:
        """Where an SQLite database lies; None for PostgreSQL."""
        if self.url.get_backend_name() != "sqlite" or self.url.database is None:
            return None
        return Path(self.url.database)

    @contextmanager
    def of(self, organisation_id: str) -> Iterator[Session]:
        """Open a session that sees one organisation; commits at the end, or rolls back.

        Every SELECT, UPDATE and DELETE of a `Scoped` table is narrowed to the organisation, and
        what cannot be narrowed is refused, as are rows of another and references to them
        (`_guard`).

        Raises
        ------
        StorageUnavailable
            The database is full, gone, busy or read-only; nothing was written.
        """
        with self._session({ORGANISATION: organisation_id}) as session:
            yield session

    @contextmanager
    def unscoped(self) -> Iterator[Session]:
        """Open a session that sees every organisation: for logging in, and for maintenance.

        Raises
        ------
        StorageUnavailable
            As `of` does.
        """
        with self._session({UNSCOPED: True}) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Open a connection that sees all tables as they were at one moment, to read from."""
        with telling_when_unavailable(), self.engine.connect() as connection:
            if self.file is not None:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                )
            yield connection

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()

    @contextmanager
    def _session(self, info: dict[str, Any]) -> Iterator[Session]:
        with (
            telling_when_unavailable(),
            self._sessions(info={**info, _DATABASE: self}) as session,
            session.begin(),
        ):
            yield session


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _unsupported("not a database's address") from None
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+pg8000")
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise _unsupported("in memory, where nothing is kept")
    if parsed.drivername in ("sqlite", "postgresql+pg8000"):
        return parsed
    raise _unsupported(f"{parsed.drivername}, which is not supported")


def _unsupported(what: str) -> UsageError:
    return UsageError(
        f"the database is {what}",
        mend="Use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
        field="ATTUNEMENT_DATABASE",
    )


def _engine(url: URL) -> Engine:
    """Make the engine; errors never show what was to be written."""
    if url.get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=_AT_ONCE - 10,
            hide_parameters=True,
            connect_args={"timeout": _SILENT_SECONDS},
        )
        event.listen(engine, "handle_error", _tell_broken_rules)
        return engine
    path = Path(url.database or "")
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=40,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    OneWriter(engine, patience=_BUSY_SECONDS)
    return engine


def _tell_broken_rules(context: ExceptionContext) -> None:
    """Raise IntegrityError for every broken rule: pg8000 does so for doubled keys alone."""
    error = context.sqlalchemy_exception
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return
    if (sqlstate(error) or "").startswith("23") and error.orig is not None:
        raise IntegrityError(error.statement, error.params, error.orig, hide_parameters=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401
    """Readers do not wait for the writer; a commit is on disk; what is deleted is overwritten."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Session, "before_flush")
def _wrapped_by_the_key_of_now(session: Session, *_: object) -> None:
    """Let no process wrap new keys with a master key that another one has changed meanwhile."""
    database: Database | None = session.info.get(_DATABASE)
    if database is None or database.key_id is None:
        return
    if not any(isinstance(row, Patient | Job) for row in session.new):
        return
    with session.no_autoflush:
        # Waits for a change under way: by SQLite's write lock, or by the row's own.
        if database.file is not None:
            session.execute(update(Keyring).values(key_id=Keyring.key_id))
        current = session.scalar(select(Keyring.key_id).with_for_update(read=True))
    if current != database.key_id:
        raise UsageError(
            f"the master key is {current} now, and this process was started with {database.key_id}",
            mend="Start it again with the new key",
        )
