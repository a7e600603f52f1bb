"""How many sessions and open alarms a caller sees, counted without opening any."""

from __future__ import annotations

from collections import Counter, defaultdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from attunement.web.accounts import Caller
from attunement.web.sessions._visible import visible
from attunement.web.storage import RaisedAlarm, TherapySession


def count_sessions(db: Session, caller: Caller) -> int:
    """Count the sessions that the caller sees."""
    return db.scalar(select(func.count(TherapySession.id)).where(visible(caller))) or 0


def count_open_alarms(db: Session, caller: Caller) -> dict[str, Counter[str]]:
    """Count the alarms that nobody has looked at, by session and kind."""
    wanted = (
        select(RaisedAlarm.session_id, RaisedAlarm.kind, func.count(RaisedAlarm.id))
        .join(TherapySession, TherapySession.id == RaisedAlarm.session_id)
        .where(visible(caller), RaisedAlarm.seen_at.is_(None))
        .group_by(RaisedAlarm.session_id, RaisedAlarm.kind)
    )
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for session_id, kind, n in db.execute(wanted):
        found[session_id][kind] = n
    return dict(found)
