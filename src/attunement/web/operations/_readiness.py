"""Whether the service can do its work now, and if not, which part cannot."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from attunement.web.operations._journal import journal

LEAST_FREE_BYTES = 200 * 2**20
"""With less room on the data folder's disk the service is not ready."""

_KEPT_SECONDS = 2.0
_PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Part:
    """Something the service cannot do without.

    Attributes
    ----------
    name : str
        One word, which strangers may see.
    works : Callable
        Whether it does. Raising means no.
    """

    name: str
    works: Callable[[], bool]


class Readiness:
    """Asks the parts, at most once in two seconds however often it is asked itself.

    Parameters
    ----------
    parts : tuple of Part
        What is asked, in order.
    clock : Callable, optional
        Seconds that never go backwards.
    """

    def __init__(self, parts: tuple[Part, ...], *, clock: Callable[[], float] = monotonic) -> None:
        self._parts = parts
        self._clock = clock
        self._asking = threading.Lock()
        self._asked: str | None = None
        self._failing: tuple[str, ...] = ()
        self._until = float("-inf")

    def failing(self) -> tuple[str, ...]:
        """Name the parts that do not work; none when ready.

        A part that does not answer (a database whose host is gone) is named by those who ask in
        the meantime, so that they do not all wait for it.
        """
        if self._clock() < self._until:
            return self._failing
        if not self._asking.acquire(timeout=_PATIENCE_SECONDS):
            return (self._asked or "unknown",)
        try:
            if self._clock() >= self._until:
                failing = tuple(part.name for part in self._parts if not self._works(part))
                self._tell_change(failing)
                self._failing, self._until = failing, self._clock() + _KEPT_SECONDS
            return self._failing
        finally:
            self._asking.release()

    def _works(self, part: Part) -> bool:
        self._asked = part.name
        try:
            return part.works()
        except Exception as error:
            journal.warning("part.failed", part=part.name, exc_info=error)
            return False

    def _tell_change(self, failing: tuple[str, ...]) -> None:
        if failing and failing != self._failing:
            journal.warning("service.not_ready", part=list(failing))
        elif self._failing and not failing:
            journal.info("service.ready")


def enough_room(folder: Path, *, least: int = LEAST_FREE_BYTES) -> bool:
    """Say whether the disk that a folder is on has room."""
    return shutil.disk_usage(folder).free >= least
