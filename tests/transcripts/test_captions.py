"""WebVTT, SRT, WhisperX."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.errors import DataError
from attunement.transcripts import Corpus, ReadOptions, Turn

Write = Callable[..., Path]


def turns(path: Path, options: ReadOptions | None = None) -> tuple[Turn, ...]:
    (session,) = Corpus([path], options)
    return session.turns


def test_voices_tags_and_entities(write: Write) -> None:
    path = write(
        "a.vtt",
        "WEBVTT - Session 3\n\nNOTE written by us\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:04.000 align:start\n"
        "<v.loud Therapist>Hello &amp; <i>welcome</i>\n<00:02.000><c.red>to you</c></v>\n\n"
        "01:00:04.500 --> 01:00:06.000\n<v Client>Hi.</v> <v Therapist>Yes?</v>\n\n"
        "01:00:07.000 --> 01:00:08.000\nGo on.\n",
    )
    assert turns(path) == (
        Turn(0, "therapist", "Hello & welcome to you", speaker="Therapist", start=1.0, end=4.0),
        Turn(1, "patient", "Hi.", speaker="Client", start=3604.5, end=3606.0),
        Turn(2, "therapist", "Yes?\nGo on.", speaker="Therapist", start=3604.5, end=3608.0),
    )


def test_names_before_a_colon_and_lines_that_are_wrapped(write: Write) -> None:
    path = write(
        "a.vtt",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nTherapist: How was\nyour week?\n\n"
        "00:03.000 --> 00:04.000\n- Client: Fine.\n- Therapist: Good.\n\n"
        "00:05.000 --> 00:06.000\nRemember: breathe.\n",
    )
    assert [(t.role, t.text, t.start) for t in turns(path)] == [
        ("therapist", "How was your week?", 1.0),
        ("patient", "Fine.", 3.0),
        ("therapist", "Good.\nRemember: breathe.", 3.0),
    ]


def test_vtt_cues_with_unreadable_times_are_not_dropped_in_silence(write: Write) -> None:
    path = write(
        "a.vtt",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nT: a\n\n00:0x.000 --> 00:04.000\nP: b\n",
    )
    with pytest.raises(DataError, match="1 of 2 cues have unreadable times"):
        turns(path)


@pytest.mark.parametrize("name", ["a.vtt", "a.srt"])
def test_captions_without_speakers_are_refused(name: str, write: Write) -> None:
    head = "WEBVTT\n\n" if name == "a.vtt" else ""
    path = write(name, f"{head}1\n00:00:01.000 --> 00:00:02.000\nhello there\n")
    with pytest.raises(DataError, match=r"no line says who speaks.*each caption with"):
        turns(path)


@pytest.mark.parametrize("name", ["a.vtt", "a.srt"])
def test_what_is_no_caption_file_is_refused(name: str, write: Write) -> None:
    with pytest.raises(DataError, match="this is not"):
        turns(write(name, "T: hello\nP: hi\n"))


def test_srt_names_tags_and_windows_line_ends(write: Write) -> None:
    path = write(
        "a.srt",
        "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}<i>Therapist:</i> Hello\r\nthere\r\n\r\n"
        "2\r\n00:00:02,000 --> 00:00:03,500\r\n>> Client: I felt <3\r\n\r\n"
        "3\r\n00:00:04,000 --> 00:00:05,000\r\nand then\r\n",
    )
    assert [(t.role, t.text, t.start, t.end) for t in turns(path)] == [
        ("therapist", "Hello there", 1.0, 2.0),
        ("patient", "I felt <3\nand then", 2.0, 5.0),
    ]


def test_srt_with_a_broken_time_in_the_middle_is_refused(write: Write) -> None:
    path = write(
        "a.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nT: a\n\nxx\n\n2\n00:00:03,000 -> soon\nP: b\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nT: c\n",
    )
    with pytest.raises(DataError, match="a subtitle's number or times cannot be read"):
        turns(path)


def segments(*entries: dict[str, object]) -> str:
    return json.dumps({"segments": entries, "word_segments": [], "language": "en"})


def test_whisperx_segments_without_a_speaker_are_kept_as_other(write: Write) -> None:
    path = write(
        "a.json",
        segments(
            {"start": 0.1, "end": 1, "text": " Hello.", "speaker": "SPEAKER_00", "words": []},
            {"start": 1.2, "end": 2, "text": " (door)"},
            {"start": 2.1, "end": 3, "text": " Hi.", "speaker": "SPEAKER_01"},
        ),
    )
    options = ReadOptions(patient=("SPEAKER_01",), therapist=("SPEAKER_00",))
    assert turns(path, options) == (
        Turn(0, "therapist", "Hello.", speaker="SPEAKER_00", start=0.1, end=1.0),
        Turn(1, "other", "(door)", start=1.2, end=2.0),
        Turn(2, "patient", "Hi.", speaker="SPEAKER_01", start=2.1, end=3.0),
    )


def test_whisperx_without_diarisation_says_so(write: Write) -> None:
    with pytest.raises(DataError, match="--diarize"):
        turns(write("a.json", segments({"start": 0, "end": 1, "text": "Hello."})))


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"start": 0, "speaker": "T"}, r"segments\[0\].text"),
        ({"text": "x", "start": "soon", "speaker": "T"}, r"segments\[0\].start"),
        ({"text": "x", "speaker": 5}, r"segments\[0\].speaker"),
    ],
)
def test_whisperx_fields_of_wrong_type_are_named(
    entry: dict[str, object], field: str, write: Write
) -> None:
    with pytest.raises(DataError, match=field):
        turns(write("a.json", segments(entry)))
