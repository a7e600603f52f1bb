from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from tests.web.postgres import PostgresServer
from tests.web.storage import clinic

from attunement.web.storage import (
    Database,
    Organisation,
    Patient,
    StorageUnavailable,
    Vault,
    open_vault,
    upgrade,
)


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'attunement.db'}")
    upgrade(database)
    return database


def codes(database: Database) -> int:
    with database.unscoped() as db:
        return len(list(db.scalars(select(Patient.id))))


def test_a_full_database_says_so_and_nothing_is_half_written(
    sqlite: Database, master: bytes
) -> None:
    vault = open_vault(sqlite, master)
    north = clinic.organisation(sqlite)
    clinic.patient(sqlite, vault, north, "p1")
    with sqlite.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def no_more_pages(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    from sqlalchemy import event

    sqlite.close()
    event.listen(sqlite.engine, "connect", no_more_pages)
    with pytest.raises(StorageUnavailable, match="disk of the database is full") as told:
        clinic.patient(sqlite, vault, north, "p2", sessions=3, turns=200)
    assert told.value.retry_after == 60
    assert codes(sqlite) == 1
    event.remove(sqlite.engine, "connect", no_more_pages)
    sqlite.close()
    clinic.patient(sqlite, vault, north, "p2")
    assert codes(sqlite) == 2


def test_a_disk_that_takes_no_more_says_so_and_goes_on_when_it_does(tmp_path: Path) -> None:
    """The operating system refuses to let the file grow, as a full disk does."""
    script = (
        "import resource, sys\n"
        "from attunement.web.storage import Database, Organisation, StorageUnavailable, upgrade\n"
        "database = Database(sys.argv[1]); upgrade(database)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))\n"
        "written = 0\n"
        "try:\n"
        "    while True:\n"
        "        with database.unscoped() as db:\n"
        "            db.add_all(Organisation(name='N' * 200) for _ in range(50))\n"
        "        written += 50\n"
        "except StorageUnavailable as error:\n"
        "    print(error.retry_after, written)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "with database.unscoped() as db: db.add(Organisation(name='after'))\n"
        "with database.unscoped() as db: print(db.query(Organisation).count())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'a.db'}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    retry_after, written, after = done.stdout.split()
    assert retry_after == "60"
    assert int(written) >= 50
    assert int(after) == int(written) + 1, "the refused transaction left rows"


def test_a_database_that_another_holds_on_to_is_busy(sqlite: Database) -> None:
    assert sqlite.file is not None
    holder = sqlite3.connect(sqlite.file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    impatient = Database(str(sqlite.url))
    with impatient.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")
    with pytest.raises(StorageUnavailable, match="busy") as told, impatient.unscoped() as db:
        db.execute(text("PRAGMA busy_timeout=10"))
        db.add(Organisation(name="North"))
        db.flush()
    assert told.value.retry_after == 1
    holder.close()


def test_a_database_that_cannot_be_written_says_so(database: Database) -> None:
    read_only = "PRAGMA query_only=ON" if database.file is not None else "SET TRANSACTION READ ONLY"
    with pytest.raises(StorageUnavailable, match="cannot be written"), database.unscoped() as db:
        db.execute(text(read_only))
        db.add(Organisation(name="North"))
        db.flush()


def test_a_database_that_is_gone_says_so_and_serves_again_when_it_is_back(
    postgres_server: PostgresServer, postgres_url: str, master: bytes
) -> None:
    database = Database(postgres_url)
    vault = open_vault(database, master)
    north = clinic.organisation(database)
    clinic.patient(database, vault, north, "p1")
    with pytest.raises(StorageUnavailable) as told, database.of(north) as db:
        db.add(Patient(code_mark="m", wrapped_key=b"k", sealed_code=b"c"))
        db.flush()
        postgres_server.stop("fast")
        db.scalars(select(Patient)).all()
    assert told.value.retry_after == 5
    with pytest.raises(StorageUnavailable, match="does not answer"):
        codes(database)
    postgres_server.start()
    assert codes(database) == 1, "the transaction that was cut off left a row"
    clinic.patient(database, vault, north, "p2")
    assert codes(database) == 2
    database.close()


def test_a_database_that_never_was_says_so() -> None:
    with pytest.raises(StorageUnavailable, match="does not answer"):
        upgrade(Database("postgresql://attunement@127.0.0.1:1/none"))


def test_a_broken_rule_is_no_outage(database: Database, vault: Vault) -> None:
    north = clinic.organisation(database)
    known = clinic.patient(database, vault, north, "p1")
    with database.of(north) as db:
        mark = db.scalars(select(Patient.code_mark)).one()
    with pytest.raises(IntegrityError), database.of(north) as db:
        db.add(Patient(code_mark=mark, wrapped_key=b"k", sealed_code=b"c"))
    from attunement.web.storage import SpokenTurn

    with pytest.raises(IntegrityError), database.of(north) as db:
        db.add(
            SpokenTurn(
                session_id="0" * 32,
                number=0,
                turn_id="t",
                content_mark="m",
                role="patient",
                sealed_said=b"s",
                sealed_state=b"s",
            )
        )
    assert known.patient_id


def test_no_error_shows_what_was_to_be_written(database: Database) -> None:
    with pytest.raises(IntegrityError) as told, database.unscoped() as db:
        db.add(Organisation(id="1" * 32, name="Somebody's secret"))
        db.flush()
        db.execute(Organisation.__table__.insert().values(id="1" * 32, name="Somebody's secret"))  # type: ignore[attr-defined]
    assert "secret" not in str(told.value)
