"""The people of an organisation: invited, changed, locked out, and never without an admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from attunement.web._problems import NotFound, Problem
from attunement.web._service import Service
from attunement.web.accounts._attempts import is_locked, normal_email
from attunement.web.accounts._audit import record
from attunement.web.accounts._caller import Caller
from attunement.web.accounts._links import drop_links, make_link
from attunement.web.accounts._logins import end_logins
from attunement.web.accounts._permissions import Role
from attunement.web.storage import User


@dataclass(frozen=True, slots=True)
class UserView:
    """A person with an account."""

    id: str
    name: str
    email: str
    role: Role
    active: bool
    locked: bool
    has_password: bool
    created_at: datetime
    last_login_at: datetime | None


class LastAdmin(Problem):
    """Nobody would be left who can let others in."""

    def __init__(self) -> None:
        super().__init__(
            409,
            "This is the last admin who can log in.",
            mend="Make somebody else an admin first, and have them log in.",
        )


class TakenAddress(Problem):
    """There is an account with this address."""

    def __init__(self) -> None:
        super().__init__(409, "There is an account with this address.", more={"field": "email"})


def list_users(db: Session, service: Service) -> list[UserView]:
    """Give everybody of the organisation, those who are active first, by name."""
    order = (User.active.desc(), func.lower(User.name), User.id)
    return [view_of(user, service) for user in db.scalars(select(User).order_by(*order))]


def invite_user(
    db: Session, service: Service, *, caller: Caller, email: str, name: str, role: Role
) -> tuple[UserView, str]:
    """Add somebody, and give the token of the link they set their password with.

    Raises
    ------
    TakenAddress
        Somebody has this address.
    """
    user = User(email=normal_email(email), name=name.strip(), role=role, created_at=service.clock())
    db.add(user)
    try:
        db.flush()
    except IntegrityError:
        raise TakenAddress from None
    token = make_link(db, user=user, purpose="set_password", now=service.clock())
    record(db, service.vault, caller=caller, action="user.create", object_id=user.id, detail=role)
    return view_of(user, service), token


def change_user(
    db: Session,
    service: Service,
    user_id: str,
    *,
    caller: Caller,
    name: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
) -> UserView:
    """Change what is given. Who is not active any more is logged out everywhere at once.

    Raises
    ------
    NotFound
        There is nobody like that in the organisation.
    LastAdmin
        Nobody would be left who can let others in.
    """
    user = _found(db, user_id)
    # Whoever records waits for others who do, so two admins cannot both demote each other.
    record(
        db,
        service.vault,
        caller=caller,
        action="user.change",
        object_id=user.id,
        detail=_told(role=role, active=active, renamed=name is not None),
    )
    db.refresh(user)
    stays_admin = (role or user.role) == "admin" and active is not False
    if user.role == "admin" and user.active and not stays_admin and not _other_admins(db, user):
        raise LastAdmin
    if name is not None:
        user.name = name.strip()
    if role is not None:
        user.role = role
    if active is not None:
        user.active = active
        if not active:
            end_logins(db, user.id)
            drop_links(db, user.id)
    db.flush()
    return view_of(user, service)


def reset_user(db: Session, service: Service, user_id: str, *, caller: Caller) -> str:
    """Log somebody out everywhere, forget their password, and give a new link's token.

    Raises
    ------
    NotFound
        There is nobody like that in the organisation, or they are not active.
    """
    user = _found(db, user_id)
    if not user.active:
        raise NotFound("active user")
    user.password_hash = None
    unlock(service, user)
    end_logins(db, user.id)
    token = make_link(db, user=user, purpose="set_password", now=service.clock())
    record(db, service.vault, caller=caller, action="user.reset", object_id=user.id)
    return token


def unlock_user(db: Session, service: Service, user_id: str, *, caller: Caller) -> UserView:
    """Let somebody try again at once.

    Raises
    ------
    NotFound
        There is nobody like that in the organisation.
    """
    user = _found(db, user_id)
    unlock(service, user)
    record(db, service.vault, caller=caller, action="user.unlock", object_id=user.id)
    return view_of(user, service)


def unlock(service: Service, user: User) -> None:
    """Forget failed attempts."""
    user.failed_logins, user.locked_until = 0, None
    service.limits.forgive("account", service.vault.mark("login", user.email))


def view_of(user: User, service: Service) -> UserView:
    """Give what may be seen of an account."""
    return UserView(
        id=user.id,
        name=user.name,
        email=user.email,
        role=cast(Role, user.role),
        active=user.active,
        locked=is_locked(user, service.clock()),
        has_password=user.password_hash is not None,
        created_at=user.created_at,
        last_login_at=user.last_login_at,
    )


def _found(db: Session, user_id: str) -> User:
    user = db.scalar(select(User).where(User.id == user_id))
    if user is None:
        raise NotFound("user")
    return user


def _other_admins(db: Session, user: User) -> int:
    """Count other admins who can log in: an invitation that nobody has taken does not count."""
    wanted = (
        select(func.count())
        .select_from(User)
        .where(
            User.id != user.id,
            User.role == "admin",
            User.active,
            or_(User.password_hash.is_not(None), User.last_login_at.is_not(None)),
        )
    )
    return db.scalar(wanted) or 0


def _told(*, role: Role | None, active: bool | None, renamed: bool) -> str:
    words = [
        f"role {role}" if role is not None else "",
        "" if active is None else "active" if active else "not active",
        "name" if renamed else "",
    ]
    return ", ".join(word for word in words if word)
