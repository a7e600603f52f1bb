"""Times as people read them; the zone is said, because the server's may not be the reader's."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup


def day(when: datetime) -> Markup:
    """Give the day."""
    return _time(when, f"{when.day} {when:%b %Y}")


def moment(when: datetime) -> Markup:
    """Give day and time."""
    return _time(when, f"{when.day} {when:%b %Y}, {when:%H:%M} {when:%Z}")


def _time(when: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(), words)
