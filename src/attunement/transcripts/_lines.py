"""The lines of a file that may be compressed, one at a time and never too much of it."""

from __future__ import annotations

import codecs
import gzip
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from attunement.errors import DataError
from attunement.transcripts._encoding import not_text
from attunement.transcripts._records import OnProblem

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_LINE_BYTES = 64 * 2**20
"""The longest line that is read: a session of some ten million words."""

_FEED = 1024
"""Compressed bytes per step: Zstandard turns each of them into at most 32 KiB."""


def lines(path: Path, *, problem: OnProblem) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a plain, .gz, .xz or .zst file with their numbers, from 1.

    Lines are UTF-8, whatever Unicode encoding a byte order mark at the beginning tells.

    Raises
    ------
    DataError
        The compressed data end too early or are damaged; every whole line before is yielded.
        A line over the limit is handed to `problem` and left out.
    """
    number = 0
    try:
        with _open(path) as handle:
            while line := handle.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    problem(_too_long(path, number))
                    _skip_line(handle)
                else:
                    yield number, line
    except EOFError as error:
        raise DataError(
            f"the compressed data end too early, after line {number}",
            mend="The file is cut off: copy or download it again",
            path=path,
        ) from error
    except (lzma.LZMAError, zlib.error, gzip.BadGzipFile, _DamagedZstandardError) as error:
        raise DataError(
            f"the compressed data are damaged after line {number}",
            mend="Copy or download the file again, or check that its suffix is right",
            path=path,
        ) from error
    except UnicodeError as error:
        raise not_text(
            path, "its byte order mark promises an encoding it does not keep", line=number + 1
        ) from error


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    with _decompressed(path) as stream:
        mark = stream.peek(4)[:4]
        if mark.startswith(codecs.BOM_UTF8):
            stream.read(3)
        wide = mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        yield cast("BinaryIO", BufferedReader(_AsUtf8(stream)) if wide else stream)


def _decompressed(path: Path) -> BufferedReader:
    suffix = path.suffix.lower()
    if suffix == ".zst":
        return BufferedReader(_Zstandard(path), buffer_size=2**16)
    if suffix == ".gz":
        return BufferedReader(cast("RawIOBase", gzip.GzipFile(path)), buffer_size=2**16)
    if suffix == ".xz":
        return BufferedReader(cast("RawIOBase", lzma.LZMAFile(path)), buffer_size=2**16)
    return path.open("rb")


class _DamagedZstandardError(Exception):
    """What zstandard's own error becomes, so that it need not be imported to be caught."""


class _Zstandard(RawIOBase):
    """A .zst file's content; unlike the library's own reader it notices a file cut off."""

    def __init__(self, path: Path) -> None:
        from zstandard import ZstdDecompressor, ZstdError

        self._source = path.open("rb")
        self._new = ZstdDecompressor().decompressobj
        self._error = ZstdError
        self._frame = self._new()
        self._within = False
        self._compressed = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._source.close()
        super().close()

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        while not self._ready:
            self._compressed = self._compressed or self._source.read(_FEED)
            if not self._compressed:
                if self._within:
                    raise EOFError
                return 0
            self._step()
        piece, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(piece)] = piece
        return len(piece)

    def _step(self) -> None:
        try:
            self._ready = memoryview(self._frame.decompress(self._compressed))
        except self._error as error:
            raise _DamagedZstandardError from error
        self._within = not self._frame.eof
        self._compressed = b""
        if self._frame.eof:
            self._compressed = self._frame.unused_data
            self._frame = self._new()


class _AsUtf8(RawIOBase):
    """A UTF-16 stream with a byte order mark, encoded anew as UTF-8."""

    def __init__(self, stream: BufferedReader) -> None:
        self._text = TextIOWrapper(stream, encoding="utf-16", newline="")
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        if not self._ready:
            self._ready = memoryview(self._text.read(2**16).encode())
        piece, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(piece)] = piece
        return len(piece)


def _skip_line(handle: BinaryIO) -> None:
    while piece := handle.readline(MAX_LINE_BYTES):
        if piece.endswith(b"\n"):
            return


def _too_long(path: Path, number: int) -> DataError:
    return DataError(
        f"the line is longer than {MAX_LINE_BYTES // 2**20} MiB",
        mend="Write one session a line",
        path=path,
        line=number,
    )
