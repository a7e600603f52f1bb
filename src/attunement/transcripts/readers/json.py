"""JSON files: WhisperX transcripts, chats, logged calls, and sessions in the canonical form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from attunement.transcripts._encoding import read_text
from attunement.transcripts._json import parse
from attunement.transcripts._messages import looks_like_chat
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import OnProblem, Record
from attunement.transcripts.readers import whisperx
from attunement.transcripts.readers.jsonl import sessions_of_values


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a .json, in whichever form its content is.

    An object with ``segments`` is WhisperX's. Any other is a session in the canonical form, a chat
    or a logged call, as in JSON lines; so is a list of messages. A list of such objects is a file
    of several sessions; their place in it, counted from 1, stands for the line.
    """
    text, encoding = read_text(path)
    value = parse(text.encode("utf-8", "replace"), path=path, line=None)
    if _is_whisperx(value):
        yield whisperx.session(value, path=path, notes=encoding.notes())
        return
    values: list[tuple[int | None, object]] = [(None, value)]
    if isinstance(value, list) and not looks_like_chat(value):
        values = list(enumerate(value, start=1))
    yield from sessions_of_values(lambda _: values, path=path, problem=problem)


def _is_whisperx(value: object) -> bool:
    return isinstance(value, Mapping) and "segments" in value and "turns" not in value
