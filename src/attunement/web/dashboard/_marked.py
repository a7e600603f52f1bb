"""Words of a turn that show something, underlined within it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape


def marked(text: str, words: Sequence[str]) -> Markup:
    """Escape a text, and mark where it holds any of some words.

    Parameters
    ----------
    text : str
        What was said.
    words : sequence of str
        Parts of it.
    """
    wanted = sorted({part for part in words if part.strip()}, key=len, reverse=True)
    if not wanted:
        return escape(text)
    pattern = re.compile("|".join(map(re.escape, wanted)), re.IGNORECASE)
    shown, at = Markup(), 0
    for found in pattern.finditer(text):
        shown += escape(text[at : found.start()])
        shown += Markup("<mark>{}</mark>").format(found[0])
        at = found.end()
    return shown + escape(text[at:])
