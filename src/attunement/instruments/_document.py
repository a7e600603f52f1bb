"""A data file as plain values, each of which still knows the line it stood on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from attunement.errors import DataError, UsageError

Value: TypeAlias = "str | dict[str, Value] | list[Value]"
Location: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top of the file: mapping keys and list positions from 0."""

SHIPPED = Path(__file__).with_name("data")
"""The folder of the data files that come with Attunement."""

SCHEMA_MEND = "Correct it; docs/instruments.md shows the layout of the file"


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML or CSV file holds.

    Attributes
    ----------
    path : Path
        The file.
    values : Value
        Its content. Every leaf is text as written: 12, no and 1.0 stay "12", "no" and "1.0", so
        that an utterance such as no never turns into a truth value. Empty values are left out.
    lines : Mapping[Location, int]
        The line each value starts on, counted from 1.
    sha256 : str
        The hash of the file's bytes.
    """

    path: Path
    values: Value
    lines: Mapping[Location, int]
    sha256: str

    def line(self, location: Location) -> int | None:
        """Give the line of the value at `location`, or of the nearest value around it."""
        for end in range(len(location), -1, -1):
            if location[:end] in self.lines:
                return self.lines[location[:end]]
        return None

    def error(self, location: Location, problem: str, *, mend: str = SCHEMA_MEND) -> DataError:
        """Make the error for the value at `location`, with file, line and field."""
        return DataError(
            problem,
            mend=mend,
            path=self.path,
            line=self.line(location),
            field=self._field(location) or None,
        )

    def _field(self, location: Location) -> str:
        """Name the value at `location`: "item 7, patient", "anchors, patient, task, entry 3"."""
        names: list[str] = []
        value: Value | None = self.values
        for step in location:
            value = _inside(value, step)
            if isinstance(step, str):
                names.append(step)
            elif isinstance(value, dict) and isinstance(value.get("number"), str):
                names[-1] = f"item {value['number']}"
            else:
                names.append(f"entry {step + 1}")
        return ", ".join(names)


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Raises
    ------
    UsageError
        There is no such file, it is a folder, or it may not be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the file cannot be read ({error.strerror or error})",
            mend="Give the path of a file that exists and that you may read",
            path=path,
        ) from error


def decoded(content: bytes, *, path: Path) -> str:
    """Decode UTF-8, with or without a byte order mark.

    Raises
    ------
    DataError
        The bytes are not UTF-8; the message names the line.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            "the text is not UTF-8",
            mend="Save the file again as UTF-8 (in a spreadsheet: CSV UTF-8)",
            path=path,
            line=content.count(b"\n", 0, error.start) + 1,
        ) from error


def sha256(content: bytes) -> str:
    """Give the SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _inside(value: Value | None, step: str | int) -> Value | None:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, Sequence) and isinstance(step, int) and step < len(value):
        return value[step]
    return None
