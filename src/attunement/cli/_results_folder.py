"""The folder that a command fills with its results, in place of those of its earlier run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import typer

from attunement.files import clear_earlier, filling


@contextmanager
def results_in(folder: Path, *, command: str) -> Iterator[Path]:
    """Give a folder to fill, whose files take the place of all that the command wrote there before.

    Parameters
    ----------
    folder : Path
        Where the files go when the block succeeds. Files that are not the command's stay, and so
        do those of its earlier run that somebody changed since, which is told.
    command : str
        Which command's results these are.

    Yields
    ------
    Path
        An empty folder on the same file system.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    with filling(folder) as staging:
        yield staging
        written = [
            PurePosixPath(path.relative_to(staging).as_posix())
            for path in staging.rglob("*")
            if path.is_file()
        ]
    earlier = clear_earlier(folder, command=command, written=written)
    if earlier.removed:
        many = f"{len(earlier.removed)} file{'s' if len(earlier.removed) > 1 else ''}"
        _tell(f"{many} of an earlier run removed from {folder}")
    for path in earlier.changed:
        _tell(f"{path} is of an earlier run, not of this one; it was changed since, so it stays")
    if earlier.unknown is not None:
        _tell(f"{earlier.unknown} cannot be read, so files of an earlier run, if any, stay")


def _tell(words: str) -> None:
    typer.echo(f"attunement: {words}", err=True)
