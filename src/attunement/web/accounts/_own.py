"""What people do with their own account: getting in by a link, and changing the password."""

from __future__ import annotations

from sqlalchemy.orm import Session

from attunement.web._problems import Problem
from attunement.web._service import Service
from attunement.web.accounts._audit import record
from attunement.web.accounts._caller import Caller
from attunement.web.accounts._links import drop_links, use_link
from attunement.web.accounts._logins import begin_login, drop_ended, end_logins
from attunement.web.accounts._passwords import check_password, hash_password, matches
from attunement.web.storage import OneTimeLink, User, append_entry


class WrongPassword(Problem):
    """The password that somebody has now was not given right."""

    def __init__(self) -> None:
        super().__init__(403, "The password you have now is not right.", more={"field": "old"})


def enter_by_link(service: Service, link: OneTimeLink, user: User) -> str:
    """Log somebody in by a link, which is used up; give the token for their cookie.

    Raises
    ------
    UsedLink
        It was used just now.
    """
    with service.database.of(user.organisation_id) as db:
        use_link(db, link)
        token = begin_login(db, service, db.get_one(User, user.id))
        drop_ended(db, service)
        _note(db, service, user, action="login")
    return token


def set_password_by_link(service: Service, link: OneTimeLink, user: User, *, password: str) -> str:
    """Set a password by a link, which is used up, and log in: here, and nowhere else any more.

    Raises
    ------
    WeakPassword
        The password would be guessed; the link may still be used.
    UsedLink
        It was used just now.
    """
    check_password(password, about=(user.email, user.name))
    kept = hash_password(password)
    with service.database.of(user.organisation_id) as db:
        use_link(db, link)
        known = db.get_one(User, user.id)
        known.password_hash, known.failed_logins, known.locked_until = kept, 0, None
        end_logins(db, user.id)
        token = begin_login(db, service, known)
        _note(db, service, user, action="password.set")
    service.limits.forgive("account", service.vault.mark("login", user.email))
    return token


def change_password(service: Service, *, caller: Caller, old: str, new: str) -> str:
    """Change the caller's password; they stay logged in here, by a new login, and nowhere else.

    Raises
    ------
    WrongPassword
        The old one is not right.
    WeakPassword
        The new one would be guessed.
    TooMany
        The old one was not right too often.
    """
    with service.database.of(caller.organisation_id) as db:
        user = db.get_one(User, caller.user_id)
    account = service.vault.mark("login", user.email)
    service.limits.spend("account", account)
    if not matches(old, user.password_hash):
        raise WrongPassword
    check_password(new, about=(user.email, user.name))
    kept = hash_password(new)
    with service.database.of(caller.organisation_id) as db:
        known = db.get_one(User, user.id)
        known.password_hash = kept
        end_logins(db, user.id)
        drop_links(db, user.id)
        token = begin_login(db, service, known)
        record(db, service.vault, caller=caller, action="password.change", object_id=user.id)
    service.limits.forgive("account", account)
    return token


def _note(db: Session, service: Service, user: User, *, action: str) -> None:
    append_entry(
        db,
        service.vault,
        organisation_id=user.organisation_id,
        user_id=user.id,
        action=action,
        object_id=user.id,
        detail="by link",
        at=service.clock(),
    )
