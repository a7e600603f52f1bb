"""Who was shown what was inferred, and who still has a view of their own to give."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from attunement.web.sessions._views import SessionView
from attunement.web.storage import AuditEntry, SessionRating

_SHOWN = ("session.read", "session.post")
"""What the audit calls being shown a session's figures: the answer to a turn has them, too."""
_AT_ONCE = 500


def was_shown(db: Session, session_id: str, *, user_id: str) -> bool:
    """Tell whether a user was shown figures of a session."""
    wanted = select(AuditEntry.id).where(
        AuditEntry.object_id == session_id,
        AuditEntry.user_id == user_id,
        AuditEntry.action.in_(_SHOWN),
    )
    return db.scalars(wanted.limit(1)).first() is not None


def blind(db: Session, sessions: Sequence[SessionView], *, user_id: str | None) -> frozenset[str]:
    """Give a therapist's own sessions that they have neither rated nor been shown figures of.

    Parameters
    ----------
    db : Session
        Of the organisation.
    sessions : sequence of SessionView
        Which to look at.
    user_id : str or None
        The therapist; a program has no view of its own.
    """
    own = [
        one.id
        for one in sessions
        if user_id is not None and one.therapist_id == user_id and one.n_turns
    ]
    known: set[str | None] = set()
    for start in range(0, len(own), _AT_ONCE):
        some = own[start : start + _AT_ONCE]
        known |= set(
            db.scalars(
                select(SessionRating.session_id).where(
                    SessionRating.session_id.in_(some), SessionRating.rater == "therapist"
                )
            )
        )
        known |= set(
            db.scalars(
                select(AuditEntry.object_id).where(
                    AuditEntry.object_id.in_(some),
                    AuditEntry.user_id == user_id,
                    AuditEntry.action.in_(_SHOWN),
                )
            )
        )
    return frozenset(own) - known
