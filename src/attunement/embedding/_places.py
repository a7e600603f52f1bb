"""Where models and vectors are kept on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from attunement.errors import StorageError

CACHE_VARIABLE = "ATTUNEMENT_CACHE"


def cache_folder() -> Path:
    """Return the user's cache folder: ATTUNEMENT_CACHE if set, else the platform's own place."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else user_cache_path("attunement", appauthor=False)


def models_folder() -> Path:
    """Return the folder of built models, inside `cache_folder`."""
    return cache_folder() / "models"


def vectors_folder() -> Path:
    """Return the folder of cached vectors, inside `cache_folder`."""
    return cache_folder() / "vectors"


@contextmanager
def cache_errors(folder: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write the cache into a StorageError with a mend."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"the cache could not be written ({error.strerror or error})",
            mend=f"Free some space, mend its permissions, or set {CACHE_VARIABLE} to a folder "
            "that can be written",
            path=folder,
        ) from error
