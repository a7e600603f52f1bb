"""Words of a transcript as they are shown to a judge: nothing in them can end or forge a turn.

A chat template marks its parts by `<...>`, `<|...|>` or `[...]`, our transcripts mark a turn by
`[3] Patient:` at the beginning of a line, and a verdict stands between braces: a judge that repeats
a turn must not repeat a verdict. So angle brackets, square brackets, braces, bars and line breaks
are ours alone, and so is everything that nobody sees (zero-width and bidirectional controls, tags,
variation selectors). What is shown is what quotes are compared with.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

_LOOKALIKES = {
    **dict.fromkeys("<＜﹤〈⟨❬⧼", "‹"),
    **dict.fromkeys(">＞﹥〉⟩❭⧽", "›"),
    **dict.fromkeys("[［⟦【〔{｛﹛❴⦃", "("),
    **dict.fromkeys("]］⟧】〕}｝﹜❵⦄", ")"),
    **dict.fromkeys("|｜￨", "¦"),
    "\u2800": " ",
}
"""What could be read as a delimiter, and what is shown instead."""

_UNSEEN = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)
"""Characters without a shape that Unicode does not class as controls."""

_UNSEEN_CLASSES = frozenset({"Cc", "Cf", "Co", "Cs"})
_RULER = re.compile(r"""([#=~*_"'`-])\1{2,}""")
_LABEL = re.compile(
    r"\W*(?:\d+\W+)?\b(?:system|developer|user|human|patient|client|assistant|ai|model|bot|therapist|tool"
    r"|counsell?or|instructions?|response)\b\W{0,3}?\s*:",
    re.IGNORECASE,
)
_COLON = re.compile(r"\s*[:：﹕︓]")


class _Shown(dict[int, "str | None"]):
    """How each character is shown, worked out when it is first met."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        shown: str | None = _LOOKALIKES.get(character, character)
        if character in _UNSEEN or category(character) in _UNSEEN_CLASSES:
            shown = " " if character.isspace() else None
        self[code] = shown
        return shown


_SHOWN = _Shown()
_LINES = _Shown({ord("\n"): "\n"})


def neutral(text: str) -> str:
    """Give `text` on one line, without anything that could be a delimiter.

    Parameters
    ----------
    text : str
        What somebody said.

    Returns
    -------
    str
        Brackets of every kind, braces and bars are replaced by characters that look alike, unseen
        characters are dropped, runs of three and more of ``# = ~ * _ - " '`` and backticks are
        shortened to two, and white space of any kind is one space. Doing it twice changes nothing.
    """
    return " ".join(_RULER.sub(r"\1\1", _translated(text, _SHOWN)).split())


def neutral_lines(text: str) -> str:
    """Give `text` line by line, as `neutral` does, with no line that begins like a role's label.

    For chats that are replayed as messages, where lists and paragraphs are part of what was said.
    """
    lines = (neutral(line) for line in _translated(text, _LINES).split("\n"))
    return "\n".join(map(_unlabelled, lines)).strip()


def _unlabelled(line: str) -> str:
    """Take the colon from a role's label, also where the label is in wide or fancy letters."""
    while _LABEL.match(normalize("NFKC", line)) and _COLON.search(line):
        line = _COLON.sub(" -", line, count=1)
    return line


def _translated(text: str, shown: _Shown) -> str:
    if text.isascii():
        return text.translate(shown)
    return normalize("NFC", normalize("NFC", text).translate(shown))
