"""Sealing: AES-256-GCM under a key per patient, which the master key wraps."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attunement.errors import DataError

KEY_BYTES = 32
NONCE_BYTES = 12


class Box:
    """Seals and opens with one data key.

    Parameters
    ----------
    key : bytes
        32 of them.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, *, place: str) -> bytes:
        """Encrypt for one place.

        Parameters
        ----------
        plain : bytes
            What to hide.
        place : str
            Table, row and column: ciphertext moved elsewhere does not open.
        """
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Decrypt what was sealed for the same place.

        Raises
        ------
        DataError
            Another key, another place, or changed bytes.
        """
        nonce, cipher = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, cipher, place.encode())
        except InvalidTag:
            raise DataError(
                f"what is sealed at {place} does not open: it was sealed with another key, or "
                "changed since",
                mend="Start the service with the key the data were written with; restore a "
                "backup if the database was altered",
            ) from None

    def seal_json(self, value: Any, *, place: str) -> bytes:  # noqa: ANN401
        """Seal a value as JSON."""
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return self.seal(plain.encode(), place=place)

    def open_json(self, sealed: bytes, *, place: str) -> Any:  # noqa: ANN401
        """Open a value that was sealed as JSON."""
        return json.loads(self.open(sealed, place=place))


class Vault:
    """Holds the master key: wraps data keys, and marks what must be found without being read.

    Parameters
    ----------
    master : bytes
        32 random bytes. Keys for each use are derived from it, so that none weakens another.
    marking : bytes, optional
        The key of the marks, which a database keeps wrapped (see `open_vault`), so that marks
        outlive a change of the master key. Derived from the master key where it is not given.
    """

    def __init__(self, master: bytes, *, marking: bytes | None = None) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes")
        self._wrapping = Box(_derived(master, "wrap"))
        self._certifying = _derived(master, "certify")
        self._marking = marking if marking is not None else _derived(master, "mark")
        self.key_id = hashlib.sha256(_derived(master, "name")).hexdigest()[:16]
        """Tells one master key from another, and nothing else."""

    def new_key(self, *, place: str) -> bytes:
        """Make a data key and give it wrapped."""
        return self._wrapping.seal(os.urandom(KEY_BYTES), place=place)

    def box(self, wrapped: bytes, *, place: str) -> Box:
        """Unwrap a data key."""
        return Box(self.unwrap(wrapped, place=place))

    def rewrap(self, wrapped: bytes, *, place: str, new: Vault) -> bytes:
        """Wrap a data key with another master key; what it sealed stays as it is."""
        return new._wrapping.seal(self.unwrap(wrapped, place=place), place=place)

    def mark(self, kind: str, value: str) -> str:
        """Give a keyed hash: equal values have equal marks; without the key none can be guessed.

        Parameters
        ----------
        kind : str
            What the value is, and whose: marks of different kinds never agree.
        value : str
            What to mark.
        """
        return _keyed_hash(self._marking, kind, value)

    def certify(self, kind: str, value: str) -> str:
        """Give a keyed hash that only the master key can make: nothing certified was changed.

        Parameters
        ----------
        kind : str
            What the value is.
        value : str
            What to certify.
        """
        return _keyed_hash(self._certifying, kind, value)

    def unwrap(self, wrapped: bytes, *, place: str) -> bytes:
        """Give a wrapped key itself."""
        return self._wrapping.open(wrapped, place=place)


def _keyed_hash(key: bytes, kind: str, value: str) -> str:
    message = f"{len(kind)}:{kind}{value}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def _derived(master: bytes, use: str) -> bytes:
    return hmac.new(master, f"attunement {use}".encode(), hashlib.sha256).digest()
