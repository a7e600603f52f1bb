"""The first accounts: the one user of this machine, or a server's first admin."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from attunement.errors import UsageError
from attunement.web._service import Service
from attunement.web.accounts._attempts import normal_email
from attunement.web.accounts._links import make_link
from attunement.web.accounts._logins import OWNER, end_logins
from attunement.web.accounts._passwords import check_password, hash_password
from attunement.web.accounts._permissions import Role
from attunement.web.storage import (
    Database,
    Organisation,
    User,
    Vault,
    append_entry,
    new_id,
    now,
)


def link_for_owner(service: Service) -> str:
    """Give the token of a link that logs the one user of this machine in.

    There is an organisation with that user from the first time on. Logins by earlier links end.
    """
    with service.database.unscoped() as db:
        owner = db.scalar(select(User).where(User.email == OWNER))
    if owner is None:
        owner = _first_owner(service)
    with service.database.of(owner.organisation_id) as db:
        end_logins(db, owner.id)
        return make_link(db, user=owner, purpose="log_in", now=service.clock())


def add_person(
    database: Database,
    vault: Vault,
    *,
    organisation: str,
    email: str,
    name: str,
    role: Role,
    password: str | None,
) -> str | None:
    """Add somebody to an organisation, which is made if there is none of that name.

    Parameters
    ----------
    database, vault
        The service's.
    organisation : str
        Its name.
    email, name, role : str
        The person's.
    password : str or None
        Their password; a link to set one is made if there is none.

    Returns
    -------
    str or None
        The token of that link.

    Raises
    ------
    WeakPassword
        The password would be guessed.
    UsageError
        Somebody has this address.
    """
    email = normal_email(email)
    if password is not None:
        check_password(password, about=(email, name))
    kept = hash_password(password) if password is not None else None
    try:
        with database.unscoped() as db:
            home = _organisation(db, organisation)
            user = User(
                organisation_id=home.id, email=email, name=name, role=role, password_hash=kept
            )
            db.add(user)
            db.flush()
            append_entry(
                db,
                vault,
                organisation_id=home.id,
                action="user.create",
                object_id=user.id,
                detail=f"{role}, at the command line",
            )
            return make_link(db, user=user, purpose="set_password", now=now()) if not kept else None
    except IntegrityError:
        raise UsageError(
            "there is an account with this address",
            mend="Take another one, or give that person a new link with `attunement users link`",
            field="--email",
        ) from None


def link_for_person(database: Database, vault: Vault, *, email: str) -> str:
    """Give the token of a new link to set a password; the old password opens nothing any more.

    Raises
    ------
    UsageError
        There is nobody with this address.
    """
    with database.unscoped() as db:
        user = db.scalar(select(User).where(User.email == normal_email(email), User.active))
        if user is None or user.email == OWNER:
            raise UsageError(
                "there is nobody with this address who is let in",
                mend="Add them with `attunement users add`",
                field="EMAIL",
            )
        user.password_hash, user.failed_logins, user.locked_until = None, 0, None
        end_logins(db, user.id)
        append_entry(
            db,
            vault,
            organisation_id=user.organisation_id,
            action="user.reset",
            object_id=user.id,
            detail="at the command line",
        )
        return make_link(db, user=user, purpose="set_password", now=now())


def everybody(database: Database) -> list[tuple[Organisation, User]]:
    """Give all accounts of all organisations."""
    with database.unscoped() as db:
        rows = db.execute(
            select(Organisation, User)
            .join(User, User.organisation_id == Organisation.id)
            .order_by(Organisation.name, Organisation.id, User.email)
        )
        return [(organisation, user) for organisation, user in rows]


def _first_owner(service: Service) -> User:
    """Make the organisation and its user, unless another process has just done so."""
    home = new_id()
    owner = User(organisation_id=home, email=OWNER, name="You", role="admin")
    try:
        with service.database.unscoped() as db:
            db.add(Organisation(id=home, name="This machine"))
            db.flush()
            db.add(owner)
    except IntegrityError:
        with service.database.unscoped() as db:
            return db.scalars(select(User).where(User.email == OWNER)).one()
    return owner


def _organisation(db: Session, name: str) -> Organisation:
    found = db.scalars(select(Organisation).where(Organisation.name == name)).first()
    if found is None:
        found = Organisation(name=name)
        db.add(found)
        db.flush()
    return found
