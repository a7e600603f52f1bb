"""Rows of turns: written all or none, in order, and read again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from attunement.live import Alarms, State
from attunement.transcripts import SpeakerRole, Turn
from attunement.web.sessions._summary import extended
from attunement.web.sessions._views import STATE, TurnView
from attunement.web.storage import (
    Box,
    RaisedAlarm,
    SpokenTurn,
    TherapySession,
    Vault,
    new_id,
    now,
    place,
)


class Overtaken(Exception):  # noqa: N818
    """Somebody else has gone on with the session, closed it, or erased it."""


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """A turn to be kept, and what is known after it.

    Attributes
    ----------
    turn_id : str
        The sender's own name for it.
    turn : Turn
        With its number.
    state : State
        After it.
    """

    turn_id: str
    turn: Turn
    state: State


@dataclass(frozen=True, slots=True)
class Posted:
    """How a session stands when a turn is posted to it.

    Attributes
    ----------
    status, estimator : str
        The session's.
    n_turns : int
        The number that the next turn must have.
    alarms : Alarms
        How its alarms are to be raised.
    number : int or None
        The number of the turn that has this id already; None where none has.
    content_mark : str or None
        And the mark of its content.
    """

    status: str
    estimator: str
    n_turns: int
    alarms: Alarms
    number: int | None
    content_mark: str | None


def posted(db: Session, session: TherapySession, turn_id: str) -> Posted:
    """Look up how a session stands for a turn of this id."""
    wanted = select(SpokenTurn.number, SpokenTurn.content_mark).where(
        SpokenTurn.session_id == session.id, SpokenTurn.turn_id == turn_id
    )
    number, mark = db.execute(wanted).one_or_none() or (None, None)
    return Posted(
        session.status, session.estimator, session.n_turns, alarms_of(session), number, mark
    )


def alarms_of(session: TherapySession) -> Alarms:
    """Give how a session's alarms are to be raised: as when it was begun, whoever hears it."""
    return Alarms(false_alarms=session.false_alarms, per_turns=session.typical_turns)


def content_mark(vault: Vault, session_id: str, turn: Turn) -> str:
    """Mark what a turn holds: the same posted again has the same mark."""
    content = [turn.turn, turn.role, turn.text, turn.speaker, turn.start, turn.end]
    return vault.mark(f"turn:{session_id}", json.dumps(content))


def append(
    db: Session,
    vault: Vault,
    session: TherapySession,
    box: Box,
    turns: Sequence[HeardTurn],
) -> list[TurnView]:
    """Write turns, their alarms and the session's summary.

    Raises
    ------
    Overtaken
        The session has other turns by now, or takes none. The transaction is to be given up.
    """
    first = session.n_turns
    if [one.turn.turn for one in turns] != list(range(first, first + len(turns))):
        raise Overtaken
    at = now()
    for one in turns:
        db.add(_row(vault, session, box, one, at=at))
        db.add_all(_alarm_rows(session, box, one.state, at=at))
    summary_at = place("sessions.summary", session.id)
    before = session.sealed_summary
    summary = extended(
        None if before is None else box.open_json(before, place=summary_at),
        [one.state for one in turns],
    )
    moved = (
        update(TherapySession)
        .where(
            TherapySession.id == session.id,
            TherapySession.n_turns == first,
            TherapySession.status == "live",
        )
        .values(
            n_turns=first + len(turns),
            sealed_summary=box.seal_json(summary, place=summary_at),
        )
        .returning(TherapySession.id)
        .execution_options(synchronize_session=False)
    )
    try:
        db.flush()
        found = db.scalar(moved)
    except IntegrityError as error:
        raise Overtaken from error
    if found is None:
        raise Overtaken
    db.expire(session, ["n_turns", "sealed_summary"])
    return [_view(one, received_at=at) for one in turns]


def close(db: Session, session: TherapySession) -> None:
    """Let the session take no more turns, whatever is being posted at the same time."""
    db.execute(
        update(TherapySession)
        .where(TherapySession.id == session.id, TherapySession.status == "live")
        .values(status="closed", closed_at=now())
        .execution_options(synchronize_session=False)
    )
    db.refresh(session)


def read(
    db: Session, session: TherapySession, box: Box, *, after: int, limit: int | None
) -> list[TurnView]:
    """Give the turns with numbers above `after`, in order."""
    wanted = (
        select(SpokenTurn)
        .where(SpokenTurn.session_id == session.id, SpokenTurn.number > after)
        .order_by(SpokenTurn.number)
        .limit(limit)
    )
    return [_opened(row, box) for row in db.scalars(wanted)]


def states(db: Session, session: TherapySession, box: Box, *, after: int) -> list[State]:
    """Give what was known after the turns above `after`, without opening what was said."""
    wanted = (
        select(SpokenTurn.number, SpokenTurn.sealed_state)
        .where(SpokenTurn.session_id == session.id, SpokenTurn.number > after)
        .order_by(SpokenTurn.number)
    )
    return [
        STATE.validate_json(box.open(sealed, place=place("turns.state", session.id, number)))
        for number, sealed in db.execute(wanted)
    ]


def spoken(db: Session, session: TherapySession, box: Box, *, after: int) -> list[Turn]:
    """Give what was said, without the states, to hear it again."""
    columns = (SpokenTurn.number, SpokenTurn.role, SpokenTurn.sealed_said)
    wanted = (
        select(*columns)
        .where(SpokenTurn.session_id == session.id, SpokenTurn.number > after)
        .order_by(SpokenTurn.number)
    )
    turns = []
    for number, role, sealed in db.execute(wanted):
        said = box.open_json(sealed, place=place("turns.said", session.id, number))
        turns.append(Turn(turn=number, role=cast(SpeakerRole, role), **said))
    return turns


def _row(
    vault: Vault, session: TherapySession, box: Box, one: HeardTurn, *, at: datetime
) -> SpokenTurn:
    turn = one.turn
    said = {
        "text": turn.text,
        "speaker": turn.speaker,
        "start": turn.start,
        "end": turn.end,
    }
    return SpokenTurn(
        session_id=session.id,
        number=turn.turn,
        turn_id=one.turn_id,
        content_mark=content_mark(vault, session.id, turn),
        role=turn.role,
        received_at=at,
        sealed_said=box.seal_json(said, place=place("turns.said", session.id, turn.turn)),
        sealed_state=box.seal(
            STATE.dump_json(one.state), place=place("turns.state", session.id, turn.turn)
        ),
    )


def _alarm_rows(
    session: TherapySession, box: Box, state: State, *, at: datetime
) -> list[RaisedAlarm]:
    rows = []
    for alarm in state.alarms:
        alarm_id = new_id()
        words = {"words": list(alarm.words), "message": alarm.message}
        rows.append(
            RaisedAlarm(
                id=alarm_id,
                session_id=session.id,
                turn=alarm.turn,
                kind=alarm.kind,
                level=alarm.level,
                sealed_words=box.seal_json(words, place=place("alarms.words", alarm_id)),
                raised_at=at,
            )
        )
    return rows


def _view(one: HeardTurn, *, received_at: datetime) -> TurnView:
    turn = one.turn
    return TurnView(
        number=turn.turn,
        turn_id=one.turn_id,
        role=turn.role,
        text=turn.text,
        speaker=turn.speaker,
        start=turn.start,
        end=turn.end,
        received_at=received_at,
        state=one.state,
    )


def _opened(row: SpokenTurn, box: Box) -> TurnView:
    said = box.open_json(row.sealed_said, place=place("turns.said", row.session_id, row.number))
    state = box.open(row.sealed_state, place=place("turns.state", row.session_id, row.number))
    return TurnView(
        number=row.number,
        turn_id=row.turn_id,
        role=row.role,
        text=said["text"],
        speaker=said["speaker"],
        start=said["start"],
        end=said["end"],
        received_at=row.received_at,
        state=STATE.validate_json(state),
    )
