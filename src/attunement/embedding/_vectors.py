"""Vectors kept on disk, so that no text is embedded twice on a machine.

One SQLite file an encoder, named by its fingerprint; in it, for the BLAKE2 hash of each text, its
vector in float16. SQLite's write-ahead log makes it safe against a killed process and under
several at once. No text is stored; but vectors can leak what was said, so the folder is private.
"""

from __future__ import annotations

import sqlite3
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from attunement.embedding._encoder import Vectors
from attunement.embedding._places import vectors_folder
from attunement.embedding._texts import unit

KEY_BYTES = 16
QUERY_KEYS = 500
"""Keys a query; SQLite allows at least 999."""

BUSY_SECONDS = 30.0
NORM_TOLERANCE = 0.01
"""A stored vector whose norm is further from 1 is damaged, and counts as missing."""

_HALF = np.dtype("<f2")


class CacheWarning(UserWarning):
    """The vector cache could not be used; results are the same, the work takes longer."""


def key_of(text: str) -> bytes:
    """Hash a text."""
    return blake2b(text.encode(), digest_size=KEY_BYTES).digest()


def rounded(vectors: Vectors) -> Vectors:
    """Round to float16, which is what the cache keeps, and back to unit norm.

    Both new and remembered vectors go through it, so that a second run gives the same numbers.
    It changes cosines by less than 0.001.
    """
    return unit(vectors.astype(_HALF).astype(np.float32))


class VectorCache:
    """Vectors on disk, by encoder and text.

    Parameters
    ----------
    path : Path, optional
        A folder of its own, made private to its owner; without it, `vectors` in the user's cache
        folder.

    Notes
    -----
    A cache that cannot be read or written is never fatal: a damaged file is set aside with a
    CacheWarning and begun anew; with no space or no permission to write, one CacheWarning is given
    and the work goes on without it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else vectors_folder()
        self._stores: dict[str, _Store] = {}
        self._lock = Lock()

    def look_up(
        self, fingerprint: str, keys: Sequence[bytes], *, dimension: int
    ) -> tuple[NDArray[np.bool_], Vectors]:
        """Find vectors.

        Parameters
        ----------
        fingerprint : str
            The encoder's.
        keys : sequence of bytes
            What `key_of` gave, each once.
        dimension : int
            Length of the encoder's vectors.

        Returns
        -------
        found : numpy.ndarray
            For each key whether it is there.
        vectors : numpy.ndarray
            float32 of shape (keys, dimension); zero where nothing was found.
        """
        with self._lock:
            return self._store(fingerprint).look_up(keys, dimension=dimension)

    def keep(self, fingerprint: str, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors, one a key; all of them or none survive a kill."""
        with self._lock:
            self._store(fingerprint).keep(keys, vectors)

    def _store(self, fingerprint: str) -> _Store:
        if fingerprint not in self._stores:
            self._stores[fingerprint] = _Store(self.path / f"{fingerprint[:32]}.sqlite")
        return self._stores[fingerprint]

    def close(self) -> None:
        """Close the files; the cache can be used again afterwards."""
        with self._lock:
            for store in self._stores.values():
                store.close()
            self._stores.clear()


class _Store:
    """One encoder's file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._readable = True
        self._writable = True

    def look_up(
        self, keys: Sequence[bytes], *, dimension: int
    ) -> tuple[NDArray[np.bool_], Vectors]:
        blobs: dict[bytes, bytes] = {}
        with self._surviving(writing=False):
            for start in range(0, len(keys) if self._readable else 0, QUERY_KEYS):
                some = keys[start : start + QUERY_KEYS]
                marks = ",".join("?" * len(some))
                blobs.update(
                    self._open().execute(
                        f"SELECT key, vector FROM vectors WHERE key IN ({marks})",  # noqa: S608
                        some,
                    )
                )
        length = dimension * _HALF.itemsize
        rows = [row for row, key in enumerate(keys) if len(blobs.get(key, b"")) == length]
        halves = np.frombuffer(b"".join(blobs[keys[row]] for row in rows), dtype=_HALF)
        stored = halves.reshape(len(rows), dimension).astype(np.float32)
        norms = np.linalg.norm(stored, axis=1)
        sound = (np.abs(norms - 1) < NORM_TOLERANCE) | (norms == 0)
        found = np.zeros(len(keys), dtype=np.bool_)
        vectors = np.zeros((len(keys), dimension), dtype=np.float32)
        kept = np.array(rows, dtype=np.int64)[sound]
        found[kept] = True
        vectors[kept] = unit(stored[sound])
        return found, vectors

    def keep(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        halves = vectors.astype(_HALF)
        with self._surviving(writing=True):
            if self._writable:
                with self._open() as connection:
                    connection.executemany(
                        "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                        ((key, half.tobytes()) for key, half in zip(keys, halves, strict=True)),
                    )

    def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.parent.stat().st_mode & 0o077:
                self.path.parent.chmod(0o700)
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, check_same_thread=False
            )
            _log_ahead(self._connection)
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
            )
        return self._connection

    @contextmanager
    def _surviving(self, *, writing: bool) -> Iterator[None]:
        """Go on without the cache, or with a fresh one, where SQLite or the disk refuses."""
        try:
            yield
        except sqlite3.OperationalError as error:
            self._go_without(writing=writing, reason=str(error))
        except sqlite3.DatabaseError:
            self._set_aside()
        except OSError as error:
            self._go_without(writing=False, reason=error.strerror or str(error))

    def _go_without(self, *, writing: bool, reason: str) -> None:
        self.close()
        self._writable = False
        self._readable = writing
        what = "written" if writing else "used"
        warnings.warn(
            f"the vector cache {self.path} cannot be {what} ({reason}); going on without it. "
            "Results do not change. Free some space, mend its permissions, or set "
            "ATTUNEMENT_CACHE to a folder that can be written.",
            CacheWarning,
            stacklevel=6,
        )

    def _set_aside(self) -> None:
        """Move a damaged file away, with what belongs to it; the next use begins a new one."""
        self.close()
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        with suppress(OSError):
            self.path.replace(aside)
        for suffix in ("-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()
        warnings.warn(
            f"the vector cache {self.path} was damaged; it was moved to {aside.name} and a new "
            "one is begun. Results do not change. The moved file can be deleted.",
            CacheWarning,
            stacklevel=6,
        )


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself for others who do the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
