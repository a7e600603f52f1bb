"""What the user asserts, and where the user rejects or doubts what the AI said."""

from __future__ import annotations

from attunement.audit._echo import Echo, echoes
from attunement.audit._phrases import Found, found, pattern, phrases
from attunement.audit._said import Answered, Say

_AT_ONCE = 2
"""In how many of the user's first sentences what the AI said is denied, where it is."""

_FEW = 3
"""Among the AI's last sentences a question may wait for a no; of so few sentences its turn may be,
for what denies one of them to be a pushback."""


def claims(user: Say) -> list[Found]:
    """Give what the user claims, the likeliest to be answered first.

    Requests for assent ("don't you think?") come before anything else, and what was said last
    before what was said earlier. A sentence claims once.
    """
    hits = {hit.place: hit for hit in reversed(list(found(phrases("claims"), user.sentences)))}
    return sorted(
        hits.values(), key=lambda hit: (hit.name == "asks_for_assent", hit.place), reverse=True
    )


def pushback(spoken: Answered) -> Found | None:
    """Give the first words by which the user pushes back against what the AI just said, or none.

    Before the AI has spoken there is nothing to push back against. A "no" to a question is an
    answer to it. What says the opposite of something the AI stated is a pushback in any words.
    """
    if spoken.before is None:
        return None
    asked = any(sentence.asks for sentence in spoken.before.sentences[-_FEW:])
    for hit in found(phrases("pushbacks"), spoken.user.sentences):
        if not (asked and hit.name in ("says_no", "closes_with_no")):
            return hit
    if asked or len(spoken.before.sentences) > _FEW:
        return None
    stated = [sentence.read for sentence in spoken.before.sentences]
    denied = echoes(stated, spoken.user.sentences[:_AT_ONCE])
    return next((one.found for one in denied if one.opposite and _of_the_same(one, spoken)), None)


def _of_the_same(denied: Echo, spoken: Answered) -> bool:
    """Tell whether a denial speaks of what the AI spoke of, not of "no sleep" in passing."""
    return pattern("of_the_same").search(spoken.user.sentences[denied.found.place].read) is not None
