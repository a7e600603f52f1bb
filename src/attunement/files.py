"""Writing files so that nothing is ever half-written: a temporary name first, then a rename."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile, mkdtemp

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


@contextmanager
def _naming(folder: Path, *, instead_of: Path) -> Iterator[None]:
    """Tell of a file that could not be written by the name it would have had in the end."""
    try:
        yield
    except StorageError as error:
        if error.path is None or not error.path.is_relative_to(instead_of):
            raise
        path = folder / error.path.relative_to(instead_of)
        raise StorageError(error.problem, mend=error.mend, path=path) from error


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


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """Give a temporary folder to fill, and move its files into `folder` when the block succeeds.

    Parameters
    ----------
    folder : Path
        Where the finished files go. It may exist and hold other files, which stay; a file of the
        same name is replaced.

    Yields
    ------
    Path
        An empty folder on the same file system.

    Raises
    ------
    StorageError
        The folder cannot be written. Files that stood in `folder` before are untouched, also when
        the block raises or is interrupted.
    """
    with storage_errors(folder):
        made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(mkdtemp(dir=folder, prefix=".unfinished-"))
        try:
            with _naming(folder, instead_of=staging):
                yield staging
            for source in sorted(path for path in staging.rglob("*") if path.is_file()):
                target = folder / source.relative_to(staging)
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
        finally:
            rmtree(staging, ignore_errors=True)
            if made:
                # Leave no empty folder behind a failure; a filled one refuses to go.
                with suppress(OSError):
                    folder.rmdir()
