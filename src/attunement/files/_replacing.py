"""One file: whole under its name, or not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from attunement.errors import StorageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to, and move it over `path` when the block succeeds.

    Parameters
    ----------
    path : Path
        Where the finished file goes. Missing parent folders are made.

    Yields
    ------
    Path
        A new empty file in the same folder (so that the rename is atomic).

    Raises
    ------
    StorageError
        The folder or the file cannot be written. Whatever stood at `path` before is untouched,
        also when the block raises or is interrupted.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as handle:
            temporary = Path(handle.name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write `path` into a StorageError with a mend."""
    try:
        yield
    except OSError as error:
        raise StorageError(_reason(error), mend=_mend(error), path=path) from error


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full, so the file was not written"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "no permission to write here"
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return "a file stands where a folder is needed"
    return f"could not be written ({error.strerror or error})"


def _mend(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "Free some space or choose another place, then run the command again"
    return "Choose another place with -o, or mend its permissions"
