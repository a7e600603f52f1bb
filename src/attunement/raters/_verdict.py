"""One verdict: what was asked, of whom, and what came of it, as a row of `VERDICTS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from attunement.raters._answers import read_answer
from attunement.raters._chat import Asked
from attunement.raters._judge import Judge
from attunement.raters._model import ItemSet, Question, Reading
from attunement.raters._reasons import Reason

Key: TypeAlias = tuple[str | int, ...]
"""The values of `KEY`, in that order."""

KEY = (
    "session_id",
    "window",
    "item",
    "perspective",
    "framing",
    "variant",
    "prompt",
    "judge",
    "seed",
)
"""What tells one verdict from another."""

UNASKED = Asked(
    text=None,
    finish_reason=None,
    reason=None,
    attempts=0,
    prompt_tokens=None,
    completion_tokens=None,
    seconds=0.0,
)
"""What came of a question that no endpoint was asked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge answered to one question, or why there is no score.

    Attributes
    ----------
    key : Key
        What tells it from every other.
    question : Question
        What was asked.
    items : ItemSet
        The instrument it belongs to.
    asked : Asked
        What came of asking.
    reading : Reading
        What the answer means.
    """

    key: Key
    question: Question
    items: ItemSet
    asked: Asked
    reading: Reading

    @property
    def final(self) -> bool:
        """Whether asking the same once more is no use."""
        return self.reading.reason is None or not self.reading.reason.transient

    def row(self) -> dict[str, object]:
        """Give the columns of `VERDICTS`, with the quotes as lists."""
        question, reading, asked = self.question, self.reading, self.asked
        return {
            **dict(zip(KEY, self.key, strict=True)),
            "first_turn": question.window.first_turn,
            "last_turn": question.window.last_turn,
            "instrument": self.items.name,
            "scale": question.item.scale,
            "key": question.item.key,
            "low": self.items.low,
            "high": self.items.high,
            "status": "unscored" if reading.score is None else "scored",
            "reason": None if reading.reason is None else str(reading.reason),
            "score": reading.score,
            "quotes": [quote.text for quote in reading.quotes],
            "quote_turns": [quote.turn for quote in reading.quotes],
            "speaks_to_judge": question.speaks_to_judge,
            "attempts": asked.attempts,
            "prompt_tokens": asked.prompt_tokens,
            "completion_tokens": asked.completion_tokens,
            "seconds": asked.seconds,
        }


def key_of(question: Question, *, judge: Judge, seed: int) -> Key:
    """Give what tells the verdict on a question from every other."""
    return (
        question.session_id,
        question.window.window,
        question.item.item,
        question.perspective,
        question.framing,
        question.variant,
        judge.prompt(question),
        judge.name,
        seed,
    )


def verdict(key: Key, question: Question, *, items: ItemSet, asked: Asked) -> Verdict:
    """Read what came of asking.

    Parameters
    ----------
    key : Key
        See `key_of`.
    question : Question
        What was asked.
    items : ItemSet
        The instrument.
    asked : Asked
        What came of it; `UNASKED` where the question itself says why nobody was asked.
    """
    reason = question.reason or asked.reason
    if reason is not None:
        reading = Reading(score=None, reason=reason)
    elif asked.text is None:
        reading = Reading(score=None, reason=Reason.NO_ANSWER)
    else:
        reading = read_answer(
            asked.text,
            finish_reason=asked.finish_reason,
            items=items,
            window=question.window,
            framing=question.framing,
        )
    return Verdict(key=key, question=question, items=items, asked=asked, reading=reading)
