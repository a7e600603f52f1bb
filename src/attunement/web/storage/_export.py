"""Everything of an organisation, opened, in one zip that is made while it is sent."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from attunement import __version__
from attunement.errors import UsageError
from attunement.files import replacing
from attunement.web.storage._chain import append_entry
from attunement.web.storage._database import Database
from attunement.web.storage._exported import Exported, tables
from attunement.web.storage._models import Organisation, now
from attunement.web.storage._vault import Vault

FORMAT = "attunement export 1"
_PIECE = 65_536


def export_chunks(
    database: Database,
    vault: Vault,
    *,
    organisation_id: str,
    user_id: str | None = None,
    key_id: str | None = None,
) -> Generator[bytes, None, None]:
    """Give a zip of everything that an organisation has here, a piece at a time.

    `transcripts/transcripts.jsonl` is the canonical form and `transcripts/ratings.csv` the form's
    ratings: `attunement analyze transcripts/` reads both. The other tables are CSV. Sessions are
    opened one at a time; what is begun later is left out. The export is written into the audit.

    Parameters
    ----------
    database, vault
        What to read, and how to open it.
    organisation_id : str
        Whose.
    user_id, key_id : str, optional
        Who asked for it.

    Yields
    ------
    bytes
        Pieces of about 64 KiB.
    """
    with database.of(organisation_id) as db:
        organisation = db.get(Organisation, organisation_id)
        if organisation is None:
            raise UsageError(
                f"there is no organisation {organisation_id}", mend="Give the id of one"
            )
        name = organisation.name
        append_entry(
            db,
            vault,
            organisation_id=organisation_id,
            user_id=user_id,
            key_id=key_id,
            action="organisation.export",
            object_id=organisation_id,
        )
    exported = Exported(database, vault, organisation_id)
    tap = _Tap()
    files: dict[str, dict[str, int | str]] = {}
    with zipfile.ZipFile(tap, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for member, lines in _members(exported):
            rows, digest = 0, hashlib.sha256()
            with archive.open(member, "w", force_zip64=True) as handle:
                for line in lines:
                    handle.write(line)
                    digest.update(line)
                    rows += 1
                    if tap.waiting >= _PIECE:
                        yield tap.take()
            files[member] = {"lines": rows, "sha256": digest.hexdigest()}
        manifest = {
            "format": FORMAT,
            "version": __version__,
            "organisation": name,
            "made_at": now().isoformat(timespec="seconds"),
            "files": files,
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))
    yield tap.take()


def export_to(path: Path, database: Database, vault: Vault, *, organisation_id: str) -> None:
    """Write `export_chunks` to a file, whole or not at all, readable by its owner alone."""
    with replacing(path) as temporary, temporary.open("wb") as handle:
        for piece in export_chunks(database, vault, organisation_id=organisation_id):
            handle.write(piece)
    path.chmod(0o600)


def _members(exported: Exported) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "transcripts/transcripts.jsonl", _json_lines(exported.transcripts())
    for member, columns, rows in tables(exported):
        yield member, _csv_lines(columns, rows)


def _json_lines(values: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for value in values:
        yield json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _csv_lines(columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    written = io.StringIO()
    writer = csv.DictWriter(written, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        yield _taken(written)
        writer.writerow(row)
    yield _taken(written)


def _taken(written: io.StringIO) -> bytes:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text.encode()


class _Tap(io.RawIOBase):
    """Takes what the zip writes, until somebody takes it from here."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        """Tell that it can be written to; it cannot be sought in."""
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401
        """Take bytes."""
        piece = bytes(data)
        self._pieces.append(piece)
        self.waiting += len(piece)
        return len(piece)

    def take(self) -> bytes:
        """Give what was written since the last time."""
        piece = b"".join(self._pieces)
        self._pieces, self.waiting = [], 0
        return piece
