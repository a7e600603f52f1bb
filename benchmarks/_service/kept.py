"""What a database holds of the sessions that were posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks._service.served import ServeProcess
from benchmarks._service.talk import Sender, turn_id
from sqlalchemy import select

from attunement.web.storage import SpokenTurn, TherapySession


@dataclass(frozen=True, slots=True)
class Kept:
    """How acknowledged turns and kept ones compare.

    Attributes
    ----------
    acknowledged, kept : int
        How many.
    lost : int
        Acknowledged and not kept.
    doubled : int
        Kept twice, under another number or id than they were posted with, or with a hole before.
    """

    acknowledged: int
    kept: int
    lost: int
    doubled: int


def compare(served: ServeProcess, senders: Sequence[Sender]) -> Kept:
    """Look into the database and hold it against what was acknowledged."""
    database = served.database()
    acknowledged = kept = lost = doubled = 0
    with database.of(served.organisation_id) as db:
        for sender in senders:
            wanted = (
                select(SpokenTurn.number, SpokenTurn.turn_id)
                .where(SpokenTurn.session_id == sender.session_id)
                .order_by(SpokenTurn.number)
            )
            rows = [(row[0], row[1]) for row in db.execute(wanted)]
            numbers = {number for number, _ in rows}
            confirmed = set(sender.acknowledged)
            acknowledged += len(confirmed)
            kept += len(rows)
            lost += len(confirmed - numbers)
            doubled += sum(row != (place, turn_id(place)) for place, row in enumerate(rows))
            told = db.scalar(
                select(TherapySession.n_turns).where(TherapySession.id == sender.session_id)
            )
            doubled += told != len(rows)
    database.close()
    return Kept(acknowledged, kept, lost, doubled)
