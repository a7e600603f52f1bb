"""How ids, lines and columns are shown in messages: the first few, and never a long text."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 40
"""Characters; a longer name of a column may be a question's text, and is not repeated."""


def few(names: Iterable[str], *, most: int = 5) -> str:
    """List the first of some names: "12, 15, 40 and 3 more"."""
    every = list(names)
    shown = ", ".join(short(name) for name in every[:most])
    return shown + (f" and {len(every) - most} more" if len(every) > most else "")


def short(name: str) -> str:
    """Give a name, or only how long it is where it may be a text."""
    line = " ".join(name.split())
    return line if len(line) <= _LONGEST else f"(a name of {len(line)} characters)"
