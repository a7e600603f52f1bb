"""Links that let somebody in once: to set a password, or to log in on their own machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from attunement.web._problems import Problem
from attunement.web._service import Service
from attunement.web.accounts._lifetime import SET_BACK
from attunement.web.accounts._tokens import hash_of, new_token
from attunement.web.storage import OneTimeLink, User

Purpose: TypeAlias = Literal["log_in", "set_password"]

LASTS: dict[Purpose, timedelta] = {
    "log_in": timedelta(hours=1),
    "set_password": timedelta(hours=72),
}


class UsedLink(Problem):
    """A link that is none, or is one no more."""

    def __init__(self) -> None:
        super().__init__(
            404,
            "This link was used, has expired, or never was one.",
            mend="Ask an admin for a new one. On your own machine, start the service again.",
        )


def make_link(db: Session, *, user: User, purpose: Purpose, now: datetime) -> str:
    """Make a link for somebody, and give its token; earlier ones for the same are gone."""
    db.execute(
        delete(OneTimeLink).where(OneTimeLink.user_id == user.id, OneTimeLink.purpose == purpose)
    )
    token = new_token()
    db.add(
        OneTimeLink(
            organisation_id=user.organisation_id,
            token_hash=hash_of(token),
            user_id=user.id,
            purpose=purpose,
            created_at=now,
            expires_at=now + LASTS[purpose],
        )
    )
    db.flush()
    return token


def find_link(service: Service, token: str) -> tuple[OneTimeLink, User]:
    """Find a link that may still be used, and whose it is.

    Raises
    ------
    UsedLink
        There is none.
    """
    with service.database.unscoped() as db:
        row = db.execute(
            select(OneTimeLink, User)
            .join(User, OneTimeLink.user_id == User.id)
            .where(OneTimeLink.token_hash == hash_of(token), User.active)
        ).one_or_none()
    if row is None:
        raise UsedLink
    link, user = row
    # A clock that was set back before the link was made would keep it for longer than it lasts.
    if not link.created_at - SET_BACK <= service.clock() < link.expires_at:
        raise UsedLink
    return link, user


def use_link(db: Session, link: OneTimeLink) -> None:
    """Use a link up; of several at once who try, one does.

    Raises
    ------
    UsedLink
        Somebody has just done so.
    """
    gone = db.execute(
        delete(OneTimeLink)
        .where(OneTimeLink.token_hash == link.token_hash)
        .returning(OneTimeLink.token_hash)
    ).all()
    if not gone:
        raise UsedLink


def drop_links(db: Session, user_id: str) -> None:
    """Have all of somebody's links open nothing any more."""
    db.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user_id))
