"""Rows of ratings: what patient or therapist said of a session on a form, first and by now."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from attunement.web.sessions._views import RatingView
from attunement.web.storage import SessionRating, now


def put(
    db: Session,
    session_id: str,
    *,
    rater: str,
    instrument: str,
    values: Mapping[str, float],
    seen_before: bool | None,
    by: str | None,
) -> list[RatingView]:
    """Put down one side's answers on the scales given.

    What they answered first stays, with whether figures had been seen before it; what they
    answered last stands beside it.
    """
    known = {
        row.scale: row
        for row in db.scalars(
            select(SessionRating).where(
                SessionRating.session_id == session_id,
                SessionRating.rater == rater,
                SessionRating.instrument == instrument,
                SessionRating.scale.in_(values),
            )
        )
    }
    at = now()
    for scale, value in values.items():
        if scale not in known:
            db.add(
                SessionRating(
                    session_id=session_id,
                    rater=rater,
                    instrument=instrument,
                    scale=scale,
                    value=value,
                    first_value=value,
                    seen_before=seen_before,
                    created_by=by,
                    created_at=at,
                )
            )
        elif known[scale].value != value:
            known[scale].value, known[scale].changed_at = value, at
    db.flush()
    return read(db, session_id)


def read(db: Session, session_id: str) -> list[RatingView]:
    """Give a session's ratings, by rater, instrument and scale."""
    wanted = (
        select(SessionRating)
        .where(SessionRating.session_id == session_id)
        .order_by(SessionRating.rater, SessionRating.instrument, SessionRating.scale)
    )
    return [
        RatingView(
            rater=row.rater,
            instrument=row.instrument,
            scale=row.scale,
            value=row.value,
            first_value=row.first_value,
            seen_before=row.seen_before,
            created_at=row.created_at,
            changed_at=row.changed_at,
        )
        for row in db.scalars(wanted)
    ]
