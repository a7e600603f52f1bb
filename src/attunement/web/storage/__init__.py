"""Where everything is kept: tables, sealed columns, and sessions that see one organisation."""

from attunement.web.storage._database import Database, UnscopedQueryError
from attunement.web.storage._models import (
    AuditEntry,
    Base,
    Erasure,
    Job,
    Login,
    Organisation,
    Patient,
    RaisedAlarm,
    Scoped,
    ServiceKey,
    SessionRating,
    SpokenTurn,
    TherapySession,
    User,
    new_id,
    now,
)
from attunement.web.storage._vault import Box, Vault

__all__ = [
    "AuditEntry",
    "Base",
    "Box",
    "Database",
    "Erasure",
    "Job",
    "Login",
    "Organisation",
    "Patient",
    "RaisedAlarm",
    "Scoped",
    "ServiceKey",
    "SessionRating",
    "SpokenTurn",
    "TherapySession",
    "UnscopedQueryError",
    "User",
    "Vault",
    "new_id",
    "now",
]
