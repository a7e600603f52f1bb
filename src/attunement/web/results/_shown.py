"""What is shown of results: kept values put beside their names, and beside what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from attunement.markers import Definition, definitions
from attunement.tables import ROLES
from attunement.topics import NO_TOPIC_NAME
from attunement.web.results._store import Closed
from attunement.web.results._topics import FEWEST_SESSIONS, Topics, course, shares
from attunement.web.results._usual import (
    FEWEST_TO_STAND_OUT,
    Usual,
    Values,
    standing_out_by_chance,
)
from attunement.wire import (
    Change,
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
_LEFT_OUT = "Invented sessions are left out of what is found over an organisation's own."
_NOT_FOUND = "Topics were not found yet."


def waiting() -> SessionLanguage:
    """Say that a session was not read yet."""
    return SessionLanguage(
        status="waiting",
        english=None,
        other_sessions=0,
        fewest_others=FEWEST_TO_STAND_OUT,
        compared=0,
        standing_out=0,
        by_chance=0.0,
        fictional=False,
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
    fictional: bool,
    left_out: bool,
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
    fictional : bool
        Whether the session is the sample's.
    left_out : bool
        Whether it is left out of what is found over the sessions, as there are others.
    """
    told = language["topics"]
    if topics is None or told is None or told["of"] != topics.name:
        told = None
    turns: Mapping[str, Sequence[Any]] = language["turns"]
    markers = list(_markers(session_id, language, values))
    usual = [one.usual for one in markers if one.usual is not None]
    return SessionLanguage(
        status="ready",
        english=any(value is not None for value in turns["i"]),
        other_sessions=len(values.order) - (session_id in values.order),
        fewest_others=FEWEST_TO_STAND_OUT,
        compared=len(usual),
        standing_out=sum(one.standing != "usual" for one in usual),
        by_chance=sum(standing_out_by_chance(one.sessions) for one in usual),
        fictional=fictional,
        markers=markers,
        turns=list(_turns(turns, told)),
        topics=list(_topics(told, topics)) if topics is not None and told is not None else [],
        course=[TopicPart(**one) for one in course(told, bins=PARTS)] if told is not None else [],
        no_topics=None if told is not None else _no_topics(sessions, left_out=left_out),
    )


def _no_topics(sessions: int, *, left_out: bool) -> str:
    if left_out:
        return _LEFT_OUT
    return _TOO_FEW if sessions < FEWEST_SESSIONS else _NOT_FOUND


def shown_conditions(
    result: Mapping[str, Any] | None,
    *,
    of: set[str],
    closed: Closed,
    basis: Mapping[str, str],
    job: Job | None,
) -> Conditions:
    """Show the calibration gap, and whether it still is of the sessions there are.

    Parameters
    ----------
    result : mapping or None
        What is kept.
    of : set of str
        The sessions it is of.
    closed : Closed
        The closed sessions there are.
    basis : mapping of str to str
        Fingerprints of what it rests on, as they are now: conditions, ratings and model.
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
            changed=[],
            fictional=closed.fictional,
            sample_left_out=len(closed.left_out),
            added=len(closed.counted),
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
    counted = set(closed.counted)
    added, gone = len(counted - of), int(result["n_looked_at"]) - len(of & counted)
    changed = _changed(result, basis, come_or_gone=bool(added or gone))
    return Conditions(
        status="ready",
        job=job,
        computed_at=datetime.fromisoformat(result["computed_at"]),
        n_sessions=result["n_sessions"],
        stale=bool(changed),
        changed=changed,
        fictional=result["fictional"],
        sample_left_out=len(closed.left_out),
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


def _changed(
    result: Mapping[str, Any], basis: Mapping[str, str], *, come_or_gone: bool
) -> list[Change]:
    """Name what has changed since."""
    of_the_same: list[Change] = ["conditions", "ratings", "model"]
    kept = result["basis"]
    found: list[Change] = [name for name in of_the_same if kept[name] != basis[name]]
    return ["sessions", *found] if come_or_gone else found


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
