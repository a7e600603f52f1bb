"""Where a form sends its reader afterwards."""

from __future__ import annotations

import re

SEE_OTHER = 303
MOST_TURNS = 1_000_000
"""No session has more: a database may not take every number that an address can hold."""

_OURS = re.compile(r"/(?:[\w-]+(?:/[\w-]+)*)?")


def back_to(address: str) -> str:
    """Give the page a form came from, if it is one of ours; the caseload otherwise."""
    return address if _OURS.fullmatch(address) else "/"
