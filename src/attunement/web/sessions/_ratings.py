"""Rows of ratings: what patient or therapist said of a session on a form."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
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
    by: str | None,
) -> list[RatingView]:
    """Put down one side's answers on the scales given; what they said on these before goes."""
    db.execute(
        delete(SessionRating)
        .where(
            SessionRating.session_id == session_id,
            SessionRating.rater == rater,
            SessionRating.instrument == instrument,
            SessionRating.scale.in_(values),
        )
        .execution_options(synchronize_session="fetch")
    )
    at = now()
    for scale, value in values.items():
        db.add(
            SessionRating(
                session_id=session_id,
                rater=rater,
                instrument=instrument,
                scale=scale,
                value=value,
                created_by=by,
                created_at=at,
            )
        )
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
            created_at=row.created_at,
        )
        for row in db.scalars(wanted)
    ]
