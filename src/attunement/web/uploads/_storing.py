"""From a session that was read to one that is kept: known already, contradicting, or new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Literal

from attunement.live import Alarms, Listener
from attunement.tables import ROLES
from attunement.transcripts import Session
from attunement.web.accounts import Caller, alarm_rate, record
from attunement.web.jobs import JobStore
from attunement.web.sessions import HeardTurn, SessionStore
from attunement.web.storage import Database, Vault, now
from attunement.web.uploads._admission import check_size, contradiction_of, find_known
from attunement.web.uploads._held import held_at
from attunement.wire import UploadOptions

_LONGEST_SCALE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A session that is kept now.

    Attributes
    ----------
    session_id, patient_id, label : str
        As the service knows it.
    status : {"stored", "known"}
        Whether it is new, or was there with the same content.
    turns : int
        How many it has.
    notes : tuple of str
        What of it is not kept, in sentences without names.
    missing : tuple of str
        The sides, patient or therapist, that no turn is of.
    misdated : bool
        Whether it says when it was held in a way that was not understood.
    """

    session_id: str
    patient_id: str
    label: str
    status: Literal["stored", "known"]
    turns: int
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    misdated: bool = False


class Keeping:
    """Keeps the sessions of one upload.

    Parameters
    ----------
    database, vault
        Where.
    listener : Listener
        Gives the states of whole sessions, which are kept as a live session's are.
    caller : Caller
        Whose upload it is.
    estimator : str
        What the states are inferred with.
    options : UploadOptions
        Whose sessions, where the transcripts do not say.
    job_id : str
        The upload's job, which remembers what it has stored.
    fictional : bool
        Whether it is the bundled sample.
    """

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        listener: Listener,
        caller: Caller,
        estimator: str,
        options: UploadOptions,
        job_id: str,
        fictional: bool = False,
    ) -> None:
        self._database = database
        self._vault = vault
        self._listener = listener
        self._caller = caller
        self._estimator = estimator
        self._options = options
        self._job_id = job_id
        self._fictional = fictional
        with database.of(caller.organisation_id) as db:
            self._rate = alarm_rate(db, organisation_id=caller.organisation_id)

    def keep(self, session: Session) -> Kept:
        """Keep a session, whole or not at all.

        Raises
        ------
        DataError
            It is not one that can be kept, or another session has its label.
        """
        check_size(session)
        if (known := self._known(session)) is not None:
            return known
        rate = self._rate
        held, misdated = self._held(session)
        states = self._listener.batch(
            session,
            alarms=Alarms(false_alarms=rate.false_alarms, per_turns=rate.typical_turns),
        )
        with self._database.of(self._caller.organisation_id) as db:
            store = SessionStore(db, self._vault, self._caller)
            view = store.create(
                patient=self._code(store, session),
                estimator=self._estimator,
                label=session.session_id,
                condition=session.condition or self._options.condition,
                number=session.number,
                therapist=session.therapist_id,
                therapist_id=self._options.therapist_id,
                held_at=held,
                dated=held is not None,
                rate=rate,
                fictional=self._fictional,
            )
            store.append(
                view.id,
                [
                    HeardTurn(str(turn.turn), turn, replace(state, session_id=view.id))
                    for turn, state in zip(session.turns, states, strict=True)
                ],
            )
            notes = _rate(store, view.id, session)
            store.close(view.id)
            JobStore(db, self._vault).tells_of(self._job_id, [view.id])
            record(
                db,
                self._vault,
                caller=self._caller,
                action="session.upload",
                object_id=view.id,
            )
        return Kept(
            session_id=view.id,
            patient_id=view.patient_id,
            label=view.label,
            status="stored",
            turns=len(session.turns),
            notes=notes,
            missing=tuple(
                role for role in ROLES if all(turn.role != role for turn in session.turns)
            ),
            misdated=misdated,
        )

    def _known(self, session: Session) -> Kept | None:
        """Find the session of this label: the same, or a contradiction, or none."""
        with self._database.of(self._caller.organisation_id) as db:
            store = SessionStore(db, self._vault, self._caller)
            view = find_known(store, session)
            if view is None:
                return None
            contradiction = contradiction_of(store, view, session)
            jobs = JobStore(db, self._vault)
            stored = view.id in jobs.sessions(self._job_id)
            if not stored:
                jobs.tells_of(self._job_id, [view.id])
        if contradiction is not None:
            raise contradiction
        return Kept(
            session_id=view.id,
            patient_id=view.patient_id,
            label=view.label,
            status="stored" if stored else "known",
            turns=view.n_turns,
        )

    def _held(self, session: Session) -> tuple[datetime | None, bool]:
        """Tell when it was held, by the transcript or else the form, and whether that failed."""
        try:
            return held_at(session, now=now()) or self._options.held_at, False
        except ValueError:
            return self._options.held_at, True

    def _code(self, store: SessionStore, session: Session) -> str:
        """Name the patient: by the transcript, by the form, or anew after the session."""
        told = session.patient_id or self._options.patient_code
        if told is not None:
            return told
        names = (
            session.session_id if place == 1 else f"{session.session_id} ({place})"
            for place in count(1)
        )
        return next(name for name in names if not store.has_patient(name))


def _rate(store: SessionStore, session_id: str, session: Session) -> tuple[str, ...]:
    """Keep what either side answered of the whole session."""
    answers: dict[tuple[str, str], dict[str, float]] = {}
    left = 0
    for rating in session.ratings:
        named = max(len(rating.instrument), len(rating.scale)) <= _LONGEST_SCALE
        if rating.turn is None and rating.rater in ROLES and named:
            form = answers.setdefault((rating.rater, rating.instrument), {})
            form[rating.scale] = rating.value
        else:
            left += 1
    for (rater, instrument), values in answers.items():
        store.rate(session_id, rater=rater, instrument=instrument, values=values)
    if not left:
        return ()
    return (
        f"{left} rating{'s' if left > 1 else ''} not kept: only what patient and therapist "
        "answered of a whole session is.",
    )
