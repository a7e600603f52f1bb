"""Where everything is kept: tables, sealed columns, and sessions that see one organisation."""

from attunement.web.storage._census import Census, census
from attunement.web.storage._chain import append_entry, verify_chain
from attunement.web.storage._database import Database, UnscopedQueryError
from attunement.web.storage._keys import load_key, open_vault, write_new_key
from attunement.web.storage._migrate import is_current, revision, upgrade
from attunement.web.storage._models import (
    AuditEntry,
    Base,
    Erasure,
    Job,
    JobSession,
    Keyring,
    Login,
    OneTimeLink,
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
from attunement.web.storage._places import Sealed, place
from attunement.web.storage._queue import (
    Claim,
    claim,
    drop_results_of,
    expire,
    hand_back,
    release,
    running,
    unfinished,
)
from attunement.web.storage._unavailable import StorageUnavailable
from attunement.web.storage._vault import Box, Vault

__all__ = [
    "AuditEntry",
    "Base",
    "Box",
    "Census",
    "Claim",
    "Database",
    "Erasure",
    "Job",
    "JobSession",
    "Keyring",
    "Login",
    "OneTimeLink",
    "Organisation",
    "Patient",
    "RaisedAlarm",
    "Scoped",
    "Sealed",
    "ServiceKey",
    "SessionRating",
    "SpokenTurn",
    "StorageUnavailable",
    "TherapySession",
    "UnscopedQueryError",
    "User",
    "Vault",
    "append_entry",
    "census",
    "claim",
    "drop_results_of",
    "expire",
    "hand_back",
    "is_current",
    "load_key",
    "new_id",
    "now",
    "open_vault",
    "place",
    "release",
    "revision",
    "running",
    "unfinished",
    "upgrade",
    "verify_chain",
    "write_new_key",
]
