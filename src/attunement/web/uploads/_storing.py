"""From a session that was read to one that is kept: known already, contradicting, or new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

from attunement.errors import DataError
from attunement.live import Alarms, Listener
from attunement.transcripts import Session, Turn
from attunement.web.accounts import Caller, alarm_rate, record
from attunement.web.jobs import JobStore
from attunement.web.sessions import HeardTurn, SessionStore
from attunement.web.storage import Database, Vault
from attunement.wire import MOST_CHARACTERS, UploadOptions

MOST_TURNS = 5_000
_LONGEST_NAME = 200
_LONGEST_SCALE = 80
_RATERS = ("patient", "therapist")


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
    """

    session_id: str
    patient_id: str
    label: str
    status: Literal["stored", "known"]
    turns: int
    notes: tuple[str, ...] = ()


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
        _check(session)
        if (known := self._known(session)) is not None:
            return known
        rate = self._rate
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
                held_at=self._options.held_at,
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
        )

    def _known(self, session: Session) -> Kept | None:
        """Find the session of this label: the same, or a contradiction, or none."""
        with self._database.of(self._caller.organisation_id) as db:
            store = SessionStore(db, self._vault, self._caller)
            view = store.find_labelled(session.session_id)
            if view is None:
                if store.labelled(session.session_id):
                    raise _contradicts(session, "is one that you may not see")
                return None
            before = tuple(
                (turn.role, turn.text, turn.speaker, turn.start, turn.end)
                for turn in store.turns(view.id)
            )
            ours = self._job_id, view.id
            stored = view.id in JobStore(db, self._vault).sessions(ours[0])
            if not stored:
                JobStore(db, self._vault).tells_of(self._job_id, [view.id])
        if before != tuple(map(_content, session.turns)):
            raise _contradicts(session, "has other content")
        if session.patient_id is not None and session.patient_id != view.patient_code:
            raise _contradicts(session, "is another patient's")
        return Kept(
            session_id=view.id,
            patient_id=view.patient_id,
            label=view.label,
            status="stored" if stored else "known",
            turns=view.n_turns,
        )

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


def _check(session: Session) -> None:
    """Refuse what could not be kept as it is."""
    if not session.turns:
        raise _refused(session, "the session has no turns", "Leave it out")
    if len(session.turns) > MOST_TURNS:
        raise _refused(
            session,
            f"the session has {len(session.turns):,} turns, and at most {MOST_TURNS:,} are kept",
            "Is it one session? Map the column session_id, or split the file",
        )
    if any(len(turn.text) > MOST_CHARACTERS for turn in session.turns):
        raise _refused(
            session,
            f"a turn is longer than {MOST_CHARACTERS:,} characters",
            "Is it one turn? Split it where the speakers change",
        )
    names = {
        "session_id": session.session_id,
        "patient_id": session.patient_id,
        "therapist_id": session.therapist_id,
        "condition": session.condition,
    }
    for field, name in names.items():
        if name is not None and not 0 < len(name) <= _LONGEST_NAME:
            raise _refused(
                session,
                f"found {len(name)} characters, expected 1 to {_LONGEST_NAME}",
                "Give a shorter name",
                field=field,
            )


def _rate(store: SessionStore, session_id: str, session: Session) -> tuple[str, ...]:
    """Keep what either side answered of the whole session."""
    answers: dict[tuple[str, str], dict[str, float]] = {}
    left = 0
    for rating in session.ratings:
        named = max(len(rating.instrument), len(rating.scale)) <= _LONGEST_SCALE
        if rating.turn is None and rating.rater in _RATERS and named:
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


def _content(turn: Turn) -> tuple[object, ...]:
    return turn.role, turn.text, turn.speaker, turn.start, turn.end


def _contradicts(session: Session, why: str) -> DataError:
    return _refused(
        session,
        f'there is a session called "{session.session_id[:100]}" already, and it {why}',
        "Give this one another name, or erase the other first",
        field="session_id",
    )


def _refused(session: Session, problem: str, mend: str, *, field: str | None = None) -> DataError:
    return DataError(problem, mend=mend, path=session.path, line=session.line, field=field)
