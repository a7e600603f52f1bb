"""Accounts: logging in, people, service keys, the audit and the organisation's settings."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from attunement.wire._model import Asked, Id, Moment, OneLine, Told

UserRole: TypeAlias = Literal["admin", "supervisor", "therapist"]

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=3,
        max_length=320,
        pattern=r"^[^\s@\x00-\x1f\x7f-\x9f<>\"]+@[^\s@\x00-\x1f\x7f-\x9f<>\"]+$",
    ),
]
"""An address to log in with; nothing is sent to it."""

Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class LogIn(Asked):
    """Address and password."""

    email: Email = Field(examples=["kim@example.org"])
    password: Password


class Me(Told):
    """Who is asking."""

    organisation_id: Id
    role: Literal["admin", "supervisor", "therapist", "service"]
    user_id: Id | None = Field(description="The person; null for a program.")
    key_id: Id | None = Field(description="The service key; null for a person.")
    name: str
    csrf_token: str | None = Field(
        description="What a browser sends back as X-CSRF-Token with whatever changes something; "
        "null for a program, which needs none."
    )


class User(Told):
    """A person with an account."""

    id: Id
    name: str
    email: str
    role: UserRole
    active: bool
    locked: bool = Field(description="Whether too many attempts to log in have failed just now.")
    has_password: bool = Field(description="False until they have used their link.")
    created_at: Moment
    last_login_at: Moment | None


class Users(Told):
    """Everybody of the organisation."""

    users: tuple[User, ...]


class NewUser(Asked):
    """Somebody to be let in."""

    email: Email = Field(examples=["kim@example.org"])
    name: OneLine = Field(examples=["Kim Example"])
    role: UserRole


class UserChange(Asked):
    """What is to be changed; what is left out stays."""

    name: OneLine | None = None
    role: UserRole | None = None
    active: bool | None = Field(
        default=None, description="False logs the person out everywhere and lets them in no more."
    )


class Invitation(Told):
    """A link that is told once, and works once."""

    user: User
    link: str = Field(
        description="Hand it on by a way you trust: who opens it sets the password. It works for "
        "72 hours. Relative to the service's address."
    )


class ServiceKey(Told):
    """What a program shows to use the API; the key itself was told once."""

    id: Id
    name: str
    created_at: Moment
    created_by: Id | None
    last_used_at: Moment | None
    revoked_at: Moment | None


class ServiceKeys(Told):
    """The organisation's keys."""

    keys: tuple[ServiceKey, ...]


class NewServiceKey(Asked):
    """A key for a program."""

    name: OneLine = Field(description="What uses it.", examples=["companion, release 7"])


class MadeServiceKey(ServiceKey):
    """A new key."""

    key: str = Field(description="Told this once. Send it as `Authorization: Bearer KEY`.")


class AuditEntry(Told):
    """Something somebody did."""

    number: int = Field(description="1, 2, 3 within the organisation.")
    at: Moment
    user_id: str | None
    key_id: str | None
    name: str | None = Field(description="Of the person or the key, while there is one.")
    action: str = Field(examples=["session.read"])
    object_id: str | None
    detail: str


class Audit(Told):
    """Entries, the newest first."""

    entries: tuple[AuditEntry, ...]
    before: int | None = Field(
        description="Ask for entries before this number for the next page; null at the end."
    )


class AuditProof(Told):
    """The whole audit was checked."""

    entries: int
    holds: bool = Field(description="Whether no entry was changed, taken out or put in.")
    problem: str | None = Field(description="The first entry that does not hold.")


class Organisation(Told):
    """The organisation's settings."""

    id: Id
    name: str
    retention_days: int | None = Field(
        description="Sessions are erased so many days after they were held; never if null."
    )
    false_alarms: float = Field(
        description="Alarms of falling, and of widening, that a typical session without any "
        "change may raise."
    )


class OrganisationChange(Asked):
    """What is to be changed; what is left out stays, and null for retention is: never."""

    name: OneLine | None = None
    retention_days: int | None = Field(default=None, ge=1, le=36_500)
