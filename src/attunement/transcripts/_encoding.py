"""Opening text whose encoding nobody wrote down."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from attunement.errors import DataError
from attunement.transcripts._records import MAX_FILE_BYTES, Note

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 2**20
_SAMPLE_BEFORE, _SAMPLE_AFTER = 2**16, 2**17

_CANDIDATES = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "iso8859_2",
    "koi8_r",
    "mac_roman",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
)
"""What transcripts come in besides Unicode. Over all the encodings it knows, the detector takes
Windows' Western European for any of its many neighbours."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes are read.

    Attributes
    ----------
    name : str
        A codec's name.
    guessed : bool
        True when nothing in the file says so.
    """

    name: str
    guessed: bool = False

    def notes(self) -> tuple[Note, ...]:
        """Say that the encoding was guessed, when it was."""
        if not self.guessed:
            return ()
        detail = f"not UTF-8; read as {self.name}. Save it as UTF-8 to be sure"
        return (Note(issue="guessed encoding", detail=detail),)


def encoding_of(path: Path) -> Encoding:
    """Find out how `path` is encoded, reading it once in pieces.

    A byte order mark decides; otherwise UTF-8 if the whole file is; otherwise the likeliest of
    the usual one- and two-byte encodings.

    Raises
    ------
    DataError
        It is not text: it holds NUL bytes, or no encoding fits.
    """
    with path.open("rb") as handle:
        start = handle.read(4)
    for mark, name in _BOMS:
        if start.startswith(mark):
            return Encoding(name)
    return _without_mark(path)


def open_text(path: Path, encoding: Encoding) -> TextIO:
    """Open `path` to be read piece by piece, with its line endings as they are."""
    return path.open(encoding=encoding.name, newline="")


def read_text(path: Path) -> tuple[str, Encoding]:
    """Read the whole of a file that holds one session.

    Raises
    ------
    DataError
        It is too large to be one session, or not text.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DataError(
            f"the file is larger than {MAX_FILE_BYTES // 2**20} MiB, which no single session is",
            mend="Put large collections into JSON lines, CSV or Parquet, which are read in pieces",
            path=path,
        )
    encoding = encoding_of(path)
    with open_text(path, encoding) as handle:
        try:
            text = handle.read()
        except UnicodeError as error:
            raise not_text(path, f"it is not valid {encoding.name}") from error
    if "\0" in text:
        raise not_text(path, "it holds NUL characters")
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def not_text(path: Path, why: str, *, line: int | None = None) -> DataError:
    """Give the error for bytes that are no text."""
    return DataError(
        f"this is not text: {why}",
        mend="Give a transcript, saved as UTF-8",
        path=path,
        line=line,
    )


def _without_mark(path: Path) -> Encoding:
    decoder = codecs.getincrementaldecoder("utf-8")()
    position, bad = 0, None
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            if b"\0" in chunk:
                raise not_text(path, "it holds NUL bytes")
            if bad is None:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    bad = max(0, position + error.start)
            position += len(chunk)
        if bad is None and _complete(decoder):
            return Encoding("utf-8")
        return Encoding(
            _detect(path, _sample(path, position if bad is None else bad)), guessed=True
        )


def _complete(decoder: codecs.IncrementalDecoder) -> bool:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _sample(path: Path, bad: int) -> bytes:
    """Give whole lines around the first byte that is not UTF-8."""
    begin = max(0, bad - _SAMPLE_BEFORE)
    with path.open("rb") as handle:
        handle.seek(begin)
        sample = handle.read(_SAMPLE_BEFORE + _SAMPLE_AFTER)
    first = sample.find(b"\n") + 1 if begin else 0
    last = sample.rfind(b"\n") + 1
    if first + begin <= bad < last + begin:
        return sample[first:last]
    return sample


def _detect(path: Path, sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=list(_CANDIDATES), enable_fallback=False)
    if not matches:
        raise not_text(path, "no encoding fits its bytes")
    calm = min(match.chaos for match in matches) + 0.01
    coherent = max(match.coherence for match in matches if match.chaos <= calm) - 0.02
    likely = [m for m in matches if m.chaos <= calm and m.coherence >= coherent]
    names = {name for match in likely for name in match.could_be_from_charset}
    # Where neighbours fit equally well, Windows' Western European is by far the commonest.
    return "cp1252" if "cp1252" in names else likely[0].encoding
