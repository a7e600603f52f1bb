"""Looking into zipped documents (.xlsx, .docx) before a library unpacks them."""

from __future__ import annotations

import struct
import zlib
from lzma import LZMAError
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from attunement.errors import DataError

MAX_UNPACKED_BYTES = 500 * 10**6
"""The most a document may hold unpacked; a book of a thousand sessions is far below it."""

_CHUNK = 2**20
_DAMAGE = (
    BadZipFile,
    EOFError,
    LZMAError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)


def check_archive(path: Path, *, kind: str) -> None:
    """Refuse a document that is damaged or unpacks to far more than a document holds.

    Every member is unpacked once and dropped, since what a zip file says of its sizes may be
    wrong.

    Parameters
    ----------
    path : Path
        The document.
    kind : str
        What it should be, for the message.

    Raises
    ------
    DataError
        It is no zip file, a member is damaged, or it holds more than 500 MB.
    """
    try:
        with ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise _bomb(path)
            for member in archive.infolist():
                with archive.open(member) as handle:
                    while handle.read(_CHUNK):
                        pass
    except _DAMAGE as error:
        raise DataError(
            f"this is not a {kind} that can be read: it is damaged, encrypted or something else",
            mend="Open it in the program it comes from and save it again",
            path=path,
        ) from error


def _bomb(path: Path) -> DataError:
    return DataError(
        f"the file unpacks to more than {MAX_UNPACKED_BYTES // 10**6} MB",
        mend="Save the transcript as CSV or plain text; do not open the file if you do not know "
        "where it comes from",
        path=path,
    )
