"""Everything a judge is asked about a session: each item, about each window."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from attunement.errors import UsageError
from attunement.raters._addressed import speaks_to_judge
from attunement.raters._model import (
    AS_IT_IS,
    VARIANTS,
    Framing,
    ItemSet,
    Message,
    Perspective,
    Question,
    Window,
)
from attunement.raters._protocol import Protocol, load_protocol
from attunement.raters._reasons import Reason
from attunement.raters._transcript import rendered, replayed, shown
from attunement.raters._variants import varied
from attunement.raters._windows import windows
from attunement.transcripts import Session, SpeakerRole

_READING = 2
"""Raised when turns are shown or answers read differently; kept verdicts are then asked anew."""

_NEEDED: dict[Perspective, tuple[SpeakerRole, ...]] = {
    "patient": ("patient",),
    "therapist": ("therapist",),
    "observer": ("patient", "therapist"),
}
"""Whose words a reader needs in order to answer as somebody."""


def questions(
    session: Session,
    *,
    items: ItemSet,
    perspective: Perspective,
    framing: Framing = "reader",
    protocol: Protocol | None = None,
    variant: str = AS_IT_IS,
    most_turns: int | None = None,
    most_characters: int | None = None,
) -> Iterator[Question]:
    """Ask every item about every window of a session.

    Parameters
    ----------
    session : Session
        The session.
    items : ItemSet
        What is asked.
    perspective : {"patient", "therapist", "observer"}
        As whom the judge is to answer.
    framing : {"reader", "own"}
        "reader": the judge reads a transcript. "own": the chat is replayed with the therapist's
        turns as the judge's own, and it fills in the therapist's form as itself.
    protocol : Protocol, optional
        The prompts. None: the shipped ones.
    variant : str
        One of `VARIANTS`.
    most_turns, most_characters : int, optional
        The limits of a window; see `windows`.

    Returns
    -------
    Iterator of Question
        Window by window, items in order. A window in which a side that is needed says nothing is
        asked about with a reason instead of messages.

    Raises
    ------
    UsageError
        An item has no wording for the perspective, "own" is asked from another perspective than
        the therapist's, or there is no such variant.
    """
    _check(items, perspective=perspective, framing=framing, variant=variant)
    protocol = load_protocol() if protocol is None else protocol
    cut = windows(session, most_turns=most_turns, most_characters=most_characters)
    return (
        question
        for window in cut
        for question in _about(
            varied(window, variant),
            items=items,
            perspective=perspective,
            framing=framing,
            protocol=protocol,
            variant=variant,
        )
    )


def _about(
    window: Window,
    *,
    items: ItemSet,
    perspective: Perspective,
    framing: Framing,
    protocol: Protocol,
    variant: str,
) -> Iterator[Question]:
    reason = _unaskable(window, perspective=perspective, framing=framing)
    addressed = speaks_to_judge(window)
    transcript = rendered(window) if framing == "reader" else ""
    for item in items.items:
        messages: tuple[Message, ...] = ()
        if reason is None and framing == "own":
            messages = replayed(window, then=protocol.for_its_own(item, items=items))
        elif reason is None:
            system, user = protocol.for_reader(
                item, perspective=perspective, items=items, transcript=transcript
            )
            messages = (Message("system", system), Message("user", user))
        yield Question(
            session_id=window.session_id,
            window=window,
            item=item,
            perspective=perspective,
            framing=framing,
            variant=variant,
            messages=messages,
            prompt=_prompt(
                [protocol.sha256, items.sha256, items.low, items.high, items.whole],
                [window.window, item.item, item.scale, item.key, perspective, framing, variant],
                messages,
            ),
            speaks_to_judge=addressed,
            reason=reason,
        )


def _unaskable(window: Window, *, perspective: Perspective, framing: Framing) -> Reason | None:
    speaking = {t.role for t, words in zip(window.turns, shown(window), strict=True) if words}
    if not speaking:
        return Reason.EMPTY_WINDOW
    needed = _NEEDED["observer" if framing == "own" else perspective]
    return None if speaking.issuperset(needed) else Reason.ONE_SIDED


def _prompt(
    files: list[str | float], question: list[str | int], messages: tuple[Message, ...]
) -> str:
    sent = [[message.role, message.content] for message in messages]
    decisive = json.dumps([_READING, files, question, sent], ensure_ascii=True)
    return hashlib.sha256(decisive.encode("ascii")).hexdigest()


def _check(items: ItemSet, *, perspective: Perspective, framing: Framing, variant: str) -> None:
    if variant not in VARIANTS:
        raise UsageError(
            f'there is no variant "{variant}"',
            mend=f"Use one of {', '.join(VARIANTS)}",
            field="variant",
        )
    if framing == "own" and perspective != "therapist":
        raise UsageError(
            f"an AI's own rating is the therapist's, and the {perspective}'s was asked for",
            mend="Ask for the therapist's view, or frame the judge as a reader",
            field="perspective",
        )
    without = [item.item for item in items.items if item.wording(perspective) is None]
    if without:
        raise UsageError(
            f"{items.name} has {len(without)} items without a wording for the {perspective},"
            f" the first of them {without[0]}",
            mend=f"Add a {perspective} field to every item, or ask from another perspective",
            field="perspective",
        )
