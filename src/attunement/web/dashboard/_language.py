"""How a session is spoken, and of what: for its page, and beside a turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attunement.web._service import Service
from attunement.web.accounts import Caller
from attunement.web.results import language_of
from attunement.web.sessions import SessionView
from attunement.wire import SessionLanguage, SessionMarker, SessionTopic

_ACTS = {
    "open_question": "asks openly",
    "closed_question": "asks for a fact, or yes or no",
    "reflection": "gives back what was said",
    "advice": "advises",
    "information": "informs",
    "other": "something else",
}
_BESIDE = ("we", "hedges", "negations", "fillers", "repeats", "repairs", "positive", "negative")
"""Markers that tell a reader something of one turn; most words' lists are for whole sessions."""
_MOST_TOPICS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageShown:
    """What the page of a session shows of its language.

    Attributes
    ----------
    found : SessionLanguage
        What was read.
    unusual : list of SessionMarker
        Those on which the session stands out from the organisation's others, the rarest first.
    topics : list of SessionTopic
        The largest.
    """

    found: SessionLanguage
    unusual: list[SessionMarker]
    topics: list[SessionTopic]


def language_shown(service: Service, caller: Caller, session: SessionView) -> LanguageShown:
    """Gather what is known of a session's language."""
    found = language_of(service, caller, session.id)
    return LanguageShown(
        found=found,
        unusual=sorted(
            (one for one in found.markers if one.usual and one.usual.standing != "usual"),
            key=lambda one: one.usual.rarity if one.usual else 1.0,
        ),
        topics=_largest(found.topics),
    )


def beside_turn(
    service: Service, caller: Caller, session_id: str, *, number: int
) -> list[tuple[str, str]]:
    """Say what a turn does and what it is about, where that was read."""
    found = language_of(service, caller, session_id)
    turn = next((one for one in found.turns if one.turn == number), None)
    if turn is None:
        return []
    names = {topic.topic: topic.name for topic in found.topics}
    said = []
    if turn.act is not None:
        said.append(("What the turn does", _ACTS.get(turn.act, turn.act)))
    if turn.topic is not None and turn.topic in names:
        said.append(("Topic", names[turn.topic]))
    labels = {one.marker: one.label for one in found.markers}
    told = [labels[name] for name in _BESIDE if name in turn.markers and name in labels]
    if told:
        said.append(("Markers heard", ", ".join(told)))
    return said


def _largest(topics: Sequence[SessionTopic]) -> list[SessionTopic]:
    return sorted(topics, key=lambda one: -(one.patient + one.therapist))[:_MOST_TOPICS]
