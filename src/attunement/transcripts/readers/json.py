"""JSON files: WhisperX transcripts, message lists, and sessions in the canonical form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._encoding import read_text
from attunement.transcripts._json import parse
from attunement.transcripts._messages import looks_like_messages
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import OnProblem, Record
from attunement.transcripts.readers import whisperx
from attunement.transcripts.readers.jsonl import session_of_value


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a .json, in whichever of the three forms its content is.

    An object with ``segments`` is WhisperX's, one with ``messages`` or a list of messages a chat,
    and any other object a session in the canonical form. A list of such objects is a file of
    several sessions; their place in it, counted from 1, stands for the line.
    """
    text, encoding = read_text(path)
    value = parse(text.encode("utf-8", "replace"), path=path, line=None)
    if isinstance(value, list) and not looks_like_messages(value):
        for place, one in enumerate(value, start=1):
            try:
                yield session_of_value(one, path=path, line=place)
            except DataError as error:
                problem(error)
    elif _is_whisperx(value):
        yield whisperx.session(value, path=path, notes=encoding.notes())
    else:
        yield session_of_value(value, path=path, line=None)


def _is_whisperx(value: object) -> bool:
    return isinstance(value, Mapping) and "segments" in value and "turns" not in value
