"""Patterns of words: how texts are made ready for them, and how they are written down."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ONE_SIGN = str.maketrans(
    {**dict.fromkeys("’‘ʼ´`＇", "'"), **dict.fromkeys("“”«»„＂", '"'), "\n": ".", "\t": " "}
)
_QUOTED = re.compile(r"""\"[^"]*"|(?<!\w)'(?=\w)[^"\n]{0,160}?[.,!?…]'(?!\w)""")


def plain(text: str, *, quotes: bool) -> str:
    """Give the text in lower case, with one kind of apostrophe, letter by letter.

    Words stand in it where they stand in the text. Without `quotes`, what is quoted is blank.
    """
    lower = text.lower()
    if len(lower) != len(text):  # as that of the Turkish capital I with a dot
        lower = "".join(small if len(small := one.lower()) == 1 else one for one in text)
    signed = lower.translate(_ONE_SIGN)
    return signed if quotes else _QUOTED.sub(lambda match: " " * len(match[0]), signed)


def filled(pattern: str, parts: Mapping[str, str]) -> str:
    """Put the parts in place of their names in braces."""
    while (name := re.search(r"\{([a-z]+)\}", pattern)) is not None:
        pattern = pattern.replace(name[0], parts[name[1]])
    return pattern
