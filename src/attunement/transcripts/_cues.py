"""Captions and subtitles whose words begin with the speaker's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from attunement.transcripts._doubts import doubts
from attunement.transcripts._labels import Line, label_of, no_labels, speakers, utterances
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import Moment, Note, Record, stem

_CHANGE = re.compile(r"\s*(?:[-–—]\s+|>>+\s*)")
"""What captions put before the words of another speaker."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: what is shown from one time to another."""

    text: str
    start: Moment | None
    end: Moment | None


def session_of_cues(
    cues: Sequence[Cue], *, path: Path, options: ReadOptions, notes: tuple[Note, ...]
) -> Record:
    """Make one session of cues; words without a name go on with the speaker before them.

    Raises
    ------
    DataError
        No cue names a speaker.
    """
    lines = [line for cue in cues for line in _lines(cue, options)]
    found = speakers([line.text for line in lines], options)
    if not found.names:
        raise no_labels(path, captions=True)
    return Record(
        session_id=stem(path),
        named=False,
        utterances=list(utterances(lines, found=found, options=options)),
        path=path,
        notes=(*notes, *doubts(lines, found=found, options=options)),
    )


def _lines(cue: Cue, options: ReadOptions) -> Iterator[Line]:
    """Undo the wrapping of a cue's lines; a name may begin a further line of the same cue."""
    held = ""
    for line in cue.text.split("\n"):
        words = _CHANGE.sub("", line, count=1) if _CHANGE.match(line) else line
        if held and label_of(words, options):
            yield Line(None, held, start=cue.start, end=cue.end)
            held = words
        else:
            held = f"{held} {words.strip()}".strip()
    if held:
        yield Line(None, held, start=cue.start, end=cue.end)
