"""Plain text with speaker labels: ``T: How was your week?``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from attunement.transcripts._doubts import doubts
from attunement.transcripts._encoding import read_text
from attunement.transcripts._labels import Line, no_labels, speakers, utterances
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import Note, OnProblem, Reader, Record, stem
from attunement.transcripts.readers import chat, srt, vtt

_SRT = re.compile(r"(?:\d{1,9} ?\n)?\d{1,3}:\d{2}:\d{2}[,.]\d{1,3} *--> *\d")
_CHAT = re.compile(r"@(?:UTF8|Begin|Participants:|Languages:)")


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a text file: one session, in whatever form of text it proves to be.

    A .txt that begins as WebVTT, SRT or CHAT do is read as that. A .txt with speaker labels is
    read line by line: a line without a label, and an empty one, go on with the turn above it.
    """
    text, encoding = read_text(path)
    if other := _other_form(text):
        yield from other(path, options=options, problem=problem)
        return
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), start=1)]
    yield from labelled(lines, path=path, options=options, notes=encoding.notes())


def labelled(
    lines: Sequence[Line], *, path: Path, options: ReadOptions, notes: tuple[Note, ...] = ()
) -> Iterator[Record]:
    """Make one session of lines of which some begin with a speaker's name.

    Raises
    ------
    DataError
        No line does.
    """
    found = speakers([line.text for line in lines], options)
    if not found.names:
        raise no_labels(path)
    spoken = list(utterances(lines, found=found, options=options))
    yield Record(
        session_id=stem(path),
        named=False,
        utterances=spoken,
        path=path,
        notes=(*notes, *doubts(lines, found=found, options=options)),
    )


def _other_form(text: str) -> Reader | None:
    head = text[:10_000].lstrip()
    if head.startswith("WEBVTT"):
        return vtt.read
    if _SRT.match(head):
        return srt.read
    if _CHAT.match(head):
        return chat.read
    return None
