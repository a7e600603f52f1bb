"""How counts are said in warnings and reasons."""

from __future__ import annotations


def counted(n: int, what: str, *, of: str = "") -> str:
    """Say how many of something there are: 1 rated session, 3 ratings of turns."""
    return f"{n:,} {what}{'' if n == 1 else 's'}{of}"
