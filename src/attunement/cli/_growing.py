"""Lines as they are written: from standard input, a file, or a file that still grows."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from os import fstat
from pathlib import Path
from typing import BinaryIO

from attunement.errors import DataError, UsageError

LONGEST_LINE = 2**20
"""Bytes: many times the longest turn."""

PAUSE = 0.1
"""Seconds between two looks at a file that has not grown."""


def read_lines(stream: BinaryIO, *, path: Path | None) -> Iterator[tuple[int, bytes]]:
    """Yield lines with their numbers, from 1, each as soon as it has ended; the last need not.

    Raises
    ------
    DataError
        A line is too long to be a turn.
    """
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        _refuse_longer(line, number=number, path=path)
        yield number, line


def follow_lines(stream: BinaryIO, *, path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield a file's lines and then whatever is added to it, for as long as one wants them.

    A line is only given once its end is there.

    Parameters
    ----------
    stream : binary file
        The open file, at its beginning.
    path : Path
        Where it is, to see whether it is the same file still.

    Raises
    ------
    DataError
        The file became shorter, was replaced or removed; or a line is too long to be a turn.
    """
    number, begun = 0, b""
    while True:
        piece = stream.readline(LONGEST_LINE + 1)
        if not piece:
            _refuse_another(stream, path=path)
            time.sleep(PAUSE)
            continue
        begun += piece
        _refuse_longer(begun, number=number + 1, path=path)
        if begun.endswith(b"\n"):
            number += 1
            yield number, begun
            begun = b""


def open_lines(path: Path) -> BinaryIO:
    """Open a file to be watched.

    Raises
    ------
    UsageError
        It is not there, cannot be read, or is a folder.
    """
    try:
        return path.open("rb")
    except OSError as error:
        what = {
            FileNotFoundError: "there is no such file",
            IsADirectoryError: "this is a folder, and one session is watched at a time",
            PermissionError: "the file may not be read",
        }.get(type(error), "the file cannot be opened")
        raise UsageError(
            what, mend="Name a file that turns are written to, or - for standard input", path=path
        ) from error


def _refuse_another(stream: BinaryIO, *, path: Path) -> None:
    """See that the file is the one that was opened, and not shorter than what was read of it."""
    opened = fstat(stream.fileno())
    if not stat.S_ISREG(opened.st_mode):
        return
    if opened.st_size < stream.tell():
        raise _changed("the file became shorter while it was followed", path)
    try:
        there = path.stat()
    except FileNotFoundError:
        raise _changed("the file was removed while it was followed", path) from None
    if (there.st_dev, there.st_ino) != (opened.st_dev, opened.st_ino):
        raise _changed("the file was replaced by another while it was followed", path)


def _changed(problem: str, path: Path) -> DataError:
    return DataError(
        problem,
        mend="Start again to hear the file from its beginning; let turns only be added to it",
        path=path,
    )


def _refuse_longer(line: bytes, *, number: int, path: Path | None) -> None:
    if len(line) > LONGEST_LINE:
        raise DataError(
            f"the line is longer than {LONGEST_LINE // 2**20} MiB, which no turn is",
            mend="Write each turn on a line of its own",
            path=path,
            line=number,
        )
