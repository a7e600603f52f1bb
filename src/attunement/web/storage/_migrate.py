"""Bringing a database to this version's tables."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from attunement.errors import UsageError
from attunement.web.storage._database import Database
from attunement.web.storage._unavailable import telling_when_unavailable

_LOCK = 0x61747475
"""A number of our own for PostgreSQL's advisory lock."""


def upgrade(database: Database) -> None:
    """Make the tables, or bring them to this version; all of it or nothing.

    Several processes may do so at once: one does it, and the others wait.

    Raises
    ------
    UsageError
        A newer version has written the database, or it holds tables that are not ours.
    StorageUnavailable
        The database cannot be used.
    """
    config = migrations()
    head = ScriptDirectory.from_config(config).get_current_head()
    with telling_when_unavailable(), database.engine.connect() as connection:
        if _revision(connection) == head:
            return
        connection.rollback()
        _wait_for_others(connection, sqlite=database.file is not None)
        _check_ours(connection, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def revision(database: Database) -> str | None:
    """Give the name of the tables' version; None for an empty database."""
    with telling_when_unavailable(), database.engine.connect() as connection:
        return _revision(connection)


def is_current(database: Database) -> bool:
    """Tell whether the database answers, and its tables are those of this version."""
    return revision(database) == ScriptDirectory.from_config(migrations()).get_current_head()


def migrations() -> Config:
    """Give alembic's configuration of the migrations that come with this package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _wait_for_others(connection: Connection, *, sqlite: bool) -> None:
    if sqlite:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _check_ours(connection: Connection, config: Config) -> None:
    current = _revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise UsageError(
            f"a newer version of Attunement has written the database (its tables are {current})",
            mend="Use that version or a later one, or restore a backup from before",
            field="ATTUNEMENT_DATABASE",
        )
    if current is None and _has_table(connection, "organisations"):
        raise UsageError(
            "the database holds tables of an unknown version",
            mend="Name an empty database, or restore a backup into one",
            field="ATTUNEMENT_DATABASE",
        )


def _has_table(connection: Connection, name: str) -> bool:
    return connection.dialect.has_table(connection, name)
