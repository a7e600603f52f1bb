"""Parsing JSON with an error that says where it goes wrong."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic_core import from_json

from attunement.errors import DataError
from attunement.transcripts._encoding import not_text

_COLUMN = re.compile(r" at line (\d+) column (\d+)$")


def parse(text: bytes, *, path: Path, line: int | None) -> object:
    """Parse one JSON text.

    Parameters
    ----------
    text : bytes
        UTF-8.
    path, line
        Where it stands; without a line, the text is the whole file and its own lines count.

    Raises
    ------
    DataError
        It is not UTF-8, or not JSON.
    """
    try:
        value: object = from_json(text)
    except ValueError as error:
        try:
            text.decode()
        except UnicodeDecodeError:
            raise not_text(path, "it is not UTF-8, which JSON must be", line=line) from None
        raise _invalid(str(error), path=path, line=line) from None
    return value


def _invalid(message: str, *, path: Path, line: int | None) -> DataError:
    place = _COLUMN.search(message)
    what = _COLUMN.sub("", message)
    where = f", column {place[2]}" if place else ""
    return DataError(
        f"this is not JSON: {what}{where}",
        mend="Write each session on a line of its own, as a JSON object"
        if line is not None
        else "Mend the file, or export it anew",
        path=path,
        line=line if line is not None else int(place[1]) if place else None,
    )
