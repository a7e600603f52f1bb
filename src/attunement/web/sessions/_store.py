"""Sessions, turns, alarms and ratings in the database, opened for those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from attunement.live import State
from attunement.transcripts import Turn
from attunement.web._problems import NotFound, Problem
from attunement.web.accounts import AlarmRate, Caller, alarm_rate
from attunement.web.sessions import _alarms, _ratings, _seeing, _turns
from attunement.web.sessions._opening import Opening
from attunement.web.sessions._turns import HeardTurn, Posted
from attunement.web.sessions._views import (
    AlarmView,
    PatientView,
    RatingView,
    SessionView,
    TurnView,
)
from attunement.web.sessions._visible import visible
from attunement.web.storage import (
    Patient,
    TherapySession,
    User,
    Vault,
    new_id,
    now,
    place,
)


class SessionStore:
    """The sessions that a caller may see; others do not exist for them.

    Parameters
    ----------
    db : Session
        From `Database.of`, for the caller's organisation. Everything is written in its transaction.
    vault : Vault
        Opens and seals.
    caller : Caller
        Who is asking.
    """

    def __init__(self, db: Session, vault: Vault, caller: Caller) -> None:
        self._db = db
        self._vault = vault
        self._caller = caller
        self._visible = visible(caller)
        self._opening = Opening(db, vault)
        self._rows: dict[str, tuple[TherapySession, Patient]] = {}

    def patient(self, code: str) -> Patient:
        """Find the patient of a code, or make one; a code that was erased begins anew.

        Parameters
        ----------
        code : str
            What the organisation calls them.
        """
        mark = self._vault.mark(f"patient:{self._caller.organisation_id}", code)
        wanted = select(Patient).where(Patient.code_mark == mark)
        found = self._db.scalar(wanted)
        if found is not None:
            return found
        patient_id = new_id()
        at = place("patients.wrapped_key", patient_id)
        wrapped = self._vault.new_key(place=at)
        box = self._vault.box(wrapped, place=at)
        row = Patient(
            id=patient_id,
            code_mark=mark,
            wrapped_key=wrapped,
            sealed_code=box.seal_json(code, place=place("patients.code", patient_id)),
        )
        try:
            with self._db.begin_nested():
                self._db.add(row)
        except IntegrityError:
            return self._db.scalars(wanted).one()
        return row

    def has_patient(self, code: str) -> bool:
        """Tell whether the organisation has a patient of this code, whoever's they are."""
        mark = self._vault.mark(f"patient:{self._caller.organisation_id}", code)
        return self._db.scalar(select(Patient.id).where(Patient.code_mark == mark)) is not None

    def find_patient(self, patient_id: str) -> PatientView:
        """Give a patient that the caller has a session with, or may see all of.

        Raises
        ------
        NotFound
            There is none.
        """
        seen = select(TherapySession.patient_id).where(self._visible)
        row = self._db.scalar(select(Patient).where(Patient.id == patient_id, Patient.id.in_(seen)))
        if row is None:
            raise NotFound("patient")
        return self._opening.patient(row)

    def create(
        self,
        *,
        patient: str,
        estimator: str,
        label: str | None = None,
        condition: str | None = None,
        number: int | None = None,
        therapist: str | None = None,
        therapist_id: str | None = None,
        held_at: datetime | None = None,
        dated: bool = True,
        rate: AlarmRate | None = None,
        fictional: bool = False,
    ) -> SessionView:
        """Begin a session; it is live until it is closed.

        Parameters
        ----------
        patient : str
            What the organisation calls the patient.
        estimator : str
            What its states are inferred with.
        label : str, optional
            Unique in the organisation; the new id if left out.
        condition, number, therapist, held_at : optional
            As in `wire.NewSession`.
        therapist_id : str, optional
            The user whose session it is. A therapist's are always their own.
        dated : bool
            Whether it is known when it was held: `held_at`, or now. Where it is not, `held_at`
            says when it came here.
        rate : AlarmRate, optional
            How often its alarms may be false; the organisation's of now if left out.
        fictional : bool
            Whether it is one of the bundled sample's.

        Raises
        ------
        Problem
            409: the label is taken. 422: no such therapist.
        """
        session_id = new_id()
        label = label or session_id
        row = self.patient(patient)
        box = self._opening.box(row)
        rate = rate or alarm_rate(self._db, organisation_id=self._caller.organisation_id)
        details = {
            "label": label,
            "condition": condition,
            "number": number,
            "therapist": therapist,
            "dated": dated,
        }
        session = TherapySession(
            id=session_id,
            patient_id=row.id,
            therapist_id=self._therapist(therapist_id),
            key_id=self._caller.key_id,
            label_mark=self.label_mark(label),
            status="live",
            estimator=estimator,
            false_alarms=rate.false_alarms,
            typical_turns=rate.typical_turns,
            fictional=fictional,
            held_at=held_at or now(),
            sealed_details=box.seal_json(details, place=place("sessions.details", session_id)),
        )
        try:
            with self._db.begin_nested():
                self._db.add(session)
        except IntegrityError:
            if self.labelled(label):
                raise Problem(
                    409,
                    "There is a session with this label already.",
                    mend="Give another label, or go on with that session.",
                    more={"field": "label"},
                ) from None
            raise
        return self._opening.session(session, row)

    def label_mark(self, label: str) -> str:
        """Give the mark that a session of this label is found by."""
        return self._vault.mark(f"label:{self._caller.organisation_id}", label)

    def labelled(self, label: str) -> bool:
        """Tell whether the organisation has a session of this label, whoever's it is."""
        wanted = select(TherapySession.id).where(
            TherapySession.label_mark == self.label_mark(label)
        )
        return self._db.scalar(wanted) is not None

    def find(self, session_id: str) -> SessionView:
        """Give a session.

        Raises
        ------
        NotFound
            There is none, or none that the caller may see.
        """
        return self._opening.session(*self._found(session_id))

    def find_labelled(self, label: str) -> SessionView | None:
        """Give the session of a label; None where there is none that the caller may see."""
        wanted = (
            select(TherapySession, Patient)
            .join(Patient, Patient.id == TherapySession.patient_id)
            .where(TherapySession.label_mark == self.label_mark(label), self._visible)
        )
        row = self._db.execute(wanted).first()
        return None if row is None else self._opening.session(row[0], row[1])

    def sessions(
        self,
        *,
        patient_id: str | None = None,
        therapist_id: str | None = None,
        status: str | None = None,
        before: tuple[datetime, str] | None = None,
        limit: int | None = None,
    ) -> list[SessionView]:
        """Give sessions, the latest first.

        Parameters
        ----------
        patient_id, therapist_id, status : str, optional
            Only of this patient, this user, or this status.
        before : tuple of datetime and str, optional
            Only those after the session with this `held_at` and `id` in that order.
        limit : int, optional
            At most so many.
        """
        conditions: list[ColumnElement[bool]] = [self._visible]
        if patient_id is not None:
            conditions.append(TherapySession.patient_id == patient_id)
        if therapist_id is not None:
            conditions.append(TherapySession.therapist_id == therapist_id)
        if status is not None:
            conditions.append(TherapySession.status == status)
        if before is not None:
            held_at, last_id = before
            conditions.append(
                or_(
                    TherapySession.held_at < held_at,
                    and_(TherapySession.held_at == held_at, TherapySession.id < last_id),
                )
            )
        wanted = (
            select(TherapySession, Patient)
            .join(Patient, Patient.id == TherapySession.patient_id)
            .where(*conditions)
            .order_by(TherapySession.held_at.desc(), TherapySession.id.desc())
            .limit(limit)
        )
        return [self._opening.session(row[0], row[1]) for row in self._db.execute(wanted)]

    def close(self, session_id: str) -> SessionView:
        """Let a session take no more turns; one that is closed stays as it is."""
        session, patient = self._found(session_id)
        if session.status != "closed":
            _turns.close(self._db, session)
        return self._opening.session(session, patient)

    def turns(
        self, session_id: str, *, after: int = -1, limit: int | None = None
    ) -> list[TurnView]:
        """Give the turns with numbers above `after`, in order."""
        session, patient = self._found(session_id)
        return _turns.read(self._db, session, self._opening.box(patient), after=after, limit=limit)

    def states(self, session_id: str, *, after: int = -1) -> list[State]:
        """Give what was known after the turns above `after`, without opening what was said."""
        session, patient = self._found(session_id)
        return _turns.states(self._db, session, self._opening.box(patient), after=after)

    def turn(self, session_id: str, number: int) -> TurnView:
        """Give one turn.

        Raises
        ------
        NotFound
            There is none of this number.
        """
        found = self.turns(session_id, after=number - 1, limit=1)
        if not found or found[0].number != number:
            raise NotFound("turn")
        return found[0]

    def posted(self, session_id: str, turn_id: str) -> Posted:
        """Tell how a session stands, and whether it has a turn of this id, to post one."""
        session, _ = self._found(session_id)
        return _turns.posted(self._db, session, turn_id)

    def standing(self, session_id: str) -> tuple[str, int]:
        """Give a session's status and its number of turns, without opening anything."""
        wanted = select(TherapySession.status, TherapySession.n_turns).where(
            TherapySession.id == session_id, self._visible
        )
        row = self._db.execute(wanted).first()
        if row is None:
            raise NotFound("session")
        return row[0], row[1]

    def spoken(self, session_id: str, *, after: int = -1) -> list[Turn]:
        """Give what was said in the turns above `after`, to hear it again."""
        session, patient = self._found(session_id)
        return _turns.spoken(self._db, session, self._opening.box(patient), after=after)

    def content_mark(self, session_id: str, turn: Turn) -> str:
        """Give the mark that a turn posted again is known by."""
        return _turns.content_mark(self._vault, session_id, turn)

    def append(self, session_id: str, turns: Sequence[HeardTurn]) -> list[TurnView]:
        """Add turns to a live session: all of them with their alarms, or none.

        Parameters
        ----------
        session_id : str
            The session.
        turns : sequence of HeardTurn
            At least one; numbered from the session's `n_turns` on.

        Raises
        ------
        Overtaken
            The session has other turns by now, or takes none.
        """
        session, patient = self._found(session_id)
        return _turns.append(self._db, self._vault, session, self._opening.box(patient), turns)

    def alarms(
        self,
        *,
        open_only: bool = False,
        session_id: str | None = None,
        before: tuple[datetime, str] | None = None,
        limit: int | None = None,
    ) -> list[AlarmView]:
        """Give alarms of the sessions that the caller sees, the latest first."""
        return _alarms.read(
            self._db,
            self._opening,
            self._visible,
            open_only=open_only,
            session_id=session_id,
            before=before,
            limit=limit,
        )

    def see_alarm(self, alarm_id: str) -> AlarmView:
        """Note that the caller has looked at an alarm; who was first stays.

        Raises
        ------
        NotFound
            There is none, or none that the caller may see.
        """
        return _alarms.see(
            self._db, self._opening, self._visible, alarm_id, by=self._caller.user_id
        )

    def rate(
        self, session_id: str, *, rater: str, instrument: str, values: dict[str, float]
    ) -> list[RatingView]:
        """Put down what somebody answered on a form; what they answered first stays beside it.

        A therapist's answers are marked by whether the caller, who gives them, had been shown what
        was inferred. Of a program's callers nobody knows.
        """
        session, _ = self._found(session_id)
        user_id = self._caller.user_id
        return _ratings.put(
            self._db,
            session.id,
            rater=rater,
            instrument=instrument,
            values=values,
            seen_before=_seeing.was_shown(self._db, session.id, user_id=user_id)
            if rater == "therapist" and user_id is not None
            else None,
            by=user_id,
        )

    def ratings(self, session_id: str) -> list[RatingView]:
        """Give a session's ratings, by rater, instrument and scale."""
        session, _ = self._found(session_id)
        return _ratings.read(self._db, session.id)

    def blind(self, sessions: Sequence[SessionView]) -> frozenset[str]:
        """Give the caller's own sessions that they have neither rated nor been shown figures of."""
        return _seeing.blind(self._db, sessions, user_id=self._caller.user_id)

    def _found(self, session_id: str) -> tuple[TherapySession, Patient]:
        """Find a session, once in this transaction: whoever changes it makes sure of the rest."""
        if session_id in self._rows:
            return self._rows[session_id]
        wanted = (
            select(TherapySession, Patient)
            .join(Patient, Patient.id == TherapySession.patient_id)
            .where(TherapySession.id == session_id, self._visible)
            .execution_options(populate_existing=True)
        )
        row = self._db.execute(wanted).first()
        if row is None:
            raise NotFound("session")
        return self._rows.setdefault(session_id, (row[0], row[1]))

    def _therapist(self, therapist_id: str | None) -> str | None:
        if self._caller.role == "therapist":
            if therapist_id not in (None, self._caller.user_id):
                raise Problem(
                    422,
                    "A therapist's sessions are their own.",
                    mend="Leave therapist_id out.",
                    more={"field": "therapist_id"},
                )
            return self._caller.user_id
        if therapist_id is None:
            return None
        wanted = select(User.id).where(User.id == therapist_id, User.active)
        if self._db.scalar(wanted) is None:
            raise Problem(
                422,
                "There is no such user in this organisation.",
                mend="Give the id of somebody who sees patients, or leave it out.",
                more={"field": "therapist_id"},
            )
        return therapist_id
