"""What an earlier run of a command wrote into a folder, and a later one has not: it goes.

Else tables and figures of two corpora would lie side by side. A manifest in the folder says which
files a command wrote and what was in them; only these are removed, and only as they were written.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from attunement.files._replacing import storage_errors, write_text

MANIFEST = ".attunement-files.json"
"""Its name in the folder."""

_Digests: TypeAlias = dict[str, str]
"""SHA-256 of files, by their names within the folder."""


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    commands: dict[str, _Digests] = {}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What became of the files of earlier runs.

    Attributes
    ----------
    removed : tuple of Path
        Those that are gone.
    changed : tuple of Path
        Those that somebody changed or replaced since: they stay.
    unknown : Path, optional
        The manifest, where it cannot be read: then nothing was removed.
    """

    removed: tuple[Path, ...] = ()
    changed: tuple[Path, ...] = ()
    unknown: Path | None = None


def clear_earlier(folder: Path, *, command: str, written: Iterable[PurePosixPath]) -> Earlier:
    """Remove what earlier runs of a command left that this run has not written again.

    Parameters
    ----------
    folder : Path
        Where the command has just written its files.
    command : str
        Which one; files of others stay.
    written : iterable of PurePosixPath
        What it wrote, within the folder.

    Returns
    -------
    Earlier
        What was removed, and what was changed since and so stays.

    Raises
    ------
    StorageError
        A file cannot be removed, or the manifest not be written.
    """
    path = folder / MANIFEST
    names = {str(name) for name in written}
    manifest, readable = _read(path)
    removed, changed = [], []
    left = {
        name: digest
        for name, digest in manifest.commands.get(command, {}).items()
        if name not in names
    }
    with storage_errors(folder):
        for name, digest in sorted(left.items()):
            file = folder / name
            if not os.path.lexists(file):
                continue
            if _is_as_written(folder, name, digest):
                file.unlink()
                removed.append(file)
                _remove_empty(file.parent, up_to=folder)
            else:
                changed.append(file)
        _write(path, manifest.commands, command, names)
    return Earlier(tuple(removed), tuple(changed), None if readable else path)


def _read(path: Path) -> tuple[_Manifest, bool]:
    """Read a manifest, and say whether there was nothing unreadable in its place."""
    try:
        return _Manifest.model_validate_json(path.read_bytes()), True
    except FileNotFoundError:
        return _Manifest(), True
    except (OSError, ValidationError):
        return _Manifest(), False


def _write(path: Path, known: Mapping[str, _Digests], command: str, names: Iterable[str]) -> None:
    """Note the files under the command that wrote them last."""
    mine = {name: _sha256(path.parent / name) for name in sorted(names)}
    others = {
        other: {name: digest for name, digest in files.items() if name not in mine}
        for other, files in known.items()
        if other != command
    }
    commands = {name: files for name, files in ({**others, command: mine}).items() if files}
    write_text(path, _Manifest(commands=commands).model_dump_json(indent=2) + "\n")


def _is_as_written(folder: Path, name: str, digest: str) -> bool:
    """Tell whether a file has what was written, and is in the folder: no link leads out of it."""
    inside, found = folder.resolve(), (folder / name).resolve()
    if found != inside / name or not found.is_relative_to(inside):
        return False
    return found.is_file() and _sha256(found) == digest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_empty(folder: Path, *, up_to: Path) -> None:
    """Remove folders that hold nothing more; one that holds something refuses to go."""
    with suppress(OSError):
        while folder != up_to:
            folder.rmdir()
            folder = folder.parent
