"""Taking an upload in as it comes: each file is sealed on its way to the disk."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING
from unicodedata import normalize

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from attunement.files import storage_errors
from attunement.web._problems import Problem
from attunement.web.jobs import SealedFile
from attunement.web.storage import Box

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FILES = 2_000
_MOST_FIELDS = 500
_LONGEST_FIELD = 64 * 1024
_LONGEST_FIELDS = 1024 * 1024
"""All fields together, which are kept in memory."""
_LONGEST_NAME = 180
_UNWANTED = re.compile(r"[\x00-\x1f\x7f/\\:]")


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that was taken in.

    Attributes
    ----------
    name : str
        What it is called, without folders.
    stored : str
        The name of the sealed file in the job's folder.
    size : int
        Bytes.
    """

    name: str
    stored: str
    size: int


@dataclass(slots=True)
class Received:
    """What an upload holds.

    Attributes
    ----------
    files : list of UploadedFile
        In the order they came.
    fields : dict of str to list of str
        The form's other fields; a field may come several times.
    """

    files: list[UploadedFile] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)


async def receive(request: Request, *, folder: Path, box: Box) -> Received:
    """Take in a multipart form, of which no more than a piece is ever in memory.

    Parameters
    ----------
    request : Request
        Its body is read here, and nowhere before.
    folder : Path
        Where the sealed files go; made here, and removed again if anything goes wrong.
    box : Box
        What they are sealed with.

    Raises
    ------
    Problem
        It is no multipart form, it is cut off, or it holds too many files or too long fields.
    StorageError
        The disk is full.
    """
    boundary = _boundary(request)
    with storage_errors(folder):
        folder.mkdir(parents=True, mode=0o700)
    parts = _Parts(folder, box)
    try:
        parser = MultipartParser(boundary, parts.callbacks(), max_header_size=8192)
        async for chunk in request.stream():
            await run_in_threadpool(_write, parser, chunk)
        await run_in_threadpool(parser.finalize)
        if not parts.ended:
            raise _cut_off()
    except FormParserError as error:
        await run_in_threadpool(parts.abandon)
        raise Problem(400, "This is no valid multipart form.", mend="Send it anew.") from error
    except ClientDisconnect as error:
        await run_in_threadpool(parts.abandon)
        raise _cut_off() from error
    except BaseException:
        parts.abandon()
        raise
    return parts.received


def _write(parser: MultipartParser, chunk: bytes) -> None:
    parser.write(chunk)


def file_name(given: str) -> str:
    """Give a file's own name: no folders, nothing that a file system takes for something else."""
    last = given.replace("\\", "/").rpartition("/")[2]
    name = _UNWANTED.sub("_", normalize("NFC", last)).strip().lstrip(".")
    start, dot, suffix = name.rpartition(".")
    while len(name.encode("utf-8", "replace")) > _LONGEST_NAME and start:
        start = start[:-1]
        name = f"{start}{dot}{suffix}"
    return name[:_LONGEST_NAME].encode("utf-8", "replace").decode()


class _Parts:
    """The parts of a form as the parser finds them."""

    def __init__(self, folder: Path, box: Box) -> None:
        self.received = Received()
        self.ended = False
        self._folder, self._box = folder, box
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value = b"", b""
        self._field = ""
        self._text: bytearray | None = None
        self._field_bytes = 0
        self._file: SealedFile | None = None
        self._file_name = ""

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            self._file.discard()
        rmtree(self._folder, ignore_errors=True)

    def _begin(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options or b"filename*" in options:
            given = options.get(b"filename", b"").decode("utf-8", "replace")
            self._open(file_name(given), empty=not given)
            return
        if sum(map(len, self.received.fields.values())) >= _MOST_FIELDS:
            raise Problem(413, f"The form has more than {_MOST_FIELDS} fields.")
        self._text = bytearray()

    def _open(self, name: str, *, empty: bool) -> None:
        if empty:
            # A browser sends a nameless, empty file where none was chosen.
            self._text = bytearray()
            self._field = ""
            return
        files = self.received.files
        if len(files) >= MOST_FILES:
            raise Problem(
                413,
                f"More than {MOST_FILES:,} files were sent at once.",
                mend="Send fewer, or a zip of them.",
            )
        if not name or any(one.name.casefold() == name.casefold() for one in files):
            raise Problem(
                422,
                f"File {len(files) + 1} has no name, or one that another file of this upload has.",
                mend="Give each file a name of its own.",
            )
        self._file_name = name
        stored = f"{len(files):05d}"
        self._file = SealedFile(self._folder / stored, self._box, name=stored)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
        elif self._text is not None:
            if len(self._text) + end - start > _LONGEST_FIELD:
                raise Problem(413, f"A field is longer than {_LONGEST_FIELD:,} bytes.")
            self._field_bytes += end - start
            if self._field_bytes > _LONGEST_FIELDS:
                raise Problem(
                    413, f"The form's fields are longer than {_LONGEST_FIELDS:,} bytes together."
                )
            self._text += data[start:end]

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            stored = f"{len(self.received.files):05d}"
            self.received.files.append(
                UploadedFile(name=self._file_name, stored=stored, size=self._file.size)
            )
        elif self._text is not None and self._field:
            value = self._text.decode("utf-8", "replace")
            self.received.fields.setdefault(self._field, []).append(value)
        self._file = None
        self._text = None

    def _all(self) -> None:
        self.ended = True


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise Problem(
            415,
            "An upload is a multipart form.",
            mend="Send the files as multipart/form-data, each as a field named files.",
        )
    return boundary


def _cut_off() -> Problem:
    return Problem(400, "The upload was cut off.", mend="Send it anew.")
