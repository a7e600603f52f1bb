"""Whether a session that was read may be kept: as it is, and beside those that are there."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.errors import DataError
from attunement.transcripts import Session, Turn
from attunement.web.accounts import Caller
from attunement.web.sessions import SessionStore, SessionView
from attunement.web.storage import Database, Vault
from attunement.wire import MOST_CHARACTERS

MOST_TURNS = 5_000
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What would become of the sessions of an upload.

    Attributes
    ----------
    database, vault
        Where they would be kept.
    caller : Caller
        Whose upload it is.
    """

    database: Database
    vault: Vault
    caller: Caller

    def knows(self, session: Session) -> bool:
        """Tell whether a session is kept already, with the same content.

        Raises
        ------
        DataError
            It would be refused.
        """
        check_size(session)
        with self.database.of(self.caller.organisation_id) as db:
            store = SessionStore(db, self.vault, self.caller)
            view = find_known(store, session)
            contradiction = contradiction_of(store, view, session) if view else None
        if contradiction is not None:
            raise contradiction
        return view is not None


def check_size(session: Session) -> None:
    """Refuse what could not be kept as it is.

    Raises
    ------
    DataError
        It has no turns or too many, a turn is too long, or a name is.
    """
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


def find_known(store: SessionStore, session: Session) -> SessionView | None:
    """Find the session that is kept under this one's name.

    Raises
    ------
    DataError
        There is one that the caller may not see.
    """
    view = store.find_labelled(session.session_id)
    if view is None and store.labelled(session.session_id):
        raise _contradicts(session, "is one that you may not see")
    return view


def contradiction_of(store: SessionStore, view: SessionView, session: Session) -> DataError | None:
    """Say why the session that is kept is not this one; None where it is."""
    before = tuple(
        (turn.role, turn.text, turn.speaker, turn.start, turn.end) for turn in store.turns(view.id)
    )
    if before != tuple(map(_content, session.turns)):
        return _contradicts(session, "has other content")
    if session.patient_id is not None and session.patient_id != view.patient_code:
        return _contradicts(session, "is another patient's")
    return None


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
