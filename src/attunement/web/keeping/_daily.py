"""Erasing what is older than its organisation keeps, once a day while the service runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from attunement.errors import AttunementError
from attunement.web.operations import journal
from attunement.web.storage import Database, Vault, apply_retention

_DAY_SECONDS = 86_400.0
_AGAIN_SECONDS = 600.0


class Daily:
    """Applies retention at the start and then once a day, in a thread of its own.

    Several processes may do so on one database: what one has erased the others leave out.

    Parameters
    ----------
    database, vault
        What to look through.
    clock : callable
        Gives the time.
    forget : callable
        Is told every session that went, so that none is kept in memory.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        clock: Callable[[], datetime],
        forget: Callable[[str], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._forget = forget
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; an erasure that has begun is finished first."""
        self._stopped.set()
        self._thread.join()

    def once(self) -> int:
        """Apply retention now, and give how many sessions went."""
        found = apply_retention(self._database, self._vault, at=self._clock())
        gone = [session_id for one in found for session_id in one.session_ids]
        for session_id in gone:
            self._forget(session_id)
        return len(gone)

    def _run(self) -> None:
        wait = 0.0
        while not self._stopped.wait(wait):
            try:
                gone = self.once()
            except AttunementError as error:
                # The database is away, the disk is full: it is not forgotten, only put off.
                journal.warning("retention.failed", error=type(error).__name__)
                wait = _AGAIN_SECONDS
            else:
                if gone:
                    journal.info("retention.applied", count=gone)
                wait = _DAY_SECONDS
