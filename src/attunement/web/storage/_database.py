"""One database, and sessions on it that see one organisation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker, with_loader_criteria

from attunement.errors import UsageError
from attunement.web.storage._models import Scoped

UNSCOPED = "unscoped"
_ORGANISATION = "organisation_id"
_BUSY_SECONDS = 30


class UnscopedQueryError(AssertionError):
    """A statement that would see every organisation's rows; a fault in this program."""


class Database:
    """A database, SQLite or PostgreSQL.

    Parameters
    ----------
    url : str
        `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`.
    """

    def __init__(self, url: str) -> None:
        self.url = _with_driver(url)
        self.engine = _engine(self.url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def of(self, organisation_id: str) -> Iterator[Session]:
        """Open a session that sees one organisation; commits at the end, or rolls back.

        Every SELECT, UPDATE and DELETE of a `Scoped` table is narrowed to the organisation, and a
        row of another cannot be written.
        """
        with self._sessions(info={_ORGANISATION: organisation_id}) as session, session.begin():
            yield session

    @contextmanager
    def unscoped(self) -> Iterator[Session]:
        """Open a session that sees every organisation: for logging in, and for maintenance."""
        with self._sessions(info={UNSCOPED: True}) as session, session.begin():
            yield session

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+pg8000")
    if parsed.drivername in ("sqlite", "postgresql+pg8000"):
        return parsed
    raise UsageError(
        f"the database is {parsed.drivername}, which is not supported",
        mend="Use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
        field="ATTUNEMENT_DATABASE",
    )


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


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


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Narrow every statement to the session's organisation, or refuse it."""
    info = state.session.info
    if info.get(UNSCOPED):
        return
    organisation_id = info.get(_ORGANISATION)
    if organisation_id is None:
        raise UnscopedQueryError("a statement outside Database.of() and Database.unscoped()")
    if state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            Scoped,
            lambda cls: cls.organisation_id == organisation_id,
            include_aliases=True,
        )
    )


@event.listens_for(Session, "before_flush")
def _own_rows_only(session: Session, *_: object) -> None:
    organisation_id = session.info.get(_ORGANISATION)
    if organisation_id is None:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Scoped):
            if row in session.new and not row.organisation_id:
                row.organisation_id = organisation_id
            if row.organisation_id != organisation_id:
                raise UnscopedQueryError(f"a {type(row).__name__} of another organisation")
