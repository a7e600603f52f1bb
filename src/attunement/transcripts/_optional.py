"""Libraries that only one format needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attunement.errors import UsageError


@contextmanager
def needed(library: str, *, format_name: str) -> Iterator[None]:
    """Turn a missing optional library into a UsageError that says how to install it."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"reading {format_name} needs {library}, which is not installed",
            mend='Install it with pip install "attunement[formats]"',
        ) from error
