"""How often somebody may ask: moving windows, per caller, per address and per account."""

from __future__ import annotations

import math
import time
from threading import Lock
from typing import Literal, TypeAlias

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from attunement.web._problems import TooMany
from attunement.web._settings import Settings

Rate: TypeAlias = Literal["turns", "requests", "logins", "account", "strangers"]

ACCOUNT_MINUTES = 15
ACCOUNT_ATTEMPTS = 10
"""So many attempts on one account within so many minutes, whether it exists or not."""
STRANGERS_PER_MINUTE = 120
"""Requests of one address with a key or login that is not valid."""
_SET_BACK_SECONDS = 5


class Limits:
    """Counts in this process's memory: several processes allow several times as much.

    Parameters
    ----------
    settings : Settings
        How much each may.
    """

    def __init__(self, settings: Settings) -> None:
        self._rates: dict[Rate, RateLimitItem] = {
            "turns": RateLimitItemPerMinute(settings.turns_per_minute),
            "requests": RateLimitItemPerMinute(settings.requests_per_minute),
            "logins": RateLimitItemPerMinute(settings.logins_per_minute),
            "account": RateLimitItemPerMinute(ACCOUNT_ATTEMPTS, ACCOUNT_MINUTES),
            "strangers": RateLimitItemPerMinute(STRANGERS_PER_MINUTE),
        }
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._latest = time.time()
        self._turning_back = Lock()

    def spend(self, rate: Rate, who: str) -> None:
        """Count one of something.

        Raises
        ------
        TooMany
            It was one too many; says when to come again.
        """
        self._forget_the_future()
        item = self._rates[rate]
        if not self._window.hit(item, rate, who):
            free_at = self._window.get_window_stats(item, rate, who).reset_time
            raise TooMany(retry_after=max(1, math.ceil(free_at - time.time())))

    def forgive(self, rate: Rate, who: str) -> None:
        """Forget what was counted."""
        self._window.clear(self._rates[rate], rate, who)

    def _forget_the_future(self) -> None:
        """Begin anew when the clock was set back: what was counted later would never run out."""
        now = time.time()
        if now >= self._latest - _SET_BACK_SECONDS:
            self._latest = max(now, self._latest)
            return
        with self._turning_back:
            self._storage.reset()
            self._latest = now
