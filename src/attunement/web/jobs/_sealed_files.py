"""Files that are sealed while they lie on disk, written and read in pieces."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from attunement.errors import DataError
from attunement.files import storage_errors
from attunement.web.storage import Box

_PIECE_BYTES = 256 * 1024
_LENGTH = struct.Struct(">I")
_SEALING_BYTES = 12 + 16


class SealedFile:
    """A new file that takes bytes as they come and writes them sealed, a piece at a time.

    Each piece is sealed for its place in the file, and the last one for being the last: pieces
    that are moved, left out or cut off do not open.

    Parameters
    ----------
    path : Path
        Where; nothing may be there.
    box : Box
        What it is sealed with.
    name : str
        What the file is to whoever reads it: it opens under the same name alone.

    Raises
    ------
    StorageError
        The file cannot be written; `discard` it then.
    """

    def __init__(self, path: Path, box: Box, *, name: str) -> None:
        self.size = 0
        self._path, self._box, self._name = path, box, name
        self._held = bytearray()
        self._pieces = 0
        with storage_errors(path):
            self._handle = path.open("xb", buffering=0)
            path.chmod(0o600)

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self.size += len(data)
        self._held += data
        while len(self._held) >= _PIECE_BYTES:
            self._seal(bytes(self._held[:_PIECE_BYTES]), last=False)
            del self._held[:_PIECE_BYTES]

    def close(self) -> None:
        """Write the last piece."""
        self._seal(bytes(self._held), last=True)
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or remove it if the block failed."""
        if error is None:
            self.close()
        else:
            self.discard()

    def discard(self) -> None:
        """Remove what was written."""
        self._handle.close()
        self._path.unlink(missing_ok=True)

    def _seal(self, plain: bytes, *, last: bool) -> None:
        sealed = self._box.seal(plain, place=_place(self._name, self._pieces, last=last))
        with storage_errors(self._path):
            whole = memoryview(_LENGTH.pack(len(sealed)) + sealed)
            while whole:
                whole = whole[self._handle.write(whole) :]
        self._pieces += 1


def unsealed(path: Path, box: Box, *, name: str) -> Iterator[bytes]:
    """Read a `SealedFile` in pieces.

    Raises
    ------
    DataError
        It was changed, cut off, or sealed with another key or under another name.
    """
    with path.open("rb") as handle:
        number = 0
        following = _frame(handle.read(_LENGTH.size), path)
        while following is not None:
            sealed = handle.read(following)
            following = _frame(handle.read(_LENGTH.size), path)
            last = following is None
            yield box.open(sealed, place=_place(name, number, last=last))
            number += 1


def _frame(length: bytes, path: Path) -> int | None:
    if not length:
        return None
    size = _LENGTH.unpack(length)[0] if len(length) == _LENGTH.size else 0
    if not _SEALING_BYTES <= size <= _PIECE_BYTES + _SEALING_BYTES:
        raise DataError(
            "an uploaded file was changed or cut off while it waited",
            mend="Upload it again",
            path=path.name,
        )
    return int(size)


def _place(name: str, number: int, *, last: bool) -> str:
    return f"uploaded:{name}:{number}:{'last' if last else 'more'}"
