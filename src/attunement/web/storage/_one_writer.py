"""SQLite has one writer at a time: the threads of this process queue up for it.

By itself it has the others sleep and try again, longer each time, so that under load one of them
may sleep for seconds while those that come later are served.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.pool import ConnectionPoolEntry

_WRITES = "attunement writes"


class OneWriter:
    """Whose turn it is to write. A transaction has it from its first change until it has ended.

    Parameters
    ----------
    engine : Engine
        Of an SQLite database.
    patience : float
        Seconds after which one stops queueing and leaves it to SQLite, which then says that it is
        busy: other processes write as well.
    """

    def __init__(self, engine: Engine, *, patience: float) -> None:
        self._turn = Lock()
        self._patience = patience
        event.listen(engine, "before_cursor_execute", self._take)
        event.listen(engine.pool, "checkin", self._give)

    def _take(
        self,
        connection: Connection,
        _cursor: object,
        _statement: str,
        _parameters: object,
        context: DefaultExecutionContext | None,
        _many: bool,
    ) -> None:
        if context is None or not (context.isinsert or context.isupdate or context.isdelete):
            return
        entry: dict[Any, Any] | None = connection.connection.record_info
        if (
            entry is not None
            and _WRITES not in entry
            and self._turn.acquire(timeout=self._patience)
        ):
            entry[_WRITES] = True

    def _give(self, _connection: object, entry: ConnectionPoolEntry) -> None:
        """Pass the turn on: the connection is back in the pool, however its transaction ended."""
        if entry.record_info is not None and entry.record_info.pop(_WRITES, False):
            self._turn.release()
