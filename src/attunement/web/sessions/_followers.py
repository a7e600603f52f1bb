"""How many streams somebody has open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from attunement.web._problems import TooMany

MOST_STREAMS = 200
"""Of one person or key, in this process."""
_AGAIN_SECONDS = 10


class Followers:
    """Keeps anybody from holding open all the streams that a machine can have."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._lock = Lock()

    def check(self, who: str) -> None:
        """Refuse one stream more than somebody may have.

        Raises
        ------
        TooMany
            They have as many already.
        """
        with self._lock:
            if self._open[who] >= MOST_STREAMS:
                raise TooMany(retry_after=_AGAIN_SECONDS)

    @contextmanager
    def following(self, who: str) -> Iterator[None]:
        """Count a stream as long as it is open."""
        with self._lock:
            self._open[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[who] -= 1
                if not self._open[who]:
                    del self._open[who]
