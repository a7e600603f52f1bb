"""What an export holds: sessions as transcripts, and rows under the names that docs use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from attunement.tables import MEASURES
from attunement.web.storage._database import Database
from attunement.web.storage._models import (
    AuditEntry,
    Erasure,
    Patient,
    RaisedAlarm,
    SessionRating,
    SpokenTurn,
    TherapySession,
    User,
)
from attunement.web.storage._places import place
from attunement.web.storage._vault import Box, Vault

_Row = dict[str, Any]
_SIDES = ("patient", "therapist", "gap")
_ENTRIES_AT_ONCE = 1000

SCORES = ("session_id", "turn", "role", "time", "estimator", *MEASURES)
"""The columns of `scores` that a live session has."""

STATES = (
    "session_id",
    "turn",
    "role",
    "received_at",
    "estimator",
    "unit",
    "on_common_scale",
    *(
        f"{side}_{measure}{end}"
        for side in _SIDES
        for measure in MEASURES
        for end in ("", "_low", "_high")
    ),
    "trend",
    "trend_low",
    "trend_high",
    "trend_direction",
    "levels",
    "in_english",
    "safety_turn",
)
ALARMS = (
    "session_id",
    "turn",
    "kind",
    "level",
    "words",
    "message",
    "raised_at",
    "seen_at",
    "seen_by",
)
RATINGS = (
    "session_id",
    "rater",
    "instrument",
    "scale",
    "value",
    "first_value",
    "seen_before",
    "created_at",
    "changed_at",
)
AUDIT = ("number", "at", "user_id", "key_id", "action", "object_id", "detail", "chain")
USERS = ("id", "email", "name", "role", "active", "created_at", "last_login_at")
ERASURES = (
    "id",
    "patient_id",
    "session_id",
    "reason",
    "rows",
    "key_hash",
    "erased_by",
    "erased_at",
)


@dataclass(frozen=True, slots=True)
class _Known:
    """A session that is exported: with the turns it had at the beginning."""

    session_id: str
    n_turns: int


class Exported:
    """An organisation's rows, opened a session at a time.

    Parameters
    ----------
    database, vault
        What to read, and how to open it.
    organisation_id : str
        Whose.
    """

    def __init__(self, database: Database, vault: Vault, organisation_id: str) -> None:
        self._database = database
        self._vault = vault
        self._organisation_id = organisation_id
        with database.of(organisation_id) as db:
            rows = db.execute(
                select(TherapySession.id, TherapySession.n_turns).order_by(
                    TherapySession.held_at, TherapySession.id
                )
            )
            self._known = [_Known(session_id, n_turns) for session_id, n_turns in rows]

    def transcripts(self) -> Iterator[_Row]:
        """Give sessions in the canonical form of docs/formats.md."""
        return self._of_each_session(_transcript)

    def ratings(self) -> Iterator[_Row]:
        """Give what was answered on forms."""
        return self._of_each_session(_ratings)

    def scores(self) -> Iterator[_Row]:
        """Give what each turn sounds like by itself."""
        return self._of_each_session(_scores)

    def states(self) -> Iterator[_Row]:
        """Give what was known after each turn."""
        return self._of_each_session(_states)

    def alarms(self) -> Iterator[_Row]:
        """Give the alarms, with their words."""
        return self._of_each_session(_alarms)

    def users(self) -> Iterator[_Row]:
        """Give who has an account; no password, no hash of one."""
        with self._database.of(self._organisation_id) as db:
            rows = list(db.scalars(select(User).order_by(User.created_at)))
        return (_columns(row, USERS) for row in rows)

    def erasures(self) -> Iterator[_Row]:
        """Give the receipts."""
        with self._database.of(self._organisation_id) as db:
            rows = list(db.scalars(select(Erasure).order_by(Erasure.erased_at)))
        return (_columns(row, ERASURES) | {"rows": json.dumps(row.rows)} for row in rows)

    def audit(self) -> Iterator[_Row]:
        """Give the audit, some entries at a time."""
        last = 0
        while True:
            with self._database.of(self._organisation_id) as db:
                rows = list(
                    db.scalars(
                        select(AuditEntry)
                        .where(AuditEntry.number > last)
                        .order_by(AuditEntry.number)
                        .limit(_ENTRIES_AT_ONCE)
                    )
                )
            yield from (_columns(row, AUDIT) for row in rows)
            if len(rows) < _ENTRIES_AT_ONCE:
                return
            last = rows[-1].number

    def _of_each_session(self, rows: Callable[[_Opened], Iterator[_Row]]) -> Iterator[_Row]:
        """Open one session after another; one that was erased meanwhile is left out."""
        for known in self._known:
            with self._database.of(self._organisation_id) as db:
                session = db.get(TherapySession, known.session_id)
                patient = db.get(Patient, session.patient_id) if session is not None else None
                if session is None or patient is None:
                    continue
                key_at = place("patients.wrapped_key", patient.id)
                box = self._vault.box(patient.wrapped_key, place=key_at)
                opened = list(rows(_Opened(db, session, patient, box, known.n_turns)))
            yield from opened


class _Opened:
    """A session, its patient, and the key to what was said."""

    def __init__(
        self, db: Session, session: TherapySession, patient: Patient, box: Box, n_turns: int
    ) -> None:
        self.db = db
        self.row = session
        self.box = box
        self.n_turns = n_turns
        self.code = str(
            box.open_json(patient.sealed_code, place=place("patients.code", patient.id))
        )
        self.details: _Row = box.open_json(
            session.sealed_details, place=place("sessions.details", session.id)
        )
        self.label = str(self.details["label"])

    def turns(self) -> list[SpokenTurn]:
        """Give the rows of its turns."""
        return list(
            self.db.scalars(
                select(SpokenTurn)
                .where(SpokenTurn.session_id == self.row.id, SpokenTurn.number < self.n_turns)
                .order_by(SpokenTurn.number)
            )
        )

    def states(self) -> Iterator[tuple[SpokenTurn, _Row]]:
        """Give each turn's row and its state."""
        for turn in self.turns():
            at = place("turns.state", turn.session_id, turn.number)
            yield turn, self.box.open_json(turn.sealed_state, place=at)


def tables(exported: Exported) -> Iterator[tuple[str, tuple[str, ...], Iterator[_Row]]]:
    """Give every table of an export: its file, its columns, its rows."""
    yield "transcripts/ratings.csv", RATINGS, exported.ratings()
    yield "tables/scores.csv", SCORES, exported.scores()
    yield "tables/states.csv", STATES, exported.states()
    yield "tables/alarms.csv", ALARMS, exported.alarms()
    yield "tables/users.csv", USERS, exported.users()
    yield "tables/erasures.csv", ERASURES, exported.erasures()
    yield "tables/audit.csv", AUDIT, exported.audit()


def _transcript(opened: _Opened) -> Iterator[_Row]:
    row, details = opened.row, opened.details
    therapist = opened.db.get(User, row.therapist_id) if row.therapist_id else None
    named = {
        "session_id": opened.label,
        "patient_id": opened.code,
        "therapist_id": details.get("therapist") or (therapist.name if therapist else None),
        "condition": details.get("condition"),
        "number": details.get("number"),
        "held_at": row.held_at.isoformat() if details.get("dated", True) else None,
        "service_id": row.id,
        "fictional": row.fictional or None,
    }
    turns = [
        {
            "role": turn.role,
            **_said(opened.box, turn),
        }
        for turn in opened.turns()
    ]
    yield {name: value for name, value in named.items() if value is not None} | {"turns": turns}


def _said(box: Box, turn: SpokenTurn) -> _Row:
    said = box.open_json(turn.sealed_said, place=place("turns.said", turn.session_id, turn.number))
    fields = ("text", "speaker", "start", "end")
    return {name: said[name] for name in fields if said.get(name) is not None}


def _ratings(opened: _Opened) -> Iterator[_Row]:
    rows = opened.db.scalars(
        select(SessionRating)
        .where(SessionRating.session_id == opened.row.id)
        .order_by(SessionRating.instrument, SessionRating.rater, SessionRating.scale)
    )
    for row in rows:
        yield _columns(row, RATINGS) | {"session_id": opened.label}


def _scores(opened: _Opened) -> Iterator[_Row]:
    last = max(1, opened.n_turns - 1)
    for turn, state in opened.states():
        if state["scores"] is not None:
            yield {
                "session_id": opened.label,
                "turn": turn.number,
                "role": turn.role,
                "time": turn.number / last,
                # What one turn sounds like is zero-shot, whatever the session's estimator.
                "estimator": "contrast",
                **{measure: state["scores"][measure] for measure in MEASURES},
            }


def _states(opened: _Opened) -> Iterator[_Row]:
    for turn, state in opened.states():
        row: _Row = {
            "session_id": opened.label,
            "turn": turn.number,
            "role": turn.role,
            "received_at": turn.received_at.isoformat(),
            "levels": json.dumps(state["levels"], sort_keys=True),
        }
        row |= {name: state[name] for name in ("estimator", "unit", "on_common_scale")}
        for side in _SIDES:
            for measure in MEASURES:
                estimate = state[side][measure] or {}
                row[f"{side}_{measure}"] = estimate.get("value")
                row[f"{side}_{measure}_low"] = estimate.get("low")
                row[f"{side}_{measure}_high"] = estimate.get("high")
        trend = state["trend"] or {}
        row |= {
            "trend": trend.get("per_ten_turns"),
            "trend_low": trend.get("low"),
            "trend_high": trend.get("high"),
            "trend_direction": trend.get("direction"),
        }
        row |= {name: state.get(name) for name in ("in_english", "safety_turn")}
        yield row


def _alarms(opened: _Opened) -> Iterator[_Row]:
    rows = opened.db.scalars(
        select(RaisedAlarm)
        .where(RaisedAlarm.session_id == opened.row.id)
        .order_by(RaisedAlarm.turn, RaisedAlarm.kind)
    )
    for row in rows:
        said = opened.box.open_json(row.sealed_words, place=place("alarms.words", row.id))
        yield {
            "session_id": opened.label,
            "turn": row.turn,
            "kind": row.kind,
            "level": row.level,
            "words": json.dumps(said["words"], ensure_ascii=False),
            "message": said["message"],
            "raised_at": row.raised_at.isoformat(),
            "seen_at": row.seen_at.isoformat() if row.seen_at else None,
            "seen_by": row.seen_by,
        }


def _columns(row: object, names: tuple[str, ...]) -> _Row:
    """Give named columns; times as ISO 8601."""
    values = {name: getattr(row, name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
