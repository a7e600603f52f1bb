"""WhisperX's JSON: segments with speaker, start, end and text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._canonical import json_type
from attunement.transcripts._records import (
    MAX_TURNS,
    Note,
    Record,
    Utterance,
    stem,
    too_many_turns,
)
from attunement.transcripts._times import moment


def session(value: object, *, path: Path, notes: tuple[Note, ...]) -> Record:
    """Make a session of WhisperX's segments, one utterance each.

    A segment that the diarisation gave to nobody is kept as speech of an unknown third person.

    Raises
    ------
    DataError
        A segment has no text or odd times, or no segment has a speaker.
    """
    segments = value.get("segments") if isinstance(value, Mapping) else None
    if not isinstance(segments, list):
        raise _wrong("segments", segments, "a list", path=path)
    if len(segments) > MAX_TURNS:
        raise too_many_turns(path, None)
    spoken = [_utterance(segment, place, path=path) for place, segment in enumerate(segments)]
    if spoken and not any(utterance.labels for utterance in spoken):
        raise DataError(
            "no segment has a speaker",
            mend="Run WhisperX with --diarize",
            path=path,
            field="segments",
        )
    return Record(session_id=stem(path), named=False, utterances=spoken, path=path, notes=notes)


def _utterance(segment: object, place: int, *, path: Path) -> Utterance:
    where = f"segments[{place}]"
    if not isinstance(segment, dict):
        raise _wrong(where, segment, "an object", path=path)
    text, speaker = segment.get("text"), segment.get("speaker")
    if not isinstance(text, str):
        raise _wrong(f"{where}.text", text, "text", path=path)
    if speaker is not None and not isinstance(speaker, str):
        raise _wrong(f"{where}.speaker", speaker, "text", path=path)
    times = []
    for field in ("start", "end"):
        try:
            times.append(moment(segment.get(field)))
        except (ValueError, OverflowError):
            raise _wrong(f"{where}.{field}", segment[field], "seconds", path=path) from None
    name = (speaker or "").strip()
    return Utterance(
        labels=(name,) if name else (),
        text=text,
        speaker=name or None,
        start=times[0],
        end=times[1],
    )


def _wrong(field: str, found: object, expected: str, *, path: Path) -> DataError:
    return DataError(
        f"found {json_type(found)}, expected {expected}",
        mend="Give the .json file as WhisperX writes it",
        path=path,
        field=field,
    )
