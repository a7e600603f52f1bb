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

    email: Email = Field(
        examples=["kim@example.org"], description="The address the account was made with."
    )
    password: Password = Field(description="The password.")


class Me(Told):
    """Who is asking."""

    organisation_id: Id = Field(description="Theirs; nothing of another exists for them.")
    role: Literal["admin", "supervisor", "therapist", "service"] = Field(
        description="What they may do."
    )
    user_id: Id | None = Field(description="The person; null for a program.")
    key_id: Id | None = Field(description="The service key; null for a person.")
    name: str = Field(description="The person's name, or the key's.")
    csrf_token: str | None = Field(
        description="What a browser sends back as X-CSRF-Token with whatever changes something; "
        "null for a program, which needs none."
    )


class User(Told):
    """A person with an account."""

    id: Id = Field(description="Names the person in this API.")
    name: str = Field(description="What they are called.")
    email: str = Field(description="The address they log in with.")
    role: UserRole = Field(description="What they may do.")
    active: bool = Field(description="Whether they are let in at all.")
    locked: bool = Field(description="Whether too many attempts to log in have failed just now.")
    has_password: bool = Field(description="False until they have used their link.")
    created_at: Moment = Field(description="When the account was made, UTC.")
    last_login_at: Moment | None = Field(
        description="When they logged in last, UTC; null if never."
    )


class Users(Told):
    """Everybody of the organisation."""

    users: tuple[User, ...] = Field(description="By name.")


class NewUser(Asked):
    """Somebody to be let in."""

    email: Email = Field(examples=["kim@example.org"], description="The address they log in with.")
    name: OneLine = Field(examples=["Kim Example"], description="What they are called.")
    role: UserRole = Field(description="What they may do.")


class UserChange(Asked):
    """What is to be changed; what is left out stays."""

    name: OneLine | None = Field(default=None, description="What they are called.")
    role: UserRole | None = Field(default=None, description="What they may do.")
    active: bool | None = Field(
        default=None, description="False logs the person out everywhere and lets them in no more."
    )


class Invitation(Told):
    """A link that is told once, and works once."""

    user: User = Field(description="Whom it lets in.")
    link: str = Field(
        description="Hand it on by a way you trust: who opens it sets the password. It works for "
        "72 hours. Relative to the service's address."
    )


class ServiceKey(Told):
    """What a program shows to use the API; the key itself was told once."""

    id: Id = Field(description="Names the key in this API; it opens nothing.")
    name: str = Field(description="What uses it.")
    created_at: Moment = Field(description="When it was made, UTC.")
    created_by: Id | None = Field(description="The user who made it; null if they are gone.")
    last_used_at: Moment | None = Field(
        description="When it was used last, to the minute, UTC; null if never."
    )
    revoked_at: Moment | None = Field(description="When it was revoked, UTC; null while it opens.")


class ServiceKeys(Told):
    """The organisation's keys."""

    keys: tuple[ServiceKey, ...] = Field(description="The newest first.")


class NewServiceKey(Asked):
    """A key for a program."""

    name: OneLine = Field(description="What uses it.", examples=["companion, release 7"])


class MadeServiceKey(ServiceKey):
    """A new key."""

    key: str = Field(description="Told this once. Send it as `Authorization: Bearer KEY`.")


class AuditEntry(Told):
    """Something somebody did."""

    number: int = Field(description="1, 2, 3 within the organisation.")
    at: Moment = Field(description="When, UTC.")
    user_id: str | None = Field(description="The person who did it; null for a program.")
    key_id: str | None = Field(description="The service key that did it; null for a person.")
    name: str | None = Field(description="Of the person or the key, while there is one.")
    action: str = Field(examples=["session.read"], description="What was done.")
    object_id: str | None = Field(description="To what, as this API names it.")
    detail: str = Field(
        description="More about it; never a name, a code or a word of a transcript."
    )


class Audit(Told):
    """Entries, the newest first."""

    entries: tuple[AuditEntry, ...] = Field(description="At most `limit` of them.")
    before: int | None = Field(
        description="Ask for entries before this number for the next page; null at the end."
    )


class AuditProof(Told):
    """The whole audit was checked."""

    entries: int = Field(description="How many were checked.")
    holds: bool = Field(description="Whether no entry was changed, taken out or put in.")
    problem: str | None = Field(description="The first entry that does not hold.")


class Organisation(Told):
    """The organisation's settings."""

    id: Id = Field(description="Names the organisation in this API.")
    name: str = Field(description="What it is called.")
    retention_days: int | None = Field(
        description="Sessions are erased so many days after they were held; never if null."
    )
    false_alarms: float = Field(
        description="Alarms of falling, and of widening, that a typical session without any "
        "change may raise."
    )
    patient_turns: int | None = Field(
        description="Turns of the patient in a typical session, as it was set; null: as many as "
        "the organisation's own sessions have."
    )
    typical_turns: int = Field(
        description="What new sessions are heard with: `patient_turns`, or else the mean of the "
        "last 200 closed sessions, or 45 while there are fewer than 20."
    )


class OrganisationChange(Asked):
    """What is to be changed; what is left out stays."""

    name: OneLine | None = Field(default=None, description="What it is called.")
    retention_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="Erase sessions so many days after they were held; null for never.",
    )
    false_alarms: float | None = Field(
        default=None,
        ge=0.01,
        le=1,
        description="Alarms of falling, and of widening, that a typical session without any "
        "change may raise. For sessions that begin from now on; those there are keep theirs.",
        examples=[0.1],
    )
    patient_turns: int | None = Field(
        default=None,
        ge=9,
        le=1_000,
        description="Turns of the patient in a typical session, for sessions that begin from now "
        "on; null: as many as the organisation's own have.",
        examples=[45],
    )
