"""Finding a judge's quotes in what it was shown: copied, not paraphrased."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from attunement.raters._model import Quote, Window
from attunement.raters._neutral import neutral
from attunement.raters._transcript import NAMES, numbers, shown
from attunement.transcripts import SpeakerRole

_LETTERS = 6
_WORDS = 2

_MARKS = "'’‘‚‛ʼ`´\"“”„‟«»"
_DASHES = "-‐‑‒–—―−"
_ELLIPSIS = re.compile(r"\s*(?:\(\s*)?(?:\.{3,}|…+)(?:\s*\))?\s*")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_LABEL = re.compile(rf"^\W*(?:\d+\W+)?({'|'.join(NAMES.values())})\s*:\s+", re.IGNORECASE)
_SPEAKERS: dict[str, SpeakerRole] = {name.casefold(): role for role, name in NAMES.items()}
_TOKENS = re.compile(rf"[{_MARKS}]+| ?[{_DASHES}]+ ?|.", re.DOTALL)
_JOINT = " … "


def located(quote: str, *, turn: int | None, window: Window) -> Quote | None:
    """Find a quote in one turn of a window.

    Parameters
    ----------
    quote : str
        What the judge says stands in the transcript.
    turn : int, optional
        The number it gives the turn, which is looked at first. A quote that stands in another turn
        is found there, unless the quote begins with the label of a speaker: then it must be a turn
        of that speaker's.
    window : Window
        What the judge was shown.

    Returns
    -------
    Quote or None
        The words as they were shown, and the session's turn. Case, white space, the shape of
        quotation marks and dashes, and marks at the ends do not matter; an ellipsis joins pieces of
        one turn in their order. None where the words do not stand there.
    """
    speaker, words = _unlabelled(neutral(quote))
    pieces = _pieces(words)
    bare = [_bare(piece) for piece in pieces]
    said = _said(window)
    for place in _places(turn, window) if pieces else ():
        if speaker not in (None, window.turns[place].role):
            continue
        words, bare_words = said[place]
        found = _in_order(pieces, words) if all(b in bare_words for b in bare) else None
        if found is not None:
            return Quote(turn=window.turns[place].turn, text=found)
    return None


def counts(quote: Quote, *, window: Window) -> bool:
    """Tell whether a quote is long enough to be evidence.

    Two words with six letters in one piece are, and so is all that a turn says: "No." may be the
    whole answer.
    """
    if any(_long_enough(_words(piece)) for piece in quote.text.split(_JOINT)):
        return True
    bare = _bare(quote.text)
    turns = zip(window.turns, _said(window), strict=True)
    return any(turn.turn == quote.turn and words == bare for turn, (_, words) in turns)


@lru_cache(maxsize=64)
def _said(window: Window) -> tuple[tuple[str, str], ...]:
    """Give the words of each turn as shown, and bare, in which most quotes are quickly missed."""
    return tuple((words, _bare(words)) for words in shown(window))


def _bare(text: str) -> str:
    """Give words without case and marks, each between blanks."""
    return f" {' '.join(_words(text.casefold()))} "


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _long_enough(words: list[str]) -> bool:
    return len(words) >= _WORDS and sum(map(len, words)) >= _LETTERS


def _places(turn: int | None, window: Window) -> Iterable[int]:
    shown_as = numbers(window)
    if turn is None or turn not in shown_as:
        return range(len(window.turns))
    first = shown_as.index(turn)
    return (first, *(place for place in range(len(window.turns)) if place != first))


def _unlabelled(quote: str) -> tuple[SpeakerRole | None, str]:
    """Take the label of a turn from a quote, and tell whose it is."""
    label = _LABEL.match(quote)
    return (_SPEAKERS[label[1].casefold()], quote[label.end() :]) if label else (None, quote)


def _pieces(words: str) -> list[str]:
    """Split a quote at its ellipses; the marks at the ends go."""
    stripped = (_EDGES.sub("", piece) for piece in _ELLIPSIS.split(words))
    return [piece for piece in stripped if piece]


def _in_order(pieces: list[str], words: str) -> str | None:
    found: list[str] = []
    end = 0
    for piece in pieces:
        match = _pattern(piece).search(words, end)
        if match is None:
            return None
        found.append(match.group())
        end = match.end()
    return _JOINT.join(found)


def _pattern(piece: str) -> re.Pattern[str]:
    body = "".join(map(_loosely, _TOKENS.findall(piece)))
    return re.compile(rf"(?<!\w){body}(?!\w)", re.IGNORECASE)


def _loosely(token: str) -> str:
    if token[0] in _MARKS:
        return f"[{_MARKS}]{{1,2}}"
    if token.strip() and token.strip()[0] in _DASHES:
        return f" ?[{_DASHES}]{{1,2}} ?"
    return re.escape(token)
