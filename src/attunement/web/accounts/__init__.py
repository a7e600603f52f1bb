"""Accounts: who is asking, what they may do, and who did what."""

from attunement.web.accounts._api import api
from attunement.web.accounts._audit import EntryView, read_audit, record
from attunement.web.accounts._caller import Caller, CallerNow, current_caller, may, requires
from attunement.web.accounts._organisation import AlarmRate, alarm_rate
from attunement.web.accounts._pages import pages
from attunement.web.accounts._people import people
from attunement.web.accounts._permissions import PERMISSIONS, Permission, Role
from attunement.web.accounts._setup import (
    add_person,
    everybody,
    link_for_owner,
    link_for_person,
)

routers = (api, pages, people)

__all__ = [
    "PERMISSIONS",
    "AlarmRate",
    "Caller",
    "CallerNow",
    "EntryView",
    "Permission",
    "Role",
    "add_person",
    "alarm_rate",
    "current_caller",
    "everybody",
    "link_for_owner",
    "link_for_person",
    "may",
    "read_audit",
    "record",
    "requires",
    "routers",
]
