"""Where verdicts are kept: a file that only grows, so that no answer is paid for twice or lost."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from attunement.errors import DataError, StorageError, UsageError
from attunement.files import storage_errors
from attunement.raters._store_sql import (
    FINAL,
    INSERT,
    KEPT,
    LAST,
    LAYOUT,
    OURS,
    SCHEMA,
    SELECT,
    TIMES,
    USED,
)
from attunement.raters._verdict import Key, Verdict
from attunement.tables import VERDICTS

_LISTS = ("quotes", "quote_turns")


class Store:
    """Verdicts in a file, each question's final one at most once.

    Parameters
    ----------
    path : Path, optional
        The file; it is made when there is none, readable by its owner alone, for it holds quotes.
        Without a path the verdicts are kept in memory.

    Notes
    -----
    The file is SQLite's, in write-ahead mode, and every verdict is on the disk before the next
    question of that judge is put: a stop at any moment, power included, loses only questions that
    are with the endpoint. One process at a time may have it open. Its triggers refuse changes and
    deletions.

    Raises
    ------
    DataError
        The file is something else, or of a newer layout.
    UsageError
        Another process has it open.
    StorageError
        It cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._database = _memory() if path is None else _opened(path)
        self._database.execute("CREATE TEMP TABLE wanted (place INTEGER PRIMARY KEY, id INTEGER)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others have the file."""
        self._database.close()

    def final(self, key: Key) -> int | None:
        """Find the verdict on a question that need not be asked again; None if it must."""
        found = self._database.execute(FINAL, key).fetchone()
        return None if found is None else int(found[0])

    def add(self, verdicts: Sequence[Verdict]) -> list[int]:
        """Keep verdicts, all of them or none, and give their numbers.

        Raises
        ------
        StorageError
            The disk is full, or refuses.
        """
        numbers = []
        with self._writing():
            for one in verdicts:
                row = one.row()
                values = [_cell(name, row[name]) for name in KEPT]
                (times,) = self._database.execute(TIMES, one.key).fetchone()
                cursor = self._database.execute(
                    INSERT, (*one.key, times + 1, one.final, one.asked.text, *values)
                )
                numbers.append(int(cursor.lastrowid or 0))
        return numbers

    def table(self, numbers: Iterable[int]) -> pl.DataFrame:
        """Give verdicts as `VERDICTS`, in the order of their numbers as given.

        Attempts, tokens and seconds are those of all the times that the question was put.
        """
        with self._database:
            self._database.execute("DELETE FROM temp.wanted")
            self._database.executemany("INSERT INTO temp.wanted VALUES (?, ?)", enumerate(numbers))
            rows = self._database.execute(SELECT).fetchall()
        columns = list(VERDICTS.columns)
        places = [columns.index(name) for name in _LISTS]
        for at, row in enumerate(rows):
            cells = list(row)
            for place in places:
                cells[place] = json.loads(cells[place])
            rows[at] = tuple(cells)
        schema = {**VERDICTS.columns, "speaks_to_judge": pl.Int8()}
        return pl.DataFrame(rows, schema=schema, orient="row").cast(
            {"speaks_to_judge": pl.Boolean()}
        )

    def last(self) -> int:
        """Give the number of the verdict kept last; 0 if there is none."""
        return int(self._database.execute(LAST).fetchone()[0])

    def used(self, *, since: int = 0) -> pl.DataFrame:
        """Add up, a judge a row, what was spent on the verdicts after number `since`.

        Returns
        -------
        polars.DataFrame
            judge, calls (questions put), attempts (requests sent), prompt_tokens,
            completion_tokens, seconds.
        """
        rows = self._database.execute(USED, (since,)).fetchall()
        return pl.DataFrame(rows, schema=_USED, orient="row")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._database:
                yield
        except sqlite3.OperationalError as error:
            raise StorageError(
                f"a verdict could not be kept ({error})",
                mend="Free some space or mend the permissions, then run the command again: it "
                "goes on from there",
                path=self.path,
            ) from error


_USED = {
    "judge": pl.String(),
    "calls": pl.Int64(),
    "attempts": pl.Int64(),
    "prompt_tokens": pl.Int64(),
    "completion_tokens": pl.Int64(),
    "seconds": pl.Float64(),
}


def _memory() -> sqlite3.Connection:
    database = _connected(":memory:")
    database.executescript(SCHEMA)
    return database


def _opened(path: Path) -> sqlite3.Connection:
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    database = _connected(str(path))
    try:
        _prepare(database, path)
    except sqlite3.OperationalError as error:
        database.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise UsageError(
                "another process is rating into this store",
                mend="Wait until it is done, or write to another folder",
                path=path,
            ) from error
        raise StorageError(
            f"the store of verdicts cannot be used ({error})",
            mend="Mend its permissions, or write to another folder",
            path=path,
        ) from error
    except sqlite3.DatabaseError as error:
        database.close()
        raise _not_ours(path) from error
    except DataError:
        database.close()
        raise
    return database


def _connected(name: str) -> sqlite3.Connection:
    # One thread at a time uses it: the one that rates.
    return sqlite3.connect(name, timeout=0, check_same_thread=False)


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Take the file for this process alone, and see that it is a store; make it one if empty."""
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("BEGIN EXCLUSIVE")
    (mark,) = database.execute("PRAGMA application_id").fetchone()
    (layout,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    database.commit()
    if tables and mark != OURS:
        raise _not_ours(path)
    if layout > LAYOUT:
        raise DataError(
            f"the store was made by a newer Attunement (layout {layout}, and {LAYOUT} is known)",
            mend="Update Attunement, or write to another folder",
            path=path,
        )
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    if not tables:
        database.executescript(SCHEMA)


def _not_ours(path: Path) -> DataError:
    return DataError(
        "this is no store of verdicts",
        mend="Move it away, or write to another folder",
        path=path,
    )


def _cell(name: str, value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if name in _LISTS else value
