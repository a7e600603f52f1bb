"""Where the service may be: on this machine, or behind TLS."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from attunement.errors import UsageError

KEY_VARIABLE = "ATTUNEMENT_SERVICE_KEY"
"""The environment variable that holds the service key."""


def checked_address(address: str, *, allow_http: bool) -> str:
    """Check that what patients say does not travel in the clear.

    Raises
    ------
    UsageError
        It is no address, or one off this machine without TLS.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise UsageError(
            "expected an address such as http://127.0.0.1:8000",
            mend="Write scheme and host",
            field="address",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname) and not allow_http:
        raise UsageError(
            f"what patients say would travel to {parts.hostname} in the clear",
            mend="Use https, or allow_http=True within a network that nobody listens to",
            field="address",
        )
    return address.rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def headers(key: str | None) -> dict[str, str]:
    """Give the headers of every request; the key is the environment's if none is given."""
    key = key if key is not None else os.environ.get(KEY_VARIABLE)
    return {"Authorization": f"Bearer {key}"} if key else {}
