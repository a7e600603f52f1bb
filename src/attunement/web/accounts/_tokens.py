"""Random tokens: what is handed out is never kept, only its hash."""

from __future__ import annotations

import hashlib
import secrets

_RANDOM_BYTES = 32


def new_token(prefix: str = "") -> str:
    """Make 256 random bits that fit into a cookie, a header or a link."""
    return prefix + secrets.token_urlsafe(_RANDOM_BYTES)


def hash_of(token: str) -> str:
    """Give what is kept of a token. It needs no salt and no slow hash: it cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
