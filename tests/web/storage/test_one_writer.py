"""The threads of one process take turns at writing to SQLite, and nobody keeps the turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from attunement.web.storage import Database, Organisation, upgrade

SOON = 5
"""Seconds; SQLite itself would be busy for thirty."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'attunement.db'}")
    upgrade(database)
    with database.unscoped() as db:
        db.add(Organisation(id="a" * 32, name="0"))
    yield database
    database.close()


def rename(db: Session, name: str) -> None:
    db.execute(update(Organisation).values(name=name))


def name(database: Database) -> str | None:
    with database.unscoped() as db:
        return db.scalar(select(Organisation.name))


def test_who_writes_later_waits_until_the_one_before_has_ended(database: Database) -> None:
    began = threading.Event()

    def later() -> float:
        began.set()
        with database.unscoped() as db:
            rename(db, "later")
            return time.monotonic()

    with ThreadPoolExecutor(1) as pool:
        with database.unscoped() as db:
            rename(db, "before")
            waiting = pool.submit(later)
            began.wait()
            time.sleep(0.1)
            ended = time.monotonic()
        assert waiting.result(timeout=SOON) > ended
    assert name(database) == "later"


def fail_after(database: Database) -> None:
    with suppress(RuntimeError), database.unscoped() as db:
        rename(db, "never")
        raise RuntimeError


def lose_the_connection(database: Database) -> None:
    with suppress(Exception), database.unscoped() as db:
        rename(db, "never")
        db.connection().invalidate()


def detach_the_connection(database: Database) -> None:
    with suppress(Exception), database.unscoped() as db:
        rename(db, "never")
        raw = db.connection().connection.dbapi_connection
        assert raw is not None
        raw.close()


@pytest.mark.parametrize("end", [fail_after, lose_the_connection, detach_the_connection])
def test_a_writer_that_fails_gives_its_turn_away(
    database: Database, end: Callable[[Database], None]
) -> None:
    end(database)
    with ThreadPoolExecutor(1) as pool:

        def write() -> None:
            with database.unscoped() as db:
                rename(db, "next")

        pool.submit(write).result(timeout=SOON)
    assert name(database) == "next"


def test_many_writers_all_have_their_turn(database: Database) -> None:
    def write(which: int) -> float:
        began = time.monotonic()
        with database.unscoped() as db:
            db.add(Organisation(name=str(which)))
            db.flush()
            rename(db, str(which))
        return time.monotonic() - began

    with ThreadPoolExecutor(30) as pool:
        waited = list(pool.map(write, range(90)))
    assert len(waited) == 90
    with database.unscoped() as db:
        assert len(db.scalars(select(Organisation.id)).all()) == 91
