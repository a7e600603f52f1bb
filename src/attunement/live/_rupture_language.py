"""Whether a session is in English so far: only then do the rupture markers apply.

An encoder that knows English only hears nothing else either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from attunement.markers import ENGLISH_SHARE, FEWEST_WORDS, telling_words

_WORD = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`", "'"))
_LATIN_ENDS = 0x250
"""Letters from here on are not Latin; without spaces between words, each counts as a word."""


@dataclass(slots=True)
class Language:
    """A running count of the words by which a text is told to be English.

    The rule is that of `attunement.markers.english`, on what was said so far: not told until
    `FEWEST_WORDS` words were said, then by the share of telling words.
    """

    words: int = 0
    telling: int = 0

    def step(self, text: str) -> bool | None:
        """Take in a turn and tell whether the session is in English; None: not told yet."""
        for word in _WORD.findall(text.lower().translate(_APOSTROPHES)):
            self.words += len(word) if ord(max(word)) >= _LATIN_ENDS else 1
            self.telling += word in _telling()
        if self.words < FEWEST_WORDS:
            return None
        return self.telling >= ENGLISH_SHARE * self.words


@cache
def _telling() -> frozenset[str]:
    return frozenset(telling_words())
