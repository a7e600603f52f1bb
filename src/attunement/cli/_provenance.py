"""When and by which command something was made, as every report says it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime


def command_line() -> str:
    """Give the command as it was typed."""
    return " ".join(["attunement", *sys.argv[1:]])


def now() -> str:
    """Give the time of day and date in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
