"""The folder that is filled before its files get their names, and what a killed process left of it.

Such a folder may hold what patients said. A process that ends, also because it was told to, removes
its own; one that is killed cannot, so the next one to fill the same folder does. Whether a process
still fills it is told by a lock, which ends with the process, whatever ends it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

PREFIX = ".unfinished-"


@contextmanager
def new_staging(folder: Path) -> Iterator[Path]:
    """Make an empty folder in `folder`, and remove it with all it holds when the block ends.

    Abandoned ones in `folder` are removed first.
    """
    with ExitStack() as stack:
        # Held meanwhile, so that nobody takes the new one for abandoned before it is locked too.
        with _locked(folder, wait=True):
            for left in folder.glob(f"{PREFIX}*"):
                _remove_abandoned(left)
            staging = Path(mkdtemp(dir=folder, prefix=PREFIX))
            stack.enter_context(_locked(staging, wait=False))
        stack.callback(rmtree, staging, ignore_errors=True)
        yield staging


def _remove_abandoned(folder: Path) -> None:
    with _locked(folder, wait=False) as held:
        if held:
            rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Lock a folder against other processes, and say whether that was possible."""
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except OSError:
            # Somebody has it, or the file system knows no locks: then nobody is locked out.
            held = False
        yield held
    finally:
        os.close(handle)
