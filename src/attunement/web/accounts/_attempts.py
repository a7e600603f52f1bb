"""Logging in with a password; who tries too often waits, and nobody learns who has an account."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select, update

from attunement.web._problems import Problem
from attunement.web._service import Service
from attunement.web.accounts._logins import begin_login, drop_ended
from attunement.web.accounts._passwords import matches
from attunement.web.storage import User, append_entry

LOCK_AFTER = 10
"""Failures in a row."""
LOCKED = timedelta(minutes=15)


class WrongLogin(Problem):
    """Address or password is wrong, or the account is locked or not active: all look the same."""

    def __init__(self) -> None:
        super().__init__(
            401,
            "Address or password is not right, or there were too many attempts.",
            mend="Check both. After ten failures an account waits for a quarter of an hour; an "
            "admin can unlock it, or give you a new link.",
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed on an account that exists; to be noted once it was answered."""

    organisation_id: str
    user_id: str


def normal_email(email: str) -> str:
    """Write an address as accounts have it."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def log_in(service: Service, *, email: str, password: str, address: str) -> str | Failure | None:
    """Try to log somebody in.

    Parameters
    ----------
    service : Service
        The service.
    email, password : str
        As they were typed.
    address : str
        Where from.

    Returns
    -------
    str or Failure or None
        The token for their cookie; or what failed on which account, None if there is none. The
        two take equally long, so a failure is noted after it was answered (`note_failure`).

    Raises
    ------
    TooMany
        Too many attempts from one address or on one account, whether it exists or not.
    """
    email = normal_email(email)
    account = service.vault.mark("login", email)
    service.limits.spend("logins", address)
    service.limits.spend("account", account)
    with service.database.unscoped() as db:
        user = db.scalar(select(User).where(User.email == email))
    usable = user is not None and user.active and not is_locked(user, service.clock())
    right = matches(password, user.password_hash if user is not None and usable else None)
    if user is None:
        return None
    if not right:
        return Failure(user.organisation_id, user.id)
    service.limits.forgive("account", account)
    with service.database.of(user.organisation_id) as db:
        known = db.get_one(User, user.id)
        known.failed_logins, known.locked_until = 0, None
        token = begin_login(db, service, known)
        drop_ended(db, service)
        append_entry(
            db,
            service.vault,
            organisation_id=user.organisation_id,
            user_id=user.id,
            action="login",
            at=service.clock(),
        )
    return token


def note_failure(service: Service, failure: Failure) -> None:
    """Count a failed attempt, and lock the account after too many."""
    until = service.clock() + LOCKED
    last = User.failed_logins + 1 >= LOCK_AFTER
    with service.database.of(failure.organisation_id) as db:
        db.execute(
            update(User)
            .where(User.id == failure.user_id)
            .values(
                failed_logins=case((last, 0), else_=User.failed_logins + 1),
                locked_until=case((last, until), else_=User.locked_until),
            )
            .execution_options(synchronize_session=False)
        )
        append_entry(
            db,
            service.vault,
            organisation_id=failure.organisation_id,
            action="login.failed",
            object_id=failure.user_id,
            at=service.clock(),
        )


def is_locked(user: User, now: datetime) -> bool:
    """Tell whether an account waits; a clock that was set back does not make it wait for long."""
    until = user.locked_until
    return until is not None and now < until <= now + LOCKED
