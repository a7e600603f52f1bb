"""Which sessions a caller sees; every statement about sessions goes through here."""

from __future__ import annotations

from sqlalchemy import ColumnElement, true

from attunement.web.accounts import Caller, may
from attunement.web.storage import TherapySession


def visible(caller: Caller) -> ColumnElement[bool]:
    """Give what a session must be for the caller to see it, within their organisation.

    Supervisors and admins see all, therapists their own, programs those that they created.
    """
    if may(caller, "sessions.all"):
        return true()
    if caller.key_id is not None:
        return TherapySession.key_id == caller.key_id
    return TherapySession.therapist_id == caller.user_id
