"""The page of an audit: what an AI in the therapist's chair does, and what to change."""

from attunement.report.audit._about import AuditAbout
from attunement.report.audit._page import audit_page, write_audit_page
from attunement.report.audit._shown import AuditShown

__all__ = ["AuditAbout", "AuditShown", "audit_page", "write_audit_page"]
