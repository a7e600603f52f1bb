"""What the commands of the service have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attunement.errors import UsageError

_OURS = "attunement"


@contextmanager
def needs_web() -> Iterator[None]:
    """Say how to get the libraries of the service where imports in the block lack one.

    Raises
    ------
    UsageError
        One is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == _OURS:
            raise
        raise UsageError(
            f"the service needs {error.name}, which is not installed",
            mend="Install it with: pip install 'attunement[web]'",
        ) from error
