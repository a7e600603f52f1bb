"""The database's tables. Whatever a patient or therapist said, and who they are, is sealed.

Every row belongs to an organisation, and `Scoped` lets no query see another's (see `_database`).
Columns named `sealed_*` hold ciphertext under the patient's own key, which is itself wrapped by
the master key: destroy the patient's key and they cannot be read, wherever copies lie.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def new_id() -> str:
    """Give a random identifier that says nothing."""
    return uuid4().hex


def now() -> datetime:
    """Give the time, in UTC."""
    return datetime.now(tz=UTC)


class Moment(TypeDecorator[datetime]):
    """A time with its zone, kept as UTC: SQLite has no zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse times without a zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table."""

    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, bytes: LargeBinary}  # noqa: RUF012


class Scoped:
    """A row that belongs to one organisation; no query of another's caller sees it."""

    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), index=True
    )


class Keyring(Base):
    """One row: which master key wraps all the others, and the key of the marks."""

    __tablename__ = "keyring"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    key_id: Mapped[str] = mapped_column(String(16))
    """The master key's name; another master key opens nothing here."""
    wrapped_marks: Mapped[bytes]
    """The key of keyed hashes, wrapped: marks outlive a change of the master key."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    rotated_at: Mapped[datetime | None]


class Organisation(Base):
    """A clinic, a practice, a laboratory, a maker of a companion."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
    retention_days: Mapped[int | None]
    """Sessions are erased so many days after they were held; never if null."""
    false_alarms: Mapped[float] = mapped_column(default=0.1)
    """Falling, and widening, alarms that a typical session without any change may raise."""
    patient_turns: Mapped[int | None]
    """Turns of the patient in a typical session; null: as many as its own sessions have."""
    audited: Mapped[int] = mapped_column(BigInteger, default=0)
    """How many entries its audit has; whoever adds one counts here first, and so waits in line."""


class User(Scoped, Base):
    """A person with an account."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    """In lower case."""
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    """admin, supervisor or therapist."""
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Argon2id; null for the one user of a loopback service, who has a link instead."""
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_login_at: Mapped[datetime | None]


class Login(Scoped, Base):
    """A browser that is logged in."""

    __tablename__ = "logins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the cookie's random token."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class OneTimeLink(Scoped, Base):
    """A link that lets somebody in once; gone when it was used."""

    __tablename__ = "links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the link's random token."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    """log_in or set_password."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class ServiceKey(Scoped, Base):
    """What a program shows to use the API."""

    __tablename__ = "service_keys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the key, which has 256 random bits and is shown once."""
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Patient(Scoped, Base):
    """Somebody whose words are kept, and the key that they are sealed with."""

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("organisation_id", "code_mark"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    code_mark: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the code, to find the patient again without storing the code."""
    wrapped_key: Mapped[bytes]
    """The patient's data key, wrapped by the master key."""
    sealed_code: Mapped[bytes]
    """What the organisation calls the patient."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class TherapySession(Scoped, Base):
    """One session: live, or read from a transcript."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("organisation_id", "label_mark"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(
        ForeignKey("patients.id", ondelete="CASCADE"), index=True
    )
    therapist_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    """The user whose session it is; they see it."""
    key_id: Mapped[str | None] = mapped_column(ForeignKey("service_keys.id", ondelete="SET NULL"))
    """The service key that created it; programs see only their own."""
    label_mark: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the label: the same session uploaded twice is known again."""
    status: Mapped[str] = mapped_column(String(10))
    """live or closed."""
    estimator: Mapped[str] = mapped_column(String(80))
    """What its states were inferred with: contrast, or a fitted model's name and fingerprint."""
    false_alarms: Mapped[float] = mapped_column(default=0.1)
    """The organisation's rate when it was begun; its alarms keep it, whoever hears it again."""
    typical_turns: Mapped[int] = mapped_column(default=45)
    """And the turns of the patient that the rate is for."""
    fictional: Mapped[bool] = mapped_column(default=False)
    """Whether it is one of the bundled sample's, which are invented."""
    held_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    n_turns: Mapped[int] = mapped_column(default=0)
    sealed_details: Mapped[bytes]
    """JSON: label, condition, number, therapist (as the transcript names them)."""
    sealed_summary: Mapped[bytes | None]
    """JSON: the last state, and the courses for sparklines."""
    sealed_language: Mapped[bytes | None]
    """JSON: markers and topics, once they were read."""


class SpokenTurn(Scoped, Base):
    """One turn, and the state after it."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("session_id", "turn_id"),)

    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    turn_id: Mapped[str] = mapped_column(String(100))
    """The sender's own name for the turn: the same twice is one turn."""
    content_mark: Mapped[str] = mapped_column(String(64))
    """Keyed hash of what was posted, to tell a repeat from a contradiction."""
    role: Mapped[str] = mapped_column(String(10))
    received_at: Mapped[datetime] = mapped_column(default=now)
    sealed_said: Mapped[bytes]
    """JSON: text, speaker, start, end."""
    sealed_state: Mapped[bytes]
    """JSON: the state after it."""


class RaisedAlarm(Scoped, Base):
    """An alarm that was raised, until somebody has looked at it."""

    __tablename__ = "alarms"
    __table_args__ = (Index("ix_alarms_open", "organisation_id", "seen_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    turn: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    level: Mapped[float] = mapped_column(Float)
    sealed_words: Mapped[bytes]
    """JSON: the words that show it, and the message."""
    raised_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


class SessionRating(Scoped, Base):
    """What patient or therapist said of a session on a form."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("session_id", "rater", "instrument", "scale"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    rater: Mapped[str] = mapped_column(String(10))
    """patient or therapist."""
    instrument: Mapped[str] = mapped_column(String(80))
    scale: Mapped[str] = mapped_column(String(80))
    value: Mapped[float] = mapped_column(Float)
    """What stands now."""
    first_value: Mapped[float] = mapped_column(Float)
    """What was answered first; it stays."""
    seen_before: Mapped[bool | None]
    """Whether whoever answered had been shown inferred figures before; null if not known."""
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    """Who answered first."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    """When it was answered first."""
    changed_at: Mapped[datetime | None]
    """When it was last answered otherwise; null if it never was."""


class Job(Scoped, Base):
    """Something that takes a while: an upload being read, an analysis."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    """upload, language or conditions."""
    status: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    """held (uploaded, not yet asked for), waiting, running, done, failed or cancelled."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    """Turns read of all turns, or steps of all steps; 0 while unknown."""
    message: Mapped[str] = mapped_column(String(2000), default="")
    """What went wrong and what to do, or what was done; never a transcript's words."""
    wrapped_key: Mapped[bytes | None]
    """The key its file and result are sealed with; gone when they are."""
    sealed_request: Mapped[bytes | None]
    """JSON: what was asked for."""
    sealed_result: Mapped[bytes | None]
    """JSON: what came of it."""
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    key_id: Mapped[str | None] = mapped_column(ForeignKey("service_keys.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was begun: what fails its worker twice is not tried again."""
    worker: Mapped[str | None] = mapped_column(String(120))
    """Who is at it: machine, process and a random name."""
    alive_at: Mapped[datetime | None]
    """When its worker last said that it is at it."""


class JobSession(Scoped, Base):
    """A session that a job's result tells of: the result is dropped when the session is erased."""

    __tablename__ = "job_sessions"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Erasure(Scoped, Base):
    """Proof that a patient, or one session, was forgotten: what was there, which key is gone."""

    __tablename__ = "erasures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(String(32), index=True)
    code_mark: Mapped[str] = mapped_column(String(64))
    """So that a restored backup, or another upload, can be told that this patient was erased."""
    session_id: Mapped[str | None] = mapped_column(String(32))
    """The one session that was erased; null where it is the whole patient."""
    reason: Mapped[str] = mapped_column(String(20))
    """request or retention."""
    rows: Mapped[dict[str, Any]]
    """How many rows of each table went."""
    key_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the wrapped key that was destroyed; null for one session, whose patient stays."""
    key_nonce: Mapped[str | None] = mapped_column(String(24))
    """The wrapped key's first twelve bytes, which are random and no secret: to look for it with."""
    erased_by: Mapped[str | None] = mapped_column(String(32))
    erased_at: Mapped[datetime] = mapped_column(default=now)


class AuditEntry(Scoped, Base):
    """Who did what, and who saw which transcript. Entries are chained: none can go unseen."""

    __tablename__ = "audit"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        Index("ix_audit_object", "object_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(BigInteger)
    """1, 2, 3 within the organisation."""
    at: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[str | None] = mapped_column(String(32))
    key_id: Mapped[str | None] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(40))
    """Such as session.read, session.export, patient.erase, login.failed, user.create."""
    object_id: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(200), default="")
    """Never a name, a code or a word of a transcript."""
    chain: Mapped[str] = mapped_column(String(64))
    """Keyed hash of this entry and the chain of the one before."""
