"""The master key: where it comes from, and which one a database was written with."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy.exc import IntegrityError

from attunement.errors import UsageError
from attunement.files import storage_errors
from attunement.web.storage._database import Database
from attunement.web.storage._models import Keyring
from attunement.web.storage._places import place
from attunement.web.storage._vault import KEY_BYTES, Vault

MARKS_PLACE = place("keyring.wrapped_marks", 1)
"""What the key of the marks is wrapped for."""

KEY_SETTING = "ATTUNEMENT_KEY"
KEY_FILE_SETTING = "ATTUNEMENT_KEY_FILE"
_HOW_TO_MAKE = "Make one with `attunement data new-key FILE`"


def load_key(*, text: str | None = None, file: Path | None = None, make: bool = False) -> bytes:
    """Give the master key.

    Parameters
    ----------
    text : str, optional
        The key itself, 32 bytes in base64, as the environment has it.
    file : Path, optional
        A file that holds the same, readable by its owner alone.
    make : bool
        Whether to make the file with a new key where there is none: for one user on loopback.

    Returns
    -------
    bytes
        32 of them.

    Raises
    ------
    UsageError
        There is no key, or two; it is not 32 bytes in base64, or no random ones; others may read
        its file.
    StorageError
        The file cannot be made.
    """
    if text and file is not None:
        raise UsageError(
            "the master key is given twice",
            mend=f"Give {KEY_SETTING} or {KEY_FILE_SETTING}, not both",
            field=KEY_SETTING,
        )
    if text:
        return _parsed(text, field=KEY_SETTING)
    if file is None:
        raise UsageError(
            "there is no master key",
            mend=f"{_HOW_TO_MAKE} and name it in {KEY_FILE_SETTING}",
            field=KEY_FILE_SETTING,
        )
    if make and not file.exists():
        write_new_key(file)
    return _read(file)


def write_new_key(file: Path) -> None:
    """Write a new random key to a file that only its owner can read; an existing one stays.

    Of several processes that do so at once, one writes, and all read the same.

    Raises
    ------
    StorageError
        The file cannot be made.
    """
    with storage_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.") as handle:
            handle.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
            if not file.exists():
                try:
                    os.link(handle.name, file)
                except FileExistsError:
                    return


def exchange_key_file(file: Path, *, new: Path, old_key_id: str) -> Path:
    """Put a new key's file in the place of the old one, which stays beside it under its id.

    Returns
    -------
    Path
        Where the old key is now: backups from before need it.
    """
    old = file.with_name(f"{file.name}.{old_key_id}")
    with storage_errors(file):
        file.replace(old)
        new.replace(file)
    return old


def open_vault(database: Database, master: bytes) -> Vault:
    """Give the vault of a database, and remember in a new one which master key it has.

    Parameters
    ----------
    database : Database
        With all its tables; see `upgrade`.
    master : bytes
        The master key.

    Raises
    ------
    UsageError
        The database was written with another key.
    """
    bare = Vault(master)
    row = _keyring(database)
    if row is None:
        row = _first_keyring(database, bare)
    if row.key_id != bare.key_id:
        raise UsageError(
            f"the database was written with the master key {row.key_id}, and this is {bare.key_id}",
            mend="Start with the key the data were written with; nothing else opens them",
            field=KEY_FILE_SETTING,
        )
    database.key_id = bare.key_id
    return Vault(master, marking=bare.unwrap(row.wrapped_marks, place=MARKS_PLACE))


def _keyring(database: Database) -> Keyring | None:
    with database.unscoped() as db:
        return db.get(Keyring, 1)


def _first_keyring(database: Database, vault: Vault) -> Keyring:
    """Write the keyring's row, unless another process has just done so."""
    row = Keyring(id=1, key_id=vault.key_id, wrapped_marks=vault.new_key(place=MARKS_PLACE))
    try:
        with database.unscoped() as db:
            db.add(row)
    except IntegrityError:
        other = _keyring(database)
        if other is None:
            raise
        return other
    return row


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as handle:
            mode = os.fstat(handle.fileno()).st_mode
            text = handle.read(1024)
    except OSError as error:
        raise UsageError(
            f"the master key's file cannot be read ({error.strerror})",
            mend=f"{_HOW_TO_MAKE}, or let the service's user read it",
            path=file,
            field=KEY_FILE_SETTING,
        ) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(
            f"others may read the master key (mode {stat.S_IMODE(mode):04o})",
            mend="Run chmod 600 on it, and change the key if somebody may have read it",
            path=file,
            field=KEY_FILE_SETTING,
        )
    return _parsed(text.decode("ascii", "replace"), field=KEY_FILE_SETTING, path=file)


def _parsed(text: str, *, field: str, path: Path | None = None) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError(
            f"the master key is not {KEY_BYTES} bytes in base64",
            mend=_HOW_TO_MAKE,
            path=path,
            field=field,
        )
    # Of 32 random bytes fewer than 16 differ once in 10^17 keys; a made-up one shows.
    if len(set(key)) < KEY_BYTES // 2:
        raise UsageError(
            "the master key is not random",
            mend=_HOW_TO_MAKE,
            path=path,
            field=field,
        )
    return key
