from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from attunement.errors import StorageError, UsageError
from attunement.web.storage import (
    Base,
    Database,
    Organisation,
    StorageUnavailable,
    revision,
    upgrade,
)


def test_migrations_make_the_tables_that_the_models_describe(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == [], "run python tools/first_migration.py"
    database.close()


def test_what_is_there_stays_when_the_tables_are_brought_up_to_date_again(
    database: Database,
) -> None:
    with database.unscoped() as db:
        db.add(Organisation(name="North"))
    upgrade(database)
    with database.unscoped() as db:
        assert db.query(Organisation).one().name == "North"


def test_processes_that_start_at_once_do_not_collide(empty_url: str) -> None:
    script = (
        "import sys; from attunement.web.storage import Database, upgrade, open_vault\n"
        "sys.stdin.readline()\n"
        "database = Database(sys.argv[1]); upgrade(database)\n"
        "print(open_vault(database, bytes(range(32))).mark('a', 'b'))\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0] * 2, ended
    assert len({out for out, _ in ended}) == 1, "they marked with different keys"


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match=r"newer version .* 9999"):
        upgrade(database)
    assert revision(database) == "9999"


def test_tables_without_a_version_are_not_taken_for_ours(empty_url: str) -> None:
    database = Database(empty_url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE organisations (id integer)"))
    with pytest.raises(UsageError, match="unknown version"):
        upgrade(database)
    database.close()


def test_a_file_that_is_no_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("These are notes, and no database. " * 100)
    with pytest.raises(StorageUnavailable, match="is damaged, or is none"):
        upgrade(Database(f"sqlite:///{tmp_path / 'notes.txt'}"))


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        Database(f"sqlite:///{tmp_path / 'file' / 'attunement.db'}")


@pytest.mark.parametrize(
    "url", ["mysql://here/x", "nonsense", "", "sqlite+aiosqlite:///x", "sqlite://"]
)
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(UsageError, match="ATTUNEMENT_DATABASE"):
        Database(url)
