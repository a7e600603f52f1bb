"""How long a login lasts, also when the clock is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SET_BACK = timedelta(minutes=1)
"""A clock that is behind by more than this was set back."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a login was last seen, and when it ends."""

    last_seen: datetime
    ends: datetime

    def at(self, now: datetime, *, idle: timedelta | None) -> Lifetime | None:
        """Give what holds now, or None if the login has ended.

        One without `idle` does not end for want of use.

        A clock that was set back is no reason to end a login; but what was left of its life when
        it was last seen is all that it has left, so that none becomes eternal.
        """
        back = self.last_seen - now
        moved = Lifetime(now, self.ends - back) if back > SET_BACK else self
        if now >= moved.ends or (idle is not None and now - moved.last_seen >= idle):
            return None
        return Lifetime(max(now, moved.last_seen), moved.ends)
