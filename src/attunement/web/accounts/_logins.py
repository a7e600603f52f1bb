"""Browsers that are logged in: their rows, found by the hash of a cookie's token."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from attunement.web._service import Service
from attunement.web.accounts._lifetime import Lifetime
from attunement.web.accounts._permissions import Role
from attunement.web.accounts._tokens import hash_of, new_token
from attunement.web.storage import Login, StorageUnavailable, User

OWNER = "owner@localhost"
"""The address of the one user of a service on loopback. Nobody can log in with it."""

_NOTED_EVERY = timedelta(minutes=1)
_WHILE_IT_RUNS = timedelta(days=3650)
"""The owner's login, whose only door is a link that the service prints when it starts, is ended by
the next start and by nothing before."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody who is logged in."""

    organisation_id: str
    user_id: str
    role: Role
    name: str
    csrf_token: str


def begin_login(db: Session, service: Service, user: User) -> str:
    """Log somebody in, and give the token for their cookie: a new one every time."""
    token, moment = new_token(), service.clock()
    db.add(
        Login(
            organisation_id=user.organisation_id,
            token_hash=hash_of(token),
            user_id=user.id,
            csrf_token=new_token(),
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment
            + (
                _WHILE_IT_RUNS
                if _is_owners(service, user)
                else timedelta(hours=service.settings.login_hours)
            ),
        )
    )
    user.last_login_at = moment
    db.flush()
    return token


def find_login(service: Service, token: str) -> LoggedIn | None:
    """Find who a cookie's token belongs to; None if it is unknown or has ended."""
    with service.database.unscoped() as db:
        row = db.execute(
            select(Login, User)
            .join(User, Login.user_id == User.id)
            .where(Login.token_hash == hash_of(token), User.active)
        ).one_or_none()
    if row is None:
        return None
    login, user = row
    before = Lifetime(login.last_seen_at, login.expires_at)
    idle = timedelta(minutes=service.settings.idle_minutes)
    after = before.at(service.clock(), idle=None if _is_owners(service, user) else idle)
    if after is None:
        return None
    if after.ends != before.ends or after.last_seen - before.last_seen >= _NOTED_EVERY:
        _note(service, login, after)
    return LoggedIn(
        organisation_id=user.organisation_id,
        user_id=user.id,
        role=cast(Role, user.role),
        name=user.name,
        csrf_token=login.csrf_token,
    )


def end_login(db: Session, token: str) -> None:
    """Log one browser out."""
    db.execute(delete(Login).where(Login.token_hash == hash_of(token)))


def end_logins(db: Session, user_id: str) -> None:
    """Log somebody out everywhere."""
    db.execute(delete(Login).where(Login.user_id == user_id))


def drop_ended(db: Session, service: Service) -> None:
    """Delete logins that have ended."""
    db.execute(delete(Login).where(Login.expires_at <= service.clock()))


def _is_owners(service: Service, user: User) -> bool:
    return user.email == OWNER and not service.settings.public


def _note(service: Service, login: Login, lifetime: Lifetime) -> None:
    """Note when a login was seen; a database that cannot be written to can still be read."""
    with suppress(StorageUnavailable), service.database.of(login.organisation_id) as db:
        db.execute(
            update(Login)
            .where(Login.token_hash == login.token_hash)
            .values(last_seen_at=lifetime.last_seen, expires_at=lifetime.ends)
        )
