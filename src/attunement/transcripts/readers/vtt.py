"""WebVTT captions, with voice tags (``<v Anna>``) or with names before a colon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._cues import Cue, session_of_cues
from attunement.transcripts._encoding import read_text
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._optional import needed
from attunement.transcripts._records import OnProblem, Record, Utterance, stem
from attunement.transcripts._times import moment

_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]+)>")
_VOICE_END = re.compile(r"</v\s*>")
_TAG = re.compile(r"<\d[\d:.]*>|</?(?:c|i|b|u|v|ruby|rt|lang)(?:[.\s][^<>]*)?>")


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a .vtt as one session, one utterance a cue, or a voice within a cue.

    A cue that names nobody goes on with the speaker before it.

    Raises
    ------
    DataError
        It is not WebVTT, a cue's times cannot be read, or no cue says who speaks.
    UsageError
        webvtt-py is not installed.
    """
    with needed("webvtt-py", format_name=".vtt"):
        import webvtt
    text, encoding = read_text(path)
    try:
        captions = webvtt.from_string(text).captions
    except (webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError) as error:
        raise _malformed(path, "this is not WebVTT: it does not begin with WEBVTT") from error
    timed = sum(1 for line in text.split("\n") if "-->" in line)
    if timed != len(captions):
        raise _malformed(path, f"{timed - len(captions)} of {timed} cues have unreadable times")
    cues = [
        Cue(text=caption.raw_text, start=moment(caption.start), end=moment(caption.end))
        for caption in captions
    ]
    if any(_VOICE.search(cue.text) for cue in cues):
        yield Record(
            session_id=stem(path),
            named=False,
            utterances=list(_voices(cues)),
            path=path,
            notes=encoding.notes(),
        )
        return
    bare = [Cue(text=_bare(cue.text), start=cue.start, end=cue.end) for cue in cues]
    yield session_of_cues(bare, path=path, options=options, notes=encoding.notes())


def _voices(cues: list[Cue]) -> Iterator[Utterance]:
    voice: str | None = None
    for cue in cues:
        pieces = _VOICE.split(cue.text)
        for position, piece in enumerate(pieces):
            if position % 2:
                voice = unescape(piece).strip()
                continue
            words = _bare(_VOICE_END.sub("", piece)).strip()
            if words:
                yield Utterance(
                    labels=(voice,) if voice else (),
                    text=" ".join(words.split("\n")),
                    speaker=voice,
                    start=cue.start,
                    end=cue.end,
                )


def _bare(text: str) -> str:
    return unescape(_TAG.sub("", text))


def _malformed(path: Path, problem: str) -> DataError:
    return DataError(
        problem,
        mend="Write cues as 00:00:01.000 --> 00:00:04.000, each after an empty line",
        path=path,
    )
