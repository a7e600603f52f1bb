"""Where an upload lies open while it is read: in memory if there is room, else beside the data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp

from attunement.files import storage_errors
from attunement.web.jobs import unsealed
from attunement.web.storage import Box
from attunement.web.uploads._receiving import UploadedFile

_MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it, for this user alone)
_PREFIX = "attunement-reading-"
_OURS = f"{os.getpid()}-{token_hex(4)}"
"""This process, told from one before that had the same number, as in a container."""


@contextmanager
def opened(
    files: Sequence[UploadedFile], *, sealed: Path, box: Box, beside: Path, room: int
) -> Iterator[Path]:
    """Give a folder with the uploaded files as they were sent; it is gone afterwards.

    Parameters
    ----------
    files : sequence of UploadedFile
        What was sent.
    sealed : Path
        The folder they lie sealed in.
    box : Box
        What they were sealed with.
    beside : Path
        Where to make the folder if memory has no room. The files then lie on the disk as they
        were sent for as long as they are read.
    room : int
        Bytes that may be needed.

    Raises
    ------
    StorageError
        There is no room for them.
    """
    base = _MEMORY if _has_room(_MEMORY, room) else beside
    with storage_errors(base):
        folder = Path(mkdtemp(prefix=f"{_PREFIX}{_OURS}-", dir=base))
    try:
        for file in files:
            with storage_errors(folder), (folder / file.name).open("xb") as handle:
                for piece in unsealed(sealed / file.stored, box, name=file.stored):
                    handle.write(piece)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(beside: Path) -> None:
    """Remove what a process that was killed has left open."""
    for base in (_MEMORY, beside):
        for folder in base.glob(f"{_PREFIX}*") if base.is_dir() else ():
            process = folder.name.removeprefix(_PREFIX).partition("-")[0]
            ours = folder.name.startswith(f"{_PREFIX}{_OURS}-")
            if not ours and process.isdecimal() and _is_gone(int(process)):
                shutil.rmtree(folder, ignore_errors=True)


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    # Our own number, and not our folder: it was given again.
    return process == os.getpid()


def _has_room(folder: Path, room: int) -> bool:
    with suppress(OSError):
        return (
            os.access(folder, os.W_OK | os.X_OK)
            and os.path.ismount(folder)
            and shutil.disk_usage(folder).free > 2 * room
        )
    return False
