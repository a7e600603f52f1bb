"""Attunement inside the tools that builders of companions test with.

Importing this loads nothing heavy: pytest does it at the start of every run.
"""

from attunement.companions._audited import Audited, Figure, assert_audit
from attunement.companions._chats import Chat, Chats

__all__ = ["Audited", "Chat", "Chats", "Figure", "assert_audit"]
