"""Making text one kind of text: NFC, line feeds, no control characters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")
_SHOWN = 40
_LISTED = 10


def clean(text: str) -> str:
    """Give `text` in NFC, with line feeds only, without control characters and outer blanks.

    Halves of surrogate pairs and byte order marks go as well: no file could be written with the
    former, and nobody sees the latter. Cleaning what is clean changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    return normalize("NFC", _UNWANTED.sub("", _BREAKS.sub("\n", text))).strip()


def clean_name(text: str) -> str:
    """Clean a name, id or other one-line text: blanks of any kind become one space."""
    return " ".join(clean(text).split())


def listed(names: Iterable[str]) -> str:
    """List names for a message, so that a turn's text taken for a name is not quoted.

    Returns
    -------
    str
        ``"Anna", "Dr Bee"``; a name longer than 40 characters is given by its length, and after
        ten names only their number is.
    """
    every = list(names)
    shown = [
        f'"{clean_name(name)}"' if len(name) <= _SHOWN else f"(a name of {len(name)} characters)"
        for name in every[:_LISTED]
    ]
    if len(every) > _LISTED:
        shown.append(f"and {len(every) - _LISTED} more")
    return ", ".join(shown) or "(none)"
