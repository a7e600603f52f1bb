"""From sealed rows to views."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from attunement.web.sessions._views import PatientView, SessionView
from attunement.web.storage import Box, Patient, TherapySession, User, Vault, place


class Opening:
    """Opens rows within one transaction; each patient's key is unwrapped once.

    Parameters
    ----------
    db : Session
        Of the organisation.
    vault : Vault
        Unwraps the patients' keys.
    """

    def __init__(self, db: Session, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._boxes: dict[str, Box] = {}
        self._names: dict[str, str] = {}

    def box(self, patient: Patient) -> Box:
        """Give what seals and opens a patient's words."""
        if patient.id not in self._boxes:
            self._boxes[patient.id] = self._vault.box(
                patient.wrapped_key, place=place("patients.wrapped_key", patient.id)
            )
        return self._boxes[patient.id]

    def code(self, patient: Patient) -> str:
        """Give what the organisation calls a patient."""
        code: str = self.box(patient).open_json(
            patient.sealed_code, place=place("patients.code", patient.id)
        )
        return code

    def details(self, session: TherapySession, patient: Patient) -> dict[str, Any]:
        """Give label, condition, number and therapist, as they were told."""
        details: dict[str, Any] = self.box(patient).open_json(
            session.sealed_details, place=place("sessions.details", session.id)
        )
        return details

    def patient(self, row: Patient) -> PatientView:
        """Open a patient."""
        return PatientView(id=row.id, code=self.code(row), created_at=row.created_at)

    def session(self, row: TherapySession, patient: Patient) -> SessionView:
        """Open a session."""
        details = self.details(row, patient)
        summary = None
        if row.sealed_summary is not None:
            summary = self.box(patient).open_json(
                row.sealed_summary, place=place("sessions.summary", row.id)
            )
        return SessionView(
            id=row.id,
            patient_id=row.patient_id,
            patient_code=self.code(patient),
            label=details["label"],
            condition=details["condition"],
            number=details["number"],
            therapist_id=row.therapist_id,
            therapist_name=self._name(row.therapist_id) or details["therapist"],
            status=row.status,
            estimator=row.estimator,
            false_alarms=row.false_alarms,
            typical_turns=row.typical_turns,
            fictional=row.fictional,
            held_at=row.held_at,
            dated=details.get("dated", True),
            created_at=row.created_at,
            closed_at=row.closed_at,
            n_turns=row.n_turns,
            has_language=row.sealed_language is not None,
            summary=summary,
        )

    def _name(self, user_id: str | None) -> str | None:
        if user_id is None:
            return None
        if user_id not in self._names:
            name = self._db.scalar(select(User.name).where(User.id == user_id))
            self._names[user_id] = name or ""
        return self._names[user_id]
