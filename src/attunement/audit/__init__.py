"""An AI in the therapist's chair, audited: what it takes the alliance for, and what it does."""

from attunement.audit._options import ALL_CHATS, FOLDER, AuditOptions
from attunement.audit._result import AuditResult

__all__ = ["ALL_CHATS", "FOLDER", "AuditOptions", "AuditResult"]
