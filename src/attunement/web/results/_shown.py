"""What is shown of results: kept values put beside their names, and beside what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from attunement.markers import Definition, definitions
from attunement.tables import ROLES
from attunement.topics import NO_TOPIC_NAME
from attunement.web.results._topics import FEWEST_SESSIONS, Topics, course, shares
from attunement.web.results._usual import Usual, Values
from attunement.wire import (
    Conditions,
    Job,
    SessionLanguage,
    SessionMarker,
    SessionTopic,
    TopicPart,
    TurnLanguage,
    UsualMarker,
)

PARTS = 10
_NOT_MARKERS = frozenset({"turn", "role", "time", "words", "act", "act_probability"})
_TOO_FEW = (
    f"Topics are those of an organisation's sessions, and there are fewer than {FEWEST_SESSIONS}."
)
_NOT_FOUND = "Topics were not found yet."


def waiting() -> SessionLanguage:
    """Say that a session was not read yet."""
    return SessionLanguage(
        status="waiting",
        english=None,
        other_sessions=0,
        markers=[],
        turns=[],
        topics=[],
        course=[],
        no_topics=None,
    )


def shown_language(
    session_id: str,
    language: Mapping[str, Any],
    *,
    values: Values,
    topics: Topics | None,
    sessions: int,
) -> SessionLanguage:
    """Show a session's language.

    Parameters
    ----------
    session_id : str
        Which.
    language : mapping
        What is kept of it.
    values : Values
        The markers of the organisation's sessions.
    topics : Topics or None
        Its topics.
    sessions : int
        How many closed sessions there are.
    """
    told = language["topics"]
    if topics is None or told is None or told["of"] != topics.name:
        told = None
    turns: Mapping[str, Sequence[Any]] = language["turns"]
    return SessionLanguage(
        status="ready",
        english=any(value is not None for value in turns["i"]),
        other_sessions=len(values.order) - (session_id in values.order),
        markers=list(_markers(session_id, language, values)),
        turns=list(_turns(turns, told)),
        topics=list(_topics(told, topics)) if topics is not None and told is not None else [],
        course=[TopicPart(**one) for one in course(told, bins=PARTS)] if told is not None else [],
        no_topics=None
        if told is not None
        else (_TOO_FEW if sessions < FEWEST_SESSIONS else _NOT_FOUND),
    )


def shown_conditions(
    result: Mapping[str, Any] | None,
    *,
    of: set[str],
    closed: set[str],
    job: Job | None,
) -> Conditions:
    """Show the calibration gap, and whether it still is of the sessions there are.

    Parameters
    ----------
    result : mapping or None
        What is kept.
    of : set of str
        The sessions it is of.
    closed : set of str
        The closed sessions there are.
    job : Job or None
        What is being computed.
    """
    if result is None:
        return Conditions(
            status="none",
            job=job,
            computed_at=None,
            n_sessions=0,
            stale=False,
            added=len(closed),
            gone=0,
            draws=0,
            effects=[],
            controls=[],
            trajectories=[],
            conditions=[],
            levels=[],
            notes=[],
            section=None,
        )
    added, gone = len(closed - of), int(result["n_sessions"]) - len(of & closed)
    return Conditions(
        status="ready",
        job=job,
        computed_at=datetime.fromisoformat(result["computed_at"]),
        n_sessions=result["n_sessions"],
        stale=bool(added or gone),
        added=added,
        gone=gone,
        draws=result["options"]["draws"],
        effects=result["effects"],
        controls=result["controls"],
        trajectories=result["trajectories"],
        conditions=result["conditions"],
        levels=result["levels"],
        notes=result["notes"],
        section=result["section"],
    )


def _markers(
    session_id: str, language: Mapping[str, Any], values: Values
) -> Iterator[SessionMarker]:
    places = {name: place for place, name in enumerate(_definitions())}
    known = [row for row in language["session"] if row[1] in places and row[2] is not None]
    for role, marker, value, n in sorted(known, key=lambda row: places[row[1]]):
        about = _definitions()[marker]
        yield SessionMarker(
            marker=marker,
            label=about.label,
            side=role,
            value=value,
            unit=about.unit,
            n=n,
            definition=about.definition,
            caution=about.caution,
            usual=_usual(values.usual(role, marker, value=value, but=session_id)),
        )


def _usual(found: Usual | None) -> UsualMarker | None:
    return UsualMarker.model_validate(found) if found is not None else None


def _turns(
    turns: Mapping[str, Sequence[Any]], told: Mapping[str, Any] | None
) -> Iterator[TurnLanguage]:
    topic = dict(zip(told["turn"], told["topic"], strict=True)) if told is not None else {}
    names = [name for name in turns if name not in _NOT_MARKERS]
    for place, turn in enumerate(turns["turn"]):
        yield TurnLanguage(
            turn=turn,
            role=turns["role"][place],
            act=turns["act"][place],
            act_probability=turns["act_probability"][place],
            topic=topic.get(turn),
            markers={name: value for name in names if (value := turns[name][place])},
        )


def _topics(told: Mapping[str, Any], topics: Topics) -> Iterator[SessionTopic]:
    here = shares(told, ROLES)
    for row in topics.table:
        of_side = {role: here.get((role, row["topic"]), 0.0) for role in ROLES}
        if any(of_side.values()):
            yield SessionTopic(
                topic=row["topic"],
                name=row["name"] or NO_TOPIC_NAME,
                words=row["words"],
                usual_patient=row["patient_share"],
                usual_therapist=row["therapist_share"],
                **of_side,
            )


@cache
def _definitions() -> dict[str, Definition]:
    return {one.name: one for one in definitions()}
