"""Many files at once: in a folder under another name until all of them are there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attunement.errors import StorageError
from attunement.files._replacing import storage_errors
from attunement.files._staging import new_staging


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """Give a temporary folder to fill, and move its files into `folder` when the block succeeds.

    Parameters
    ----------
    folder : Path
        Where the finished files go. It may exist and hold other files, which stay; a file of the
        same name is replaced. What was left there by a process that was killed while it filled the
        folder is removed first.

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
        try:
            with new_staging(folder) as staging:
                with _naming(folder, instead_of=staging):
                    yield staging
                for source in sorted(path for path in staging.rglob("*") if path.is_file()):
                    target = folder / source.relative_to(staging)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    source.replace(target)
        finally:
            if made:
                # Leave no empty folder behind a failure; a filled one refuses to go.
                with suppress(OSError):
                    folder.rmdir()


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
