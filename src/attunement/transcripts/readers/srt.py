"""SubRip subtitles with names before a colon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._cues import Cue, session_of_cues
from attunement.transcripts._encoding import read_text
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._optional import needed
from attunement.transcripts._records import OnProblem, Record

_FIRST = re.compile(r"(?:\d{1,9} ?\n)?\d{1,3}:\d{2}:\d{2}[,.]\d{1,3} *-")
_GAPS = re.compile(r"\n{3,}")
_TAG = re.compile(r"</?(?:i|b|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a .srt as one session, one utterance a subtitle.

    A subtitle that names nobody goes on with the speaker before it.

    Raises
    ------
    DataError
        It is not SubRip, or no subtitle says who speaks.
    UsageError
        srt is not installed.
    """
    with needed("srt", format_name=".srt"):
        import srt
    raw, encoding = read_text(path)
    # The library's pattern takes quadratic time over long runs of blanks.
    text = _GAPS.sub("\n\n", "\n".join(" ".join(line.split()) for line in raw.split("\n"))).strip()
    if not _FIRST.match(text):
        raise _malformed(path, "this is not SubRip: it does not begin with a numbered time")
    try:
        subtitles = list(srt.parse(text))
    except (srt.SRTParseError, srt.TimestampParseError, ValueError, OverflowError) as error:
        raise _malformed(path, "a subtitle's number or times cannot be read") from error
    cues = [
        Cue(
            text=_TAG.sub("", subtitle.content),
            start=subtitle.start.total_seconds(),
            end=subtitle.end.total_seconds(),
        )
        for subtitle in subtitles
    ]
    yield session_of_cues(cues, path=path, options=options, notes=encoding.notes())


def _malformed(path: Path, problem: str) -> DataError:
    return DataError(
        problem,
        mend="Write a number, a line 00:00:01,000 --> 00:00:04,000, the words, an empty line",
        path=path,
    )
