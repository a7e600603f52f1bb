"""Where everything is kept: tables, sealed columns, and sessions that see one organisation."""

from attunement.web.storage._backup import Backup, Manifest, back_up
from attunement.web.storage._census import Census, census
from attunement.web.storage._chain import append_entry, verify_chain
from attunement.web.storage._database import Database
from attunement.web.storage._erase import Receipt, forget_patient
from attunement.web.storage._export import export_chunks, export_to
from attunement.web.storage._guard import UnscopedQueryError
from attunement.web.storage._keys import exchange_key_file, load_key, open_vault, write_new_key
from attunement.web.storage._ledger import note_erasures, read_ledger
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
from attunement.web.storage._organisations import (
    Named,
    organisation_named,
    organisation_of_patient,
    organisations,
)
from attunement.web.storage._places import Sealed, place
from attunement.web.storage._proof import Check, verify_erasure
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
from attunement.web.storage._restore import Restored, restore
from attunement.web.storage._retention import Outdated, apply_retention, outdated
from attunement.web.storage._rotation import rotate_key
from attunement.web.storage._scrub import scrub
from attunement.web.storage._unavailable import StorageUnavailable
from attunement.web.storage._vault import Box, Vault

__all__ = [
    "AuditEntry",
    "Backup",
    "Base",
    "Box",
    "Census",
    "Check",
    "Claim",
    "Database",
    "Erasure",
    "Job",
    "JobSession",
    "Keyring",
    "Login",
    "Manifest",
    "Named",
    "OneTimeLink",
    "Organisation",
    "Outdated",
    "Patient",
    "RaisedAlarm",
    "Receipt",
    "Restored",
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
    "apply_retention",
    "back_up",
    "census",
    "claim",
    "drop_results_of",
    "exchange_key_file",
    "expire",
    "export_chunks",
    "export_to",
    "forget_patient",
    "hand_back",
    "is_current",
    "load_key",
    "new_id",
    "note_erasures",
    "now",
    "open_vault",
    "organisation_named",
    "organisation_of_patient",
    "organisations",
    "outdated",
    "place",
    "read_ledger",
    "release",
    "restore",
    "revision",
    "rotate_key",
    "running",
    "scrub",
    "unfinished",
    "upgrade",
    "verify_chain",
    "verify_erasure",
    "write_new_key",
]
