"""Having uploaded files read apart: previews, counts and sessions come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from attunement.errors import DataError
from attunement.web.apart import EndedError, Ending, Limits, messages_from
from attunement.web.storage import Box
from attunement.web.uploads._options import reading
from attunement.web.uploads._receiving import UploadedFile
from attunement.web.uploads._working import opened
from attunement.wire import UploadOptions

Mode: TypeAlias = Literal["preview", "count", "sessions"]

_MODULE = "attunement.web.apart.read_transcripts"
_UNPACKED_TIMES = 4
_LEAST_UNPACKED = 64 * 2**20
_READING = {"preview": 60.0, "count": 300.0, "sessions": 300.0}
_ENDED: dict[Ending, tuple[str, str]] = {
    "memory": (
        "reading this file took more memory than a transcript needs",
        "Save it as CSV or plain text, or split it; do not open it if you do not know where it "
        "comes from",
    ),
    "time": (
        "reading this file took far longer than a transcript needs",
        "Save it as CSV or plain text, or split it",
    ),
    "fault": (
        "reading this file failed in a way that a transcript's does not",
        "Save it anew in the program it comes from, or as CSV or plain text",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload that lies sealed in a folder.

    Attributes
    ----------
    files : tuple of UploadedFile
        What was sent.
    folder : Path
        Where.
    box : Box
        What it is sealed with.
    most_bytes : int
        The largest upload that is allowed; what is unpacked may be four times as large.
    """

    files: tuple[UploadedFile, ...]
    folder: Path
    box: Box
    most_bytes: int

    def read(
        self, mode: Mode, options: UploadOptions, *, stop: threading.Event | None = None
    ) -> Iterator[dict[str, Any]]:
        """Read the files in a process of its own; see `apart.read_transcripts.work`.

        Raises
        ------
        DataError
            A file made the reader end; it is named.
        StorageError
            There is no room to lay the files open.
        StoppedError
            `stop` was set.
        """
        most = max(_LEAST_UNPACKED, _UNPACKED_TIMES * self.most_bytes)
        room = min(most, sum(file.size for file in self.files) * _UNPACKED_TIMES + 2**20)
        file: str | None = None
        with opened(
            self.files, sealed=self.folder, box=self.box, beside=self.folder.parent, room=room
        ) as folder:
            request = {
                "folder": str(folder),
                "mode": mode,
                "options": reading(options),
                "most_bytes": most,
            }
            limits = Limits(seconds=_READING[mode], written_bytes=most)
            try:
                for message in messages_from(_MODULE, request, limits=limits, stop=stop):
                    if "file" in message:
                        file = message["file"]
                    else:
                        yield message
            except EndedError as error:
                problem, mend = _ENDED[error.ending]
                raise DataError(problem, mend=mend, path=file) from None
