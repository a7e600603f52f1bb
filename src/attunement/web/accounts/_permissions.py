"""Who may do what. The whole of it is this table."""

from __future__ import annotations

from typing import Literal, TypeAlias

Role: TypeAlias = Literal["admin", "supervisor", "therapist", "service"]
Permission: TypeAlias = Literal[
    "sessions.use",
    "sessions.all",
    "alarms.see",
    "uploads.use",
    "conditions.read",
    "patients.read",
    "patients.erase",
    "organisation.read",
    "organisation.change",
    "users.manage",
    "keys.manage",
    "audit.read",
    "export",
    "account.own",
]

PERMISSIONS: dict[Permission, frozenset[Role]] = {
    # Create, read and go on with one's own: a therapist's, or those a program has made.
    "sessions.use": frozenset({"admin", "supervisor", "therapist", "service"}),
    # The same with everybody's in the organisation.
    "sessions.all": frozenset({"admin", "supervisor"}),
    "alarms.see": frozenset({"admin", "supervisor", "therapist", "service"}),
    "uploads.use": frozenset({"admin", "supervisor", "therapist", "service"}),
    "conditions.read": frozenset({"admin", "supervisor"}),
    "patients.read": frozenset({"admin", "supervisor", "therapist", "service"}),
    "patients.erase": frozenset({"admin"}),
    "organisation.read": frozenset({"admin", "supervisor"}),
    "organisation.change": frozenset({"admin"}),
    "users.manage": frozenset({"admin"}),
    "keys.manage": frozenset({"admin"}),
    "audit.read": frozenset({"admin"}),
    "export": frozenset({"admin"}),
    # One's own password and logins: people only.
    "account.own": frozenset({"admin", "supervisor", "therapist"}),
}
"""Which roles may do what. Rows one may not see are as if they did not exist."""


def allowed(role: Role, permission: Permission) -> bool:
    """Tell whether a role may do something."""
    return role in PERMISSIONS[permission]
