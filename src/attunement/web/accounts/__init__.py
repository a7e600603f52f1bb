"""Accounts: who is asking, what they may do, and who did what."""

from attunement.web.accounts._api import api
from attunement.web.accounts._audit import EntryView, read_audit, record
from attunement.web.accounts._caller import Caller, CallerNow, current_caller, may, requires
from attunement.web.accounts._pages import pages
from attunement.web.accounts._people import people
from attunement.web.accounts._permissions import PERMISSIONS, Permission, Role

routers = (api, pages, people)

__all__ = [
    "PERMISSIONS",
    "Caller",
    "CallerNow",
    "EntryView",
    "Permission",
    "Role",
    "current_caller",
    "may",
    "read_audit",
    "record",
    "requires",
    "routers",
]
