"""A copy of everything in one file: sealed as it is, from one moment, to either kind of database.

A backup is a zip of one JSON-lines file a table, and a manifest that the master key certifies.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Connection, LargeBinary, Table, select

from attunement import __version__
from attunement.errors import DataError
from attunement.files import replacing
from attunement.web.storage._database import Database
from attunement.web.storage._migrate import revision
from attunement.web.storage._models import Base, Moment, now
from attunement.web.storage._vault import Vault

FORMAT = "attunement backup 1"
MANIFEST = "manifest.json"
_ROWS_AT_ONCE = 500
_LONGEST_MANIFEST = 1_000_000
_UNREADABLE = (
    KeyError,
    ValueError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What zipfile raises of a file that was changed: of its checks, its form, its sizes."""
_NOT_KEPT = frozenset({"logins", "links"})
"""Who is logged in just now is nobody's loss, and a restored login would be a stolen one."""


@dataclass(frozen=True, slots=True)
class TableCopy:
    """What a backup says of one table: how many rows, and the hash of its lines."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes
    ----------
    format, version : str
        The file's own form, and the version of Attunement that wrote it.
    revision : str
        The tables' version.
    key_id : str
        The master key that the copied keys are wrapped with.
    made_at : str
        When.
    tables : dict of str to TableCopy
        In the order that they are filled in.
    """

    format: str
    version: str
    revision: str
    key_id: str
    made_at: str
    tables: dict[str, TableCopy]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables.values())


def kept_tables() -> list[Table]:
    """Give the tables that are copied, each behind those it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in _NOT_KEPT]


def back_up(database: Database, vault: Vault, path: Path) -> Manifest:
    """Copy everything, as it is at one moment, while the service goes on writing.

    Parameters
    ----------
    database, vault
        What to copy, and the key to certify it with. Nothing is opened.
    path : Path
        The file; it appears when it is whole, readable by its owner alone.

    Raises
    ------
    StorageError
        The file cannot be written.
    StorageUnavailable
        The database cannot be used.
    """
    tables_version = revision(database) or ""
    with replacing(path) as temporary:
        temporary.chmod(0o600)
        with (
            database.snapshot() as connection,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                revision=tables_version,
                key_id=vault.key_id,
                made_at=now().isoformat(timespec="seconds"),
                tables={table.name: _copied(connection, table, archive) for table in kept_tables()},
            )
            _certify(archive, manifest, vault)
    path.chmod(0o600)
    return manifest


class Backup:
    """A backup that was looked through: whole, unchanged, and of this master key.

    Parameters
    ----------
    path : Path
        The file.
    vault : Vault
        With the master key of the time.

    Attributes
    ----------
    manifest : Manifest
        What it says of itself.

    Raises
    ------
    DataError
        It is no backup, was changed, is cut short, or was made with another master key.
    """

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path = path
        self.manifest = self._certified(vault)
        for name, said in self.manifest.tables.items():
            with self._archive() as archive:
                found = _told(archive, name, path)
            if found != said:
                _refuse(path, f"the table {name} in it was changed or cut short")

    def rows(self, table: Table) -> Iterator[dict[str, Any]]:
        """Give a table's rows, one at a time, as the database takes them."""
        with self._archive() as archive, archive.open(_member(table.name)) as lines:
            for line in lines:
                yield _row(table, json.loads(line))

    def _archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except FileNotFoundError:
            raise DataError("there is no such file", mend="Name a backup", path=self.path) from None
        except _UNREADABLE:
            _refuse(self.path, "this is no backup, or it is cut short")

    def _certified(self, vault: Vault) -> Manifest:
        with self._archive() as archive:
            try:
                if archive.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
                    raise ValueError("too long")
                said = json.loads(archive.read(MANIFEST))
                text, certificate = str(said["manifest"]), str(said["certificate"])
                values = json.loads(text)
                tables = {name: TableCopy(**table) for name, table in values.pop("tables").items()}
                manifest = Manifest(**values, tables=tables)
            except (*_UNREADABLE, TypeError, AttributeError):
                _refuse(self.path, "this is no backup of Attunement")
        if manifest.format != FORMAT:
            _refuse(self.path, f"it is written as {manifest.format!r}, expected {FORMAT!r}")
        if manifest.key_id != vault.key_id:
            raise DataError(
                f"the backup was made with the master key {manifest.key_id}, and this is "
                f"{vault.key_id}",
                mend="Restore it with the key of that time, then change the key",
                path=self.path,
            )
        if certificate != vault.certify("backup", text):
            _refuse(self.path, "its manifest was changed")
        return manifest


def _copied(connection: Connection, table: Table, archive: zipfile.ZipFile) -> TableCopy:
    """Write one table's rows in the order of its key, and tell their number and hash."""
    rows, digest = 0, hashlib.sha256()
    wanted = select(table).order_by(*table.primary_key.columns)
    result = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(wanted)
    with archive.open(_member(table.name), "w", force_zip64=True) as member:
        for row in result.mappings():
            line = _line(dict(row))
            member.write(line)
            digest.update(line)
            rows += 1
    return TableCopy(rows=rows, sha256=digest.hexdigest())


def _told(archive: zipfile.ZipFile, name: str, path: Path) -> TableCopy:
    rows, digest = 0, hashlib.sha256()
    try:
        with archive.open(_member(name)) as member:
            for line in member:
                digest.update(line)
                rows += 1
    except _UNREADABLE:
        _refuse(path, f"the table {name} in it was changed or cut short")
    return TableCopy(rows=rows, sha256=digest.hexdigest())


def _certify(archive: zipfile.ZipFile, manifest: Manifest, vault: Vault) -> None:
    text = json.dumps(asdict(manifest), sort_keys=True)
    said = {"manifest": text, "certificate": vault.certify("backup", text)}
    archive.writestr(MANIFEST, json.dumps(said))


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, default=_plain, separators=(",", ":")).encode() + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


def _row(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    for column in table.columns:
        value = values[column.name]
        if value is None:
            continue
        if isinstance(column.type, LargeBinary):
            values[column.name] = base64.b64decode(value)
        elif isinstance(column.type, Moment):
            values[column.name] = datetime.fromisoformat(value)
    return values


def _refuse(path: Path, problem: str) -> NoReturn:
    raise DataError(problem, mend="Take another copy of the backup", path=path)
