"""A real service for the client."""

from __future__ import annotations

from tests.web.conftest import listener, new_database
from tests.web.sessions.conftest import program, served

__all__ = ["listener", "new_database", "program", "served"]
