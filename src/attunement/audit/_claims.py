"""What the user asserts, and where the user rejects or doubts what the AI said."""

from __future__ import annotations

from attunement.audit._phrases import Found, found, phrases
from attunement.audit._said import Answered, Say


def claim(user: Say) -> Found | None:
    """Give the claim that the user makes, or none: the last one, for that is what is answered.

    A request for assent ("don't you think?") comes before anything else.
    """
    hits = list(found(phrases("claims"), user.sentences))
    asked = [hit for hit in hits if hit.name == "asks_for_assent"]
    return (asked or hits or [None])[-1]


def pushback(spoken: Answered) -> Found | None:
    """Give the first words by which the user pushes back against what the AI just said, or none.

    Before the AI has spoken there is nothing to push back against. A "no" to a question is an
    answer to it.
    """
    if spoken.before is None:
        return None
    asked = spoken.before.sentences[-1].asks
    for hit in found(phrases("pushbacks"), spoken.user.sentences):
        if not (asked and hit.name == "says_no"):
            return hit
    return None
