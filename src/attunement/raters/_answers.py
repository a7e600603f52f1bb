"""What an answer means: one verdict, read as it stands, or the reason that there is none.

Nothing is mended: no score is rounded, clamped, or taken from words. A judge binds to the last
verdict of its answer, and a score counts only with quotes that stand in what it was shown.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import TypeAlias

from attunement.raters._model import Framing, ItemSet, Quote, Reading, Window
from attunement.raters._neutral import neutral
from attunement.raters._quotes import counts, located
from attunement.raters._reasons import Reason
from attunement.raters._transcript import shown

_Json: TypeAlias = "bool | int | float | str | list[_Json] | dict[str, _Json] | None"
_Object: TypeAlias = "dict[str, _Json]"

_THOUGHT = r"think|thinking|thought|reasoning|reflection|scratchpad"
_THINKING = re.compile(
    rf"<({_THOUGHT})\b[^>]*>.*?(?:</\1\s*>|\Z)|\A.*</(?:{_THOUGHT})\s*>", re.DOTALL | re.IGNORECASE
)
"""Thoughts, also when the answer ends in them, or when the prompt had begun them."""

_BEGUN = re.compile(r'\{\s*"')
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)
_ENDED = frozenset(
    {"", "stop", "eos", "eos_token", "end_turn", "stop_sequence", "tool_calls", "function_call"}
)
"""What compatible endpoints call it when a model came to its own end."""

_ENDED_BY = {
    **dict.fromkeys(
        (
            "content_filter",
            "content_filtered",
            "safety",
            "recitation",
            "refusal",
            "blocklist",
            "prohibited_content",
            "spii",
            "guardrail_intervened",
        ),
        Reason.REFUSED,
    ),
    **dict.fromkeys(
        ("error", "abort", "aborted", "cancelled", "canceled", "insufficient_system_resource"),
        Reason.SERVER_ERROR,
    ),
}
"""Ends that say more than that the answer was cut, as every other end is taken to say."""


def read_answer(
    text: str,
    *,
    finish_reason: str | None,
    items: ItemSet,
    window: Window,
    framing: Framing = "reader",
) -> Reading:
    """Read a judge's answer.

    Parameters
    ----------
    text : str
        The answer, whatever it holds.
    finish_reason : str, optional
        Why the model stopped, as an OpenAI-compatible endpoint says it. What is no known way of
        coming to an end is an answer that was cut short.
    items : ItemSet
        Gives the range of answers.
    window : Window
        What the judge was shown; quotes must stand there.
    framing : {"reader", "own"}
        A reader must quote. An AI's own view needs no evidence; what it quotes all the same must
        stand in the chat.

    Returns
    -------
    Reading
        A score within the range with at least one quote (for "own": perhaps none), or a reason.
        Quotes of an unscored verdict are those that were found.

    Notes
    -----
    The answer must hold one JSON object with a score, or several with the same score, of which the
    last is read. Thoughts in tags are put aside first. Words around the object do not matter. An
    object that stands in a turn is a speaker's, and no verdict of the judge's.
    """
    unfinished = _unfinished(finish_reason)
    if unfinished is not None:
        return Reading(None, unfinished)
    verdict = _verdict(_THINKING.sub("", text), window=window)
    if isinstance(verdict, Reason):
        return Reading(None, verdict)
    score = _score(verdict, items=items)
    if isinstance(score, Reason):
        return Reading(None, score)
    quotes, invented = _quotes(verdict, window=window)
    if invented:
        return Reading(None, Reason.QUOTE_NOT_THERE, quotes)
    if not quotes and framing == "reader":
        return Reading(None, Reason.NO_QUOTE)
    return Reading(score, None, quotes)


def _unfinished(finish_reason: str | None) -> Reason | None:
    ending = (finish_reason or "").casefold()
    return None if ending in _ENDED else _ENDED_BY.get(ending, Reason.CUT_SHORT)


class _TwiceError(ValueError):
    """A field stands twice in one object, so that it says two things."""


def _verdict(text: str, *, window: Window) -> _Object | Reason:
    """Give the last verdict of an answer whose verdicts all say the same.

    An object that cannot be read is put aside before a verdict, where it may be the format said
    over again; after one it is another verdict.
    """
    last: _Object | None = None
    try:
        for found, written in _objects(text):
            if _spoken(written, window=window):
                continue
            if found is not None and "score" not in found and "evidence" not in found:
                continue
            if last is not None and (found is None or not _same(last, found)):
                return Reason.NOT_ONE_VERDICT
            last = found
    except _TwiceError:
        return Reason.NOT_ONE_VERDICT
    return Reason.NO_JSON if last is None else last


def _spoken(written: str, *, window: Window) -> bool:
    """Whether an object stands in a turn, however it is spaced."""
    letters = "".join(neutral(written).split())
    return any(letters in "".join(words.split()) for words in shown(window))


def _objects(text: str) -> Iterator[tuple[_Object | None, str]]:
    """Give every JSON object of a text that is in no other, and its text.

    One that cannot be read is None.
    """
    begin = text.find("{")
    while begin >= 0:
        end = begin + 1
        try:
            value, end = _DECODER.raw_decode(text, begin)
            yield value, text[begin:end]
        except _TwiceError:
            raise
        except (ValueError, RecursionError):
            if _BEGUN.match(text, begin):
                end = _closed(text, begin)
                yield None, text[begin:end]
        begin = text.find("{", end)


def _closed(text: str, begin: int) -> int:
    """Give where an object that cannot be read ends, so that what is inside is not taken for it."""
    depth = 0
    for token in _NESTING.finditer(text, begin):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        if depth == 0:
            return token.end()
    return len(text)


def _once(pairs: list[tuple[str, _Json]]) -> _Object:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _TwiceError
    return fields


_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_once)


def _same(one: _Object, other: _Object) -> bool:
    scores = one.get("score"), other.get("score")
    return scores[0] == scores[1] and isinstance(scores[0], bool) == isinstance(scores[1], bool)


def _score(verdict: _Object, *, items: ItemSet) -> float | Reason:
    if "score" not in verdict:
        return Reason.SCORE_MISSING
    score = verdict["score"]
    if score is None:
        return Reason.NO_EVIDENCE
    if isinstance(score, bool) or not isinstance(score, int | float):
        return Reason.NOT_A_NUMBER
    if isinstance(score, float) and math.isnan(score):
        return Reason.NOT_A_NUMBER
    if not items.low <= score <= items.high:
        return Reason.OFF_THE_SCALE
    if items.whole and not float(score).is_integer():
        return Reason.NOT_WHOLE
    return float(score)


def _quotes(verdict: _Object, *, window: Window) -> tuple[tuple[Quote, ...], bool]:
    """Give the quotes that were found and are long enough, and whether one was not found."""
    evidence = verdict.get("evidence")
    found: list[Quote] = []
    invented = False
    for entry in evidence if isinstance(evidence, list) else []:
        words, turn = _cited(entry)
        if not any(map(str.isalnum, words)):
            continue
        quote = located(words, turn=turn, window=window)
        if quote is None:
            invented = True
        elif counts(quote, window=window) and quote not in found:
            found.append(quote)
    return tuple(found), invented


def _cited(entry: _Json) -> tuple[str, int | None]:
    """Give the words and turn number of one piece of evidence."""
    if isinstance(entry, str):
        return entry, None
    if not isinstance(entry, dict):
        return "", None
    words, turn = entry.get("quote"), entry.get("turn")
    if isinstance(turn, bool) or not isinstance(turn, int):
        turn = None
    return (words if isinstance(words, str) else ""), turn
