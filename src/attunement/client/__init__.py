"""A small client for the service: sessions, turns, states and streams, typed.

pip install 'attunement[client]'
"""

from __future__ import annotations

from attunement.errors import UsageError

try:
    import httpx as _httpx  # noqa: F401
except ModuleNotFoundError:
    raise UsageError(
        "the client needs httpx, which is not installed",
        mend="Install it with `pip install 'attunement[client]'`",
    ) from None

from attunement.client._address import KEY_VARIABLE
from attunement.client._async_client import AsyncAttunement, AsyncLiveSession
from attunement.client._client import Attunement, LiveSession
from attunement.client._errors import (
    BusyError,
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    ServiceError,
    UnreachableError,
    UnreadableError,
)

__all__ = [
    "KEY_VARIABLE",
    "AsyncAttunement",
    "AsyncLiveSession",
    "Attunement",
    "BusyError",
    "ConflictError",
    "InvalidError",
    "LiveSession",
    "NotAllowedError",
    "NotFoundError",
    "ServiceError",
    "UnreachableError",
    "UnreadableError",
]
