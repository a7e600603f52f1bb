"""Noting who read which transcript: once for every sitting, not once for every request."""

from __future__ import annotations

import time
from threading import Lock

from sqlalchemy import event
from sqlalchemy.orm import Session

from attunement.web.accounts import Caller, record
from attunement.web.storage import Vault

SITTING_SECONDS = 15 * 60
"""Reading again within this time of the last entry belongs to the same sitting."""
_MOST_REMEMBERED = 10_000


class Readings:
    """Remembers whose reading was written into the audit of late."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str, str], float] = {}
        self._lock = Lock()

    def note(
        self,
        db: Session,
        vault: Vault,
        *,
        caller: Caller,
        session_id: str,
        action: str = "session.read",
    ) -> None:
        """Write into the audit that somebody reads a session, unless this sitting is there already.

        It is written in the transaction that reads, near its end: see `accounts.record`.

        Parameters
        ----------
        db : Session
            Of the caller's organisation.
        vault : Vault
            Binds the entry to those before.
        caller : Caller
            Who reads.
        session_id : str
            What.
        action : str, default: "session.read"
            What is done, where it is not reading: "session.post".
        """
        who = (caller.user_id or caller.key_id or "", session_id, action)
        if self._is_recent(who):
            return
        record(db, vault, caller=caller, action=action, object_id=session_id)
        event.listen(db, "after_commit", lambda _: self._remember(who), once=True)

    def _remember(self, who: tuple[str, str, str]) -> None:
        with self._lock:
            if len(self._noted) >= _MOST_REMEMBERED:
                self._noted.clear()
            self._noted[who] = time.monotonic()

    def _is_recent(self, who: tuple[str, str, str]) -> bool:
        with self._lock:
            at = self._noted.get(who)
        return at is not None and time.monotonic() - at < SITTING_SECONDS
