"""What was read of sessions' language, in the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session as Db

from attunement.transcripts import Session, Turn
from attunement.web.storage import (
    Box,
    Patient,
    SessionRating,
    SpokenTurn,
    TherapySession,
    Vault,
    place,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A closed session, as statistics need to know it.

    Attributes
    ----------
    session_id, patient_id : str
        As the service knows them.
    therapist : str or None
        The user, or what the transcript calls the therapist.
    condition : str or None
        The patient's group.
    number : int or None
        Which session it is.
    """

    session_id: str
    patient_id: str
    therapist: str | None
    condition: str | None
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """An organisation's closed sessions.

    Attributes
    ----------
    counted : list of str
        Those that statistics are of: its own, or the sample's while there are no others.
    left_out : list of str
        The sample's, once there are others.
    fictional : bool
        Whether those counted are the sample's.
    """

    counted: list[str]
    left_out: list[str]
    fictional: bool


class LanguageStore:
    """The language of an organisation's closed sessions; whoever may see them is asked elsewhere.

    Parameters
    ----------
    db : Session
        From `Database.of`.
    vault : Vault
        Opens and seals.
    """

    def __init__(self, db: Db, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._boxes: dict[str, Box] = {}

    def closed(self) -> Closed:
        """Give the closed sessions with turns, the latest first."""
        rows = self._db.execute(
            select(TherapySession.id, TherapySession.fictional)
            .where(TherapySession.status == "closed", TherapySession.n_turns > 0)
            .order_by(
                TherapySession.held_at.desc(),
                TherapySession.created_at.desc(),
                TherapySession.id,
            )
        ).all()
        real = [session_id for session_id, fictional in rows if not fictional]
        return Closed(
            counted=real or [session_id for session_id, _ in rows],
            left_out=[session_id for session_id, fictional in rows if fictional] if real else [],
            fictional=bool(rows) and not real,
        )

    def basis(self, session_ids: Collection[str]) -> dict[str, str]:
        """Give fingerprints of what statistics over sessions rest on besides what was said.

        Parameters
        ----------
        session_ids : collection of str
            The sessions.

        Returns
        -------
        dict of str to str
            conditions: how the sessions are described; ratings: what was answered about them.
        """
        wanted = set(session_ids)
        described = self._db.execute(
            select(
                TherapySession.id, TherapySession.therapist_id, TherapySession.sealed_details
            ).order_by(TherapySession.id)
        )
        return {
            "conditions": _fingerprint(
                [one, therapist, hashlib.sha256(sealed).hexdigest()]
                for one, therapist, sealed in described
                if one in wanted
            ),
            "ratings": _fingerprint(self.ratings(wanted)),
        }

    def described(self, session_id: str) -> Described | None:
        """Describe a session; None where it is gone."""
        found = self._found(session_id)
        if found is None:
            return None
        session, patient = found
        details = self._box(patient).open_json(
            session.sealed_details, place=place("sessions.details", session.id)
        )
        return Described(
            session_id=session.id,
            patient_id=patient.id,
            therapist=session.therapist_id or details["therapist"],
            condition=details["condition"],
            number=details["number"],
        )

    def transcript(self, session_id: str) -> Session | None:
        """Open what was said in a session; None where it is gone."""
        found = self._found(session_id)
        if found is None:
            return None
        _, patient = found
        box = self._box(patient)
        rows = self._db.execute(
            select(SpokenTurn.number, SpokenTurn.role, SpokenTurn.sealed_said)
            .where(SpokenTurn.session_id == session_id)
            .order_by(SpokenTurn.number)
        )
        return Session(
            session_id=session_id,
            patient_id=patient.id,
            turns=tuple(
                Turn(
                    turn=number,
                    role=role,  # type: ignore[arg-type]
                    **box.open_json(sealed, place=place("turns.said", session_id, number)),
                )
                for number, role, sealed in rows
            ),
        )

    def language(self, session_id: str) -> dict[str, Any] | None:
        """Open what was read of a session; None where nothing was, or it is gone."""
        found = self._found(session_id)
        if found is None or found[0].sealed_language is None:
            return None
        opened: dict[str, Any] = self._box(found[1]).open_json(
            found[0].sealed_language, place=place("sessions.language", session_id)
        )
        return opened

    def keep(self, session_id: str, language: dict[str, Any]) -> None:
        """Keep what was read of a session, if it is still there."""
        found = self._found(session_id)
        if found is None:
            return
        sealed = self._box(found[1]).seal_json(
            language, place=place("sessions.language", session_id)
        )
        self._db.execute(
            update(TherapySession)
            .where(TherapySession.id == session_id)
            .values(sealed_language=sealed)
            .execution_options(synchronize_session=False)
        )

    def ratings(self, session_ids: set[str]) -> list[tuple[str, str, str, str, float]]:
        """Give session, rater, instrument, scale and value of what was rated.

        Of a therapist's answers the first, which may have been given before they saw any figures.
        """
        rows = self._db.scalars(select(SessionRating).order_by(SessionRating.id))
        return [
            (
                row.session_id,
                row.rater,
                row.instrument,
                row.scale,
                row.first_value if row.rater == "therapist" else row.value,
            )
            for row in rows
            if row.session_id in session_ids
        ]

    def _found(self, session_id: str) -> tuple[TherapySession, Patient] | None:
        row = self._db.execute(
            select(TherapySession, Patient)
            .join(Patient, Patient.id == TherapySession.patient_id)
            .where(TherapySession.id == session_id)
        ).first()
        return (row[0], row[1]) if row is not None else None

    def _box(self, patient: Patient) -> Box:
        if patient.id not in self._boxes:
            self._boxes[patient.id] = self._vault.box(
                patient.wrapped_key, place=place("patients.wrapped_key", patient.id)
            )
        return self._boxes[patient.id]


def _fingerprint(rows: Iterable[Sequence[object]]) -> str:
    return hashlib.sha256(json.dumps([list(row) for row in rows]).encode()).hexdigest()
