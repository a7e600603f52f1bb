"""How a window is shown to a judge: as a document of numbered turns, or as a chat replayed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from attunement.raters._model import Message, Window
from attunement.raters._neutral import neutral, neutral_lines
from attunement.transcripts import SpeakerRole

NAMES: dict[SpeakerRole, str] = {
    "patient": "Patient",
    "therapist": "Therapist",
    "other": "Somebody else",
}
_BEGINNING = "(The conversation begins.)"


@lru_cache(maxsize=64)
def shown(window: Window) -> tuple[str, ...]:
    """Give the words of each turn as the judge sees them, in the order in which it sees them."""
    return tuple(neutral(turn.text) for turn in window.turns)


def rendered(window: Window) -> str:
    """Give a window as a document: one line a turn, each beginning with its number and speaker.

    Parameters
    ----------
    window : Window
        What is to be shown.

    Returns
    -------
    str
        Lines such as ``[12] Patient: I was late again.`` Numbers run on from the window's first
        turn in the order shown, so that a window whose halves were changed over does not tell by
        its numbers. Square brackets stand nowhere else.
    """
    lines = zip(numbers(window), window.turns, shown(window), strict=True)
    return "\n".join(f"[{number}] {NAMES[turn.role]}: {words}" for number, turn, words in lines)


def numbers(window: Window) -> range:
    """Give the number that each turn is shown with."""
    return range(window.first_turn, window.first_turn + len(window.turns))


def replayed(window: Window, *, then: str) -> tuple[Message, ...]:
    """Give a window as the chat it was, with the therapist's turns as the model's own.

    Parameters
    ----------
    window : Window
        What is to be replayed.
    then : str
        What the model is asked at the end.

    Returns
    -------
    tuple of Message
        User and assistant by turns, beginning and ending with the user, as chat templates demand:
        turns of one side in a row are one message. Where the patient has the last word, the
        question follows in the same message, and each line of the patient's begins with ``>``,
        which stands nowhere else: no turn can pass for the question.
    """
    messages = list(_sides(window))
    if messages and messages[0].role == "assistant":
        messages.insert(0, Message("user", _BEGINNING))
    if messages and messages[-1].role == "user":
        last = "\n".join(f"> {line}" for line in messages.pop().content.split("\n"))
        then = f"{last}\n\n{then}"
    return (*messages, Message("user", then))


def _sides(window: Window) -> Iterator[Message]:
    spoken = [(turn.role, neutral_lines(turn.text)) for turn in window.turns]
    said = [(role, words) for role, words in spoken if words]
    for therapist, side in groupby(said, key=lambda turn: turn[0] == "therapist"):
        words = "\n\n".join(
            f"({NAMES[role]} says:) {words}" if role == "other" else words for role, words in side
        )
        yield Message("assistant" if therapist else "user", words)
